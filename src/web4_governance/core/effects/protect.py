"""What the gate keeps from an agent's calls: its own home, policies, hook settings, plugin and package.

The paths come from the application, once as given and once behind symlinks where that differs. Asked here is only
whether a target lies in one of them, or holds one, or a text speaks of one. Case does not count, because on some disks it
does not. Not a judge: what it finds becomes a `self.tamper` deed, and the policy denies that.
"""

from __future__ import annotations

from web4_governance.core.action import Place, TargetKind
from web4_governance.core.effects.wildcard import GLOB, meets, without_brackets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.effects.glance import Glance

# Words that mean the gate's files or the host's hook settings wherever they stand; those of code besides.
NAMED = (".web4", ".claude/settings", "managed-settings.json")
SPOKEN = (*NAMED, "web4_governance", "disableallhooks")
# The directory of the host's settings, as it stands at the end of a text in code, and what says that code takes it away or
# changes what it finds in it.
DIRECTORY = "/.claude"
TEXT_ENDS = ("'", '"', "`", "/'", '/"', "/`", "/*", "/.*", ")")
TAKING = (
    "rename", "move", "os.replace", "rmtree", "remove", "unlink", "symlink", "symlink_to", "copytree", "cpsync", "rmsync", "mv",
    "rm_rf", "rm_r", "rimraf", "truncate", "chmod", "emptydir", "ln_s", "extractall", "unpack_archive", "file::copy", "dircopy",
)  # fmt: skip  # as the languages name them
WALKING = ("glob", "walk", "listdir", "scandir", "iterdir", "readdir", "dir[", "dir.", "children", "find(", "opendir")
NAMES_OF_SETTINGS = ("settings.local.json", "settings.json")
WRITING = ("write", "'w'", '"w"', "'w+'", '"w+"', "'a'", '"a"', ">", "put_contents", "appendfile", "outfile")
# The command line of a hook, where nobody says what it is on this machine.
PROCESS = (
    "python3 -I -S web4_governance/hook.py claude-code --home .web4 --via user --on-failure=block --deadline-ms=2000"
)
FILES = (".json", ".cfg", ".py")
HOME = ".web4"
BINARIES = ("bin", "sbin")
# How a directory lies to what is kept.
INSIDE_IT, NEAR, BESIDE, APART = "inside", "near", "beside", "apart"
OWN = (Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT)
LOCAL = "/.claude/settings.local.json"
SHARED = "/.claude/settings.json"
# Names of what lies in protected directories, as a search for names below a directory could meet them.
INSIDE = (
    "ledger.db",
    "policy.json",
    "policy.yaml",
    "policy.toml",
    "config.toml",
    "launcher",
    "gate.sock",
    "a.jsonl",
    "a.py",
)


