"""Whether git, or a patch, takes away or writes over settings of the host that no effect of a command names.

Settings count in which hooks live. That a file is tracked is not known: what takes untracked files away, and what puts
another state of a whole tree in the place of this one, are both taken to reach them; a branch that is switched to is not.
"""

from __future__ import annotations

from web4_governance.core.action import Place
from web4_governance.core.effects.names import names
from web4_governance.core.effects.wildcard import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web4_governance.core.action import Target
    from web4_governance.core.effects.gathering import Frame, Gathering
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.shell.command import Command

OWN = (Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT)
PATCHING = names("apply am patch")
PATCH_PLACES = names("--directory -d -C")
CHECKING_OUT = names(
    "checkout switch restore reset pull merge rebase cherry-pick revert read-tree checkout-index submodule stash"
)
STASH_ASKS = names("list show")
WORK_TREES = names("-C --work-tree --prefix")
UNTRACKED = names("-u -a")
FORCED = names("-f -i")
DRY = names("-n")
FULL = {"--include-untracked": "-u", "--all": "-a", "--force": "-f", "--interactive": "-i", "--dry-run": "-n"}
STASH_OTHER = (["apply"], ["pop"], ["branch"], ["create"], ["store"], ["export"], ["import"])
SPARSE = names("set init reapply")
# What takes files away, or puts others in their place: all that `_taken` has an answer for.
TREES = names("sparse-checkout read-tree switch")
BACK = names("reset checkout switch")
TAKING = TREES | BACK | names("stash clean")
PROGRAMS = names("git patch")
SWEPT = "sweeps away the host's settings"
SHORTEST = 3  # `--a`: git takes any beginning of an option that is no other's
LEAST_NUMBER = 7
_HEX = frozenset("0123456789abcdef")
_EVERY = names(". :/ * ./ -- .claude .claude/")
# What makes git list, or search, what it does not track as well.
UNTRACKED_TOO = names("-o --others --untracked --no-index")
SOME = names("-m --modified -d --deleted -u --unmerged -k --killed")  # what git lists only in a state of its own
IGNORING = "--exclude-standard"
LISTS = names("grep ls-files ls-tree")
PATTERNS = names("-e -f")
FILTERS = names("grep egrep fgrep rg ag ack")
SETTINGS_SHARED, SETTINGS_LOCAL = ".claude/settings.json", ".claude/settings.local.json"
HOOK_SIGNS = ("web4", "hook.py", "pretooluse", "posttooluse", "hooks")
DIRECTORY = ".claude"
HOST_SIGN = "pretooluse"  # a word of the host's settings and of little else


class Guard:
    """The protected paths, how a word of the command is placed as a path, and the project's root."""

    __slots__ = ("_frame", "_gathering", "protected", "root")

    def __init__(self, gathering: Gathering, frame: Frame) -> None:
        self._gathering = gathering
        self._frame = frame
        self.protected = gathering.protected
        self.root = gathering.scene.project

    def place(self, text: str) -> Target:
        """Give the target of a plain path, as the command at hand sees it."""
        return self._gathering.path(text, self._frame)


def sweeps_gate(command: Command, reading: Reading | None, of: Guard, before: Sequence[Command] = ()) -> str:
    """Say why git or a patch takes away, or writes over, settings of the host that no effect names.

    Args:
        command: The command.
        reading: How its row reads it; None where no row does.
        of: What is protected.
        before: The commands of the same call in front of it.
    """
    if command.program not in PROGRAMS or reading is None:
        return ""
    verb = "patch" if command.program == "patch" else (reading.subcommands or ("",))[0]
    if verb in PATCHING:
        places = [of.place(given) for option, given in reading.values if option in PATCH_PLACES and given]
        if any(of.protected.directory(place) for place in (*places, of.place("."))):
            return "patches files beside the host's settings"
        return ""
    swept = [word.text for word in reading.operands]
    if verb in CHECKING_OUT and not {*reading.subcommands[1:], *swept[:1]} & STASH_ASKS:
        trees = [given for option, given in reading.values if option in WORK_TREES and given]
        if any(persons_settings(tree, of) for tree in (*trees, ".")) or any(_holds_persons(tree, of) for tree in trees):
            return "checks files out over the host's settings"
    return _taken(command, reading, verb, of, before) if verb in TAKING else ""