class Protected:
    """The paths that no call of an agent may change, and the names of the gate's own programs.

    `process` is the command line of a hook, `names` those that its process goes by. `idle` are those of the paths that
    govern nothing now: nothing may make or change them, but what sweeps a directory may take them with it. `environment` is
    what the gate runs on: it is used and spoken of freely, and not changed. `looked` says that the disk was asked.
    """

    __slots__ = (
        "_around", "_below_it", "_beside", "_ends", "_in_beside", "_in_kept", "_kept", "_last", "_parts", "lines", "looked",
        "names", "paths", "process", "programs",
    )  # fmt: skip  # one line says no more

    def __init__(
        self,
        *,
        paths: tuple[str, ...] = (),
        programs: tuple[str, ...] = ("web4",),
        process: str = PROCESS,
        idle: tuple[str, ...] = (),
        environment: tuple[str, ...] = (),
        looked: bool = False,
    ) -> None:
        self.paths = paths
        self.looked = looked
        self.programs = programs
        self.process = process
        # The resident gate's beside the hooks': the same interpreter and home, another script.
        self.lines = (process, process.replace("hook.py claude-code", "daemon/serve.py").partition(" --via")[0])
        interpreter = process.partition(" ")[0].rsplit("/", 1)[-1]
        self.names = tuple(dict.fromkeys((interpreter, "python", "python3", *programs)))
        self._kept = _plain(paths)
        resting = _plain(idle)
        self._below_it = tuple(path for path in self._kept if path not in resting)
        self._beside = _plain(environment)
        self._in_kept, self._in_beside = _stems(self._kept), _stems(self._beside)
        ends = {path.rpartition("/")[2] for path in self._kept}
        self._ends = tuple(name for name in ends if name.translate(_OF_NAMES).isalnum())
        self._last = (*ends, *NAMED)
        self._around: tuple[str | None, str] = (None, APART)
        self._parts = tuple((tuple(_split(path)), path not in resting) for path in self._kept)

    def touched(self, target: Target, *, sweeping: bool = False, loose: bool = False) -> bool:
        """Say whether changing a target changes what is kept, or what the gate runs on."""
        if self.holds(target, sweeping=sweeping, loose=loose):
            return True
        path = target.resolved.lower() if target.kind is TargetKind.PATH else ""
        if target.exact:
            return self.runs_on(path) or (sweeping and _holds_one(path, self._beside))
        parts = _split(without_brackets(path))
        return bool(parts) and any(
            _globs(parts, tuple(_split(kept)), sweeping=sweeping, loose=loose) for kept in self._beside
        )

    def runs_on(self, path: str) -> bool:
        """Say whether a resolved path is, or lies in, what the gate runs on."""
        return (path.lower() + "/").startswith(self._in_beside)

    def holds(self, target: Target, *, sweeping: bool = False, loose: bool = False) -> bool:
        """Say whether a target is or lies in a protected path or, for what sweeps, holds one.

        Args:
            target: What is touched.
            sweeping: Taking the target away, or changing it with all it holds.
            loose: Globs reach names that begin with a dot.
        """
        if target.kind is not TargetKind.PATH:
            return False
        path = target.resolved.lower()
        if not path:
            return self.named_in(target.given)
        if target.exact:
            return self.inside(path) or self._by_name(path) or (sweeping and self._below(path))
        parts = _split(without_brackets(path))
        if "**" in parts:
            # Of a project's files all of one ending are the project's, where nobody looked and found that hooks live there.
            known = self.looked or target.place not in OWN or not _is_ending(parts[-1])
            return any(
                _searches(parts, kept, live=live and known)
                or (sweeping and live and known and _searches_above(parts, kept))
                for kept, live in self._parts
            )
        return any(_globs(parts, kept, sweeping=sweeping and live, loose=loose) for kept, live in self._parts)

    def directory(self, target: Target) -> bool:
        """Say whether a target is a directory of the host's settings, or a glob that may stand for one of those kept."""
        path = target.resolved.lower() if target.kind is TargetKind.PATH else ""
        if target.exact:
            return path.endswith(DIRECTORY)
        parts = _split(without_brackets(path))
        return bool(parts) and any(
            kept[len(parts) - 1 : len(parts)] == (DIRECTORY[1:],)
            and _globs(parts, kept[: len(parts)], sweeping=False, loose=False)
            for kept, _ in self._parts
        )

    def is_far(self, word: str) -> bool:
        """Say that a word names nothing that is kept, told by its letters alone, from a directory that is not kept itself.

        It is a name, or names below one another, in none of which the name of something that is kept stands: of what is
        hidden, lies elsewhere, or is only known to the shell, that is not told.
        """
        if word[:1] == "/" or not word.isascii() or not word.translate(_OF_NAMES).isalnum():
            return False
        lowered = word.lower()
        return not any(name in lowered for name in self._ends)

    def around(self, cwd: str) -> str:
        """Say how a directory lies to what is kept: in it, named like it, beside its like, or apart from all of that."""
        known, found = self._around
        if known != cwd:
            found = self._lie(cwd)
            self._around = cwd, found  # one pair, put there at once: the gate reads calls side by side
        return found

    def _lie(self, cwd: str) -> str:
        if self.inside(cwd):
            return INSIDE_IT
        if self.named_in(cwd):
            return NEAR
        return BESIDE if DIRECTORY in cwd.lower() or cwd.startswith("/proc") else APART

    def are_far(self, glance: Glance) -> bool:
        """Say that none of a command's words names anything that is kept, told at once, from a directory that lies apart.

        As `is_far`, and of names with a dot in them too; not of what is glued to an option.
        """
        said = glance.said
        if not said.isascii() or "\0/" in said or not said.translate(_OF_WORDS).isalnum():
            return False
        if "." in said:
            if "\0." in said or "/." in said:
                return False
            for option in glance.options:
                if "." in option:
                    return False
        lowered = glance.lowered
        for name in self._last:  # noqa: SIM110  no generator where every command comes by
            if name in lowered:
                return False
        return True

    def is_program(self, target: Target) -> bool:
        """Say whether a path bears the name of one of the gate's programs, in a directory of programs."""
        above, _, name = target.resolved.rpartition("/")
        return name in self.programs and target.kind is TargetKind.PATH and above.rpartition("/")[2] in BINARIES

    def found(self, target: Target) -> bool:
        """Say whether what was read or listed there may name what is kept; of a project's files most are the project's."""
        if not target.exact:
            return self.holds(target) or self.directory(target)
        own = target.place in OWN
        return self.inside(target.resolved) or (
            (self.directory(target) or (target.deep and not own)) and self.below(target.resolved)
        )

    def ends_like(self, tail: str) -> bool:
        """Say whether a protected path ends in what is known of a path whose beginning is not (`$X/settings.json`)."""
        lowered = tail.lower()
        inside = (f"{path}/{name}" for path in self._kept if path.endswith("/" + HOME) for name in INSIDE[:5])
        return (
            lowered[:1] == "/" and len(lowered) > 1 and any(path.endswith(lowered) for path in (*self._kept, *inside))
        )

    def swept_by(self, code: str) -> bool:
        """Say whether code names the directory of the host's settings, and takes it away or changes what it finds there."""
        lowered = code.lower()
        if not any(DIRECTORY[1:] + end in lowered for end in TEXT_ENDS):
            return False
        meets = any(word in lowered for word in (*WALKING, *NAMES_OF_SETTINGS)) and self.writes(code)
        return meets or any(_has_word(lowered, word) for word in TAKING)

    def writes(self, code: str) -> bool:
        """Say whether code writes to some file."""
        lowered = code.lower()
        return any(word in lowered for word in WRITING)

    def inside(self, path: str) -> bool:
        """Say whether a resolved path is or lies in a protected one."""
        return (path.lower() + "/").startswith(self._in_kept)

    def _by_name(self, path: str) -> bool:
        """Say whether a path has the name of the gate's home or the host's settings: a link may lead there by the time."""
        parts = path.split("/")
        return ".web4" in parts or (parts[-2:-1] == [".claude"] and parts[-1].startswith("settings"))

    def below(self, path: str) -> bool:
        """Say whether a resolved path holds a protected one that governs something."""
        return _holds_one(path.lower(), self._below_it)

    def local_below(self, path: str) -> bool:
        """Say whether a resolved path holds settings that govern, and that no repository is expected to track."""
        return self._settings_below(path, LOCAL)

    def shared_below(self, path: str) -> bool:
        """Say whether a resolved path holds settings in which hooks are known to live, and that a repository may track."""
        return self.looked and self._settings_below(path, SHARED)

    def _settings_below(self, path: str, name: str) -> bool:
        stem = path.lower().rstrip("/") + "/"
        return any(one.startswith(stem) and one.endswith(name) for one in self._below_it)

    def _below(self, path: str) -> bool:
        return _holds_one(path, self._below_it)

    def named_in(self, text: str) -> bool:
        """Say whether a text names a protected path."""
        return self._has(text, NAMED)

    def spoken_of(self, text: str) -> bool:
        """Say whether code names a protected path or the gate itself."""
        return self._has(text, SPOKEN)

    def _has(self, text: str, words: tuple[str, ...]) -> bool:
        lowered = text.lower()
        return any(_has_word(lowered, word) for word in (*words, *self._kept))