def _taken(command: Command, reading: Reading, verb: str, of: Guard, before: Sequence[Command]) -> str:
    """Say why settings go with what git takes away: such as are not tracked, or may be, or were made so by this call."""
    flags = {_full(flag) for flag in reading.flags}
    swept = [word.text for word in reading.operands]
    top = [root for root in (of.root, of.place(".").resolved) if root]
    stashes = verb == "stash" and len(reading.subcommands) == 1 and swept[:1] not in STASH_OTHER
    if stashes and swept[:1] != ["push"] and any(word.text == "--" for word in reading.raw):
        swept = ["push", *swept]  # `git stash -- x` (git-stash(1))
    adds = _adds(before, of)
    if stashes and (flags & UNTRACKED or adds):
        swept = swept[1:] if swept[:1] == ["push"] else []
        roots = [of.place(given).resolved for given in swept] or top
    elif stashes and swept[:1] == ["push"] and swept[1:]:
        # An earlier state of what is named: of shared settings in which hooks live, one that may have none.
        named = [of.place(given).resolved for given in swept[1:]]
        own = of.protected.looked and any(root and of.protected.inside(root) for root in named)
        return SWEPT if own or any(root and of.protected.shared_below(root) for root in named) else ""
    elif verb == "clean" and flags & FORCED and not flags & DRY:
        roots = [of.place(given).resolved for given in swept or ["."]]
    elif _replaces_tree(command, verb) or _goes_back(command, verb):
        adds = adds or any(of.protected.shared_below(root) for root in top)
        roots = top if adds else []
    else:
        return ""
    kept = any(of.protected.local_below(root) or of.protected.shared_below(root) for root in roots if root)
    return SWEPT if kept else ""


def _full(flag: str) -> str:
    """Give the short form of an option, of which git takes any beginning that is no other's."""
    known = (short for name, short in FULL.items() if len(flag) >= SHORTEST and name.startswith(flag))
    return next(known, flag)


def _adds(before: Sequence[Command], of: Guard) -> bool:
    """Say whether a command of the same call puts the settings into the index, from where they can be taken away."""
    for command in before:
        words = [word.text for word in command.words]
        if command.program == "git" and "add" in words:
            rest = words[words.index("add") + 1 :]
            if any(_full(word) == "-a" or word in ("-A", "-f", "--force") for word in rest):
                return True
            if any(word in _EVERY or of.protected.holds(of.place(word)) for word in rest):
                return True
    return False


def _goes_back(command: Command, verb: str) -> bool:
    """Say whether git puts an earlier state of the whole tree in the place of this one."""
    rest = _behind(command, verb)
    operands = [word for word in rest if not word.startswith("-")]
    if verb == "reset" and any(_begins(word, "--hard", "--keep", "--merge") for word in rest):
        return True
    if verb == "reset" or verb not in BACK or len(operands) > 1 or "--" in rest:
        return False
    forced = any(word == "-f" or _begins(word, "--force", "--discard-changes") for word in rest)
    return forced or any(_is_earlier(word) for word in operands)


def _behind(command: Command, verb: str) -> list[str]:
    """Give the words behind the verb that are known."""
    words = [word.text for word in command.words if word.known]
    return words[words.index(verb) + 1 :] if verb in words else []


def _is_earlier(revision: str) -> bool:
    """Say whether a word names a commit by where it lies behind another, or by its number."""
    number = len(revision) >= LEAST_NUMBER and _HEX.issuperset(revision.lower())
    return number or any(sign in revision for sign in ("~", "^", "@{"))


def _replaces_tree(command: Command, verb: str) -> bool:
    """Say whether git leaves only a part of the tree in the place of what is there, or one that it is handed."""
    if verb not in TREES:
        return False
    rest = _behind(command, verb)
    if verb == "sparse-checkout":
        return bool(SPARSE.intersection(rest[:1])) and not any(word.strip("/*") == ".claude" for word in rest)
    if verb == "read-tree":
        return any(word[:1] == "-" and word[1:2] != "-" and "u" in word for word in rest)
    return verb == "switch" and any(_begins(word, "--orphan") for word in rest)


def _begins(word: str, *options: str) -> bool:
    return len(word) >= SHORTEST and any(option.startswith(word) for option in options)


def git_lists(behind: Iterable[Command], of: Guard) -> bool:
    """Say whether names that git lists, or finds by what is written in files, may be those of what the gate keeps.

    Of all that is tracked, settings in which hooks are known to live; those that are named, in any case.
    """
    commands = tuple(behind)
    for command in commands:
        words = [word.text for word in command.words[1:] if word.known]
        verb = next((word for word in words if word in LISTS), "") if command.program == "git" else ""
        if not verb or not SOME.isdisjoint(words):
            continue
        rest = words[words.index(verb) + 1 :]
        options = {word for word in rest if word.startswith("-")}
        specs = _pathspecs(rest, searches=verb == "grep")
        if any(of.protected.inside(place.resolved) or of.protected.directory(place) for place in map(of.place, specs)):
            return True
        signs = HOOK_SIGNS if of.protected.looked else (HOST_SIGN,)
        asked = any(sign in word.lower() for word in rest for sign in signs)
        asked = asked or any(_names_settings(one) for one in commands if one.program in FILTERS)
        if not asked and (verb == "grep" or not of.protected.looked):
            continue
        if any(_listed(name, specs, commands) for name in _settings_known(options, of)):
            return True
    return False


def _names_settings(command: Command) -> bool:
    """Say whether a filter asks for the directory of the host's settings."""
    return any(DIRECTORY in word.text.replace("\\", "") for word in command.words[1:])


def _settings_known(options: set[str], of: Guard) -> tuple[str, ...]:
    """Give the settings of the project that git may list, and in which hooks may live."""
    root = of.root or of.place(".").resolved
    shared = of.protected.shared_below(root) or not of.protected.looked
    local = of.protected.local_below(root) and not UNTRACKED_TOO.isdisjoint(options) and IGNORING not in options
    return ((SETTINGS_SHARED,) if shared else ()) + ((SETTINGS_LOCAL,) if local else ())


def _pathspecs(rest: list[str], *, searches: bool) -> tuple[str, ...]:
    """Give the pathspecs behind git's verb: of a search, what follows the pattern."""
    if "--" in rest:
        return tuple(rest[rest.index("--") + 1 :])
    operands = [word for word in rest if not word.startswith("-")]
    return tuple(operands[1:] if searches and PATTERNS.isdisjoint(rest) else operands)


def _listed(name: str, specs: tuple[str, ...], commands: tuple[Command, ...]) -> bool:
    """Say whether pathspecs, and the filters behind them, let a name through (gitglossary, "pathspec")."""
    without = [spec[2:] for spec in specs if spec.startswith((":!", ":^"))]
    wanted = [spec for spec in specs if not spec.startswith((":!", ":^"))]
    if any(_covers(spec, name) for spec in without) or (wanted and not any(_covers(spec, name) for spec in wanted)):
        return False
    return all(_lets_through(command, name) for command in commands if command.program in FILTERS)


def _covers(spec: str, name: str) -> bool:
    spec = spec.removeprefix(":/").removeprefix("./").rstrip("/")
    return spec in ("", ".") or name == spec or name.startswith(spec + "/") or matches(spec, name)


def _lets_through(command: Command, name: str) -> bool:
    """Say whether a filter may let a line through, by the plain parts of its pattern; where it has none, it may."""
    words = [word.text for word in command.words[1:]]
    pattern = next((word for word in words if not word.startswith("-")), "")
    inverted = any(word == "--invert-match" or (word[:1] == "-" != word[1:2] and "v" in word) for word in words)
    plain = pattern.replace("\\", "").strip("^'\"")
    parts = "".join(char if char.isalnum() or char in "._-/" else " " for char in plain.rstrip("$")).split()
    ends = plain.endswith("$")
    fits = any(name.endswith(part) if ends else part in name for part in parts)
    return fits != inverted if parts else True


def persons_settings(text: str, of: Guard) -> bool:
    """Say whether a word names the directory of the person's settings; a project's is worked in every day."""
    place = of.place(text)
    return of.protected.directory(place) and place.place not in OWN


def _holds_persons(text: str, of: Guard) -> bool:
    """Say whether a word names a directory beyond the project that holds something protected."""
    place = of.place(text)
    return place.place not in OWN and of.protected.below(place.resolved)