_OF_NAMES = dict.fromkeys(map(ord, "-_/"))
_OF_WORDS = dict.fromkeys(map(ord, "-_/.\0"))


def _plain(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.lower().rstrip("/") for path in paths if path.strip("/")))


def _stems(kept: tuple[str, ...]) -> tuple[str, ...]:
    """Give what a path with a slash behind it begins with, where it is one of these or lies in it."""
    return tuple([one + "/" for one in kept])


def _holds_one(path: str, kept: tuple[str, ...]) -> bool:
    stem = path.rstrip("/") + "/"
    return bool(path) and any(one.startswith(stem) for one in kept)


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _is_ending(name: str) -> bool:
    """Say whether a glob names all files of one ending (`*.json`)."""
    return name.startswith("*.") and name[2:].isalnum()


def _globs(parts: list[str], kept: tuple[str, ...], *, sweeping: bool, loose: bool) -> bool:
    """Say whether a shell glob may stand for a protected path, for what lies in it or, for what sweeps, for what holds it."""
    if "**" in parts:
        return _searches(parts, kept, live=True)
    if not sweeping and len(parts) < len(kept):
        return False
    return all(_names(one, other, loose=loose) for one, other in zip(parts, kept, strict=False))


def _searches(parts: list[str], kept: tuple[str, ...], *, live: bool) -> bool:
    """Say whether a search for names below a directory (`/x/**/*.py`) may meet a protected path or what lies in it.

    Of what is not there, or governs nothing, only its very name is looked for.
    """
    anywhere = "/".join(parts).replace("**/", "*").replace("**", "*")
    stem = "/".join(kept)
    head = anywhere.partition("*")[0]
    if not stem.startswith(head) and not head.startswith(stem):
        return False  # another tree altogether, told without walking two globs
    if not live:
        return parts[-1] == kept[-1] and meets(anywhere, stem)
    if kept[-1].endswith(FILES):
        return meets(anywhere, stem)
    inside = (name for name in INSIDE if kept[-1] != HOME or not name.endswith(".py"))
    return any(meets(anywhere, path) for path in (stem, *(f"{stem}/{name}" for name in inside)))


def _searches_above(parts: list[str], kept: tuple[str, ...]) -> bool:
    """Say whether a search for names may meet a directory that holds a protected path."""
    name = parts[-1]
    start = parts.index("**")
    return any(
        meets(name, one)
        for one in kept[start:-1]
        if all(meets(a, b) for a, b in zip(parts[:start], kept, strict=False))
    )


def _names(glob: str, name: str, *, loose: bool) -> bool:
    if glob[:1] in GLOB and name.startswith(".") and not loose:
        return False
    return meets(glob, name)


def _has_word(text: str, word: str) -> bool:
    """Say whether `word` stands in `text` and is not the middle of another name."""
    at = text.find(word)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(word, at + 1)
    return False
