"""Where a path lies, seen from the project and the person: the difference between `rm -rf build` and `rm -rf ~`.

Text only: no symlink is followed and nothing is looked up; what a path really is comes later, with the facts. A path that
cannot be known gets the place of what is certain about it, and where a missing part could turn it into something
greater, that greater thing: `/$X` is the root, `~/$X` is the home.
"""

from __future__ import annotations

from web4_governance.core.action import Place, Target, TargetKind
from web4_governance.core.effects.names import names
from web4_governance.core.effects.wildcard import GLOB, is_everything
from web4_governance.core.value import value

MAX_PATH = 4096

ARTEFACTS = names(
    "build dist out target node_modules __pycache__ .venv venv .tox .nox coverage htmlcov .next .nuxt .svelte-kit "
    ".turbo .cache .parcel-cache .gradle .pytest_cache .mypy_cache .ruff_cache .hypothesis .eggs .coverage "
    ".nyc_output .terraform tmp temp obj DerivedData .angular .output storybook-static bower_components site-packages "
    ".ipynb_checkpoints test-results playwright-report allure-results _build .build .vite .nx .expo .docusaurus "
    ".dart_tool .stack-work dist-newstyle zig-out zig-cache .zig-cache elm-stuff nimcache .bloop .metals .aws-sam "
    ".serverless .webpack .rollup.cache .sass-cache .jekyll-cache _site .pnpm-store .eslintcache .phpunit.cache .pytype "
    ".benchmarks .swc .rpt2_cache .terragrunt-cache cdk.out"
)
# Their variants: `build-debug`, `dist_web`, `.venv3`, `out?`.
ARTEFACT_STEMS = ("build", "cmake-build", "dist", "out", "target", "venv", ".venv", "coverage", "tmp", "temp", "bazel")
_VARIANT = frozenset("-_?0123456789")
ARTEFACT_ENDS = (".egg-info", ".dSYM", ".dist-info", ".xcresult")
HARMLESS_DEVICES = names(
    "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/stdin /dev/stdout /dev/stderr"
)
HARMLESS_DEVICE_DIRS = ("/dev/fd/", "/dev/pts/")
TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/var/folders", "/private/var/folders", "/dev/shm")  # noqa: S108  names, not uses
TEMPORARY_VARIABLES = ("TMPDIR", "TEMPDIR", "TMP", "TEMP", "RUNNER_TEMP")
TEMPORARY_COMMANDS = ("$(mktemp", "`mktemp")
SYSTEM = names(
    "bin boot etc lib lib32 lib64 libx32 opt proc root run sbin srv sys usr var home Applications Library System "
    "Users Volumes private cores nix snap"
)
HOMES = ("/home/", "/Users/")
# What systems keep below `/var`, their own and their services'; any other name there is somebody's.
VAR = names(
    "account adm agentx at audit backups cache crash cron db empty folders games jb lib local lock log mail msgs named netboot "
    "opt pcp root rpc run rwho select snap spool tmp vm yp www"
)
# What holds all that a person has of one kind.
HOME_TOPS = names(
    ".ssh .gnupg .aws .kube .config .local .local/share .local/bin Desktop Documents Downloads Pictures Music "
    "Videos Movies Library .Trash src code projects Projects dev work workspace repos git"
)
UNKNOWN_PART = "${_}"
# A repository's history: without it the project is only what lies in the working tree.
GIT_HISTORY = ("objects", "refs", "logs", "HEAD", "packed-refs", "worktrees", "modules", "lfs", "annex", "reftable")
LOCK = ".lock"


@value
class Scene:
    """The directories a call is seen from. `project` is never empty where `cwd` is not."""

    cwd: str
    home: str
    project: str


MOST_SCENES = 64
MOST_TARGETS = 2048
LONGEST_KEPT = 256
_targets: dict[tuple[str, bool, str | None, str, str, str], Target] = {}  # one word is asked for by many
_scenes: dict[tuple[str, str, str], Scene] = {}  # the calls of a session are seen from few places


def scene(cwd: str, home: str, project: str) -> Scene:
    """Give the scene of a call; a call of no project is seen from its working directory."""
    key = (cwd, home, project)
    found = _scenes.get(key)
    if found is None:
        if len(_scenes) >= MOST_SCENES:
            _scenes.clear()
        found = _scenes[key] = _scene(cwd, home, project)
    return found


def _scene(cwd: str, home: str, project: str) -> Scene:
    home = resolve(home, "", "")
    return Scene(cwd=resolve(cwd, "", home), home=home, project=resolve(project or cwd, "", home))


def resolve(text: str, cwd: str, home: str) -> str:
    """Give the absolute path without `.`, `..` and `~`; empty where it cannot be told."""
    if len(text) > MAX_PATH or "\0" in text:
        return ""
    if text.startswith("~"):
        text = _from_home(text, home)
        if not text:
            return ""
    if not text.startswith("/"):
        if not cwd:
            return ""
        text = f"{cwd}/{text}"
        if len(text) > MAX_PATH:
            return ""
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(_without_proc(parts, cwd))


def place_of(path: str, of: Scene) -> Place:
    """Give the place of a resolved path."""
    if not path:
        return Place.UNKNOWN
    if path == "/":
        return Place.ROOT
    if path.startswith("/dev/") and not path.startswith("/dev/shm"):  # noqa: S108  names, not uses
        return Place.TEMPORARY if _is_harmless(path) else Place.DEVICE
    if path == of.home or _is_home_top(path, of.home):
        return Place.HOME_ROOT
    within = below(path, of.project) if _is_project(of) else None
    if within is not None:
        return _in_project(within)
    if any(below(path, root) is not None for root in TEMPORARY):
        return Place.TEMPORARY
    return _elsewhere(path, of)


def below(path: str, root: str) -> str | None:
    """Give the part of `path` below `root`, empty for `root` itself, None if it lies elsewhere."""
    if path == root:
        return ""
    stem = root if root.endswith("/") else root + "/"
    return path[len(stem) :] if path.startswith(stem) else None


def locate(  # noqa: D417  the arguments are those of a word
    text: str,
    of: Scene,
    *,
    cwd: str | None,
    known: bool = True,
    glob: bool = False,
    literal: str = "",
    shape: str = "",
) -> Target:
    """Give the target that a word names as a path.

    Args:
        text: The word after quoting, its raw source where it is not known.
        of: The scene.
        cwd: The directory it is seen from; None where that is not known.
    """
    if not known or len(text) > LONGEST_KEPT:
        return _located(text, of, cwd, known=known, glob=glob, literal=literal, shape=shape)
    key = (text, glob, cwd, of.cwd, of.home, of.project)
    found = _targets.get(key)
    if found is None:
        if len(_targets) >= MOST_TARGETS:
            _targets.clear()
        found = _targets[key] = _located(text, of, cwd, known=True, glob=glob, literal="", shape="")
    return found


def _located(text: str, of: Scene, cwd: str | None, *, known: bool, glob: bool, literal: str, shape: str) -> Target:
    here = cwd or ""
    if not known:
        return _unknown(text, literal, shape, of, here)
    if glob and any(sign in text for sign in GLOB):
        return _globbed(text, of, here)
    path = resolve(text, here, of.home)
    return Target(kind=TargetKind.PATH, given=text, resolved=path, place=place_of(path, of))


def _from_home(text: str, home: str) -> str:
    name, slash, rest = text[1:].partition("/")
    if not name:
        return home and home + slash + rest
    return ("/root" if name == "root" else f"/home/{name}") + slash + rest


def _without_proc(parts: list[str], cwd: str) -> list[str]:
    """`/proc/self/root/x` is `/x`, and `/proc/self/cwd/x` lies in the working directory."""
    while len(parts) > 2 and parts[0] == "proc" and parts[2] in ("root", "cwd"):  # noqa: PLR2004  /proc, a process, its link
        if parts[2] == "root":
            parts = parts[3:]
        elif cwd:  # once: a working directory that is told by this very link says no more
            parts, cwd = [*filter(None, cwd.split("/")), *parts[3:]], ""
        else:
            break
    return parts


def _is_harmless(path: str) -> bool:
    return path in HARMLESS_DEVICES or path.startswith(HARMLESS_DEVICE_DIRS)


def _is_home_top(path: str, home: str) -> bool:
    within = below(path, home) if home else None
    if within is not None:
        return within in HOME_TOPS and within != ""
    return path == "/root" or (path.startswith(_homes(home)) and path.count("/") == 2)  # noqa: PLR2004  /home and a name


def _homes(home: str) -> tuple[str, ...]:
    """Give where homes lie: where the person's is known to be one of Linux, `/Users` is a name like any other."""
    return HOMES[:1] if home == "/root" or home.startswith(HOMES[0]) else HOMES


def _is_project(of: Scene) -> bool:
    """A whole home, or the whole disk, is no project: what lies there is the person's."""
    return of.project not in ("", "/", of.home) and below(of.home, of.project) is None


def _in_project(within: str) -> Place:
    parts = within.split("/")
    if not within or within == ".git" or _is_history(parts):
        return Place.PROJECT_ROOT
    return Place.ARTEFACT if parts[0] != ".git" and any(_is_artefact(part) for part in parts) else Place.PROJECT


def _is_history(parts: list[str]) -> bool:
    """What a repository keeps, bare ones too; a lock that a killed git left behind is nobody's history."""
    return not parts[-1].endswith(LOCK) and any(
        name in GIT_HISTORY and parts[at - 1].endswith(".git") for at, name in enumerate(parts) if at
    )


def _is_artefact(name: str) -> bool:
    """Say whether a directory's name is one that builds make; of a file's (`build.gradle`) only the end tells."""
    if name in ARTEFACTS or name.endswith(ARTEFACT_ENDS):
        return True
    if not name.startswith(ARTEFACT_STEMS):
        return False
    for stem in ARTEFACT_STEMS:
        rest = name[len(stem) :] if name.startswith(stem) else ""
        if rest and rest[0] in _VARIANT and "." not in rest:
            return True
    return False


def _elsewhere(path: str, of: Scene) -> Place:
    if of.project and below(of.project, path) is not None:
        # Above the project: whatever takes it away takes the project.
        return Place.SYSTEM if path.count("/") == 1 and path[1:] in SYSTEM else Place.PROJECT_ROOT
    if of.home and below(path, of.home) is not None:
        return Place.HOME
    if path.startswith(HOMES) and path.count("/") > 2:  # noqa: PLR2004  below /home and a name
        return Place.OUTSIDE if of.home else Place.HOME
    top, _, rest = path[1:].partition("/")
    foreign = f"/{top}/" in HOMES and f"/{top}/" not in _homes(of.home)
    named = top == "var" and rest != "" and rest.partition("/")[0] not in VAR
    return Place.SYSTEM if top in SYSTEM and not (foreign or named) else Place.OUTSIDE


def _globbed(text: str, of: Scene, cwd: str) -> Target:
    parts = text.split("/")
    first = next(n for n, part in enumerate(parts) if any(sign in part for sign in GLOB))
    above = "/".join(parts[:first]) or ("/" if text.startswith("/") else ".")
    pattern = [part for part in parts[first:] if part not in ("", ".")]
    directory = resolve(above, cwd, of.home)
    if not directory or ".." in pattern:
        return Target(kind=TargetKind.PATH, given=text, place=Place.UNKNOWN, exact=False)
    path = directory.rstrip("/") + "/" + "/".join(pattern)
    if all(is_everything(part) for part in pattern):
        place = place_of(directory, of)
    elif directory == "/":
        place = Place.ROOT
    else:
        place = place_of(path, of)
    return Target(kind=TargetKind.PATH, given=text, resolved=path, place=place, exact=False)


def _unknown(text: str, literal: str, shape: str, of: Scene, cwd: str) -> Target:
    raw = text.replace('"', "").replace("'", "")
    tail = shape.rpartition(UNKNOWN_PART)[2]
    if "." + "." in tail.split("/"):
        return Target(kind=TargetKind.PATH, given=text, place=Place.UNKNOWN, exact=False)
    if not literal:
        place = Place.TEMPORARY if _is_temporary(raw, tail) else Place.UNKNOWN
        return Target(kind=TargetKind.PATH, given=text, place=place, exact=False)
    above, slash, begun = literal.rpartition("/")
    directory = resolve((above or "/") if slash else ".", cwd, of.home)
    if not directory:
        return Target(kind=TargetKind.PATH, given=text, place=Place.UNKNOWN, exact=False)
    path = f"{directory.rstrip('/')}/{begun}*"
    place = _place_with_gap(directory, begun or tail.strip("/"), of)
    return Target(kind=TargetKind.PATH, given=text, resolved=path, place=place, exact=False)


def _place_with_gap(directory: str, more: str, of: Scene) -> Place:
    """Give the place of something in `directory`, or of the directory itself if nothing `more` of the name is known."""
    if directory == "/":
        return Place.ROOT
    place = place_of(directory, of)
    if place is Place.PROJECT_ROOT:
        return place_of(directory + "/x", of) if more else Place.UNKNOWN
    if place is Place.HOME_ROOT and more:
        return Place.HOME
    return place


def _is_temporary(raw: str, tail: str) -> bool:
    if tail and not tail.startswith("/"):
        return False
    if raw.startswith(TEMPORARY_COMMANDS):
        return True
    name = raw[1:].lstrip("{")
    return raw.startswith("$") and any(
        name.startswith(known)
        and not (name[len(known) : len(known) + 1].isalnum() or name[len(known) :].startswith("_"))
        for known in TEMPORARY_VARIABLES
    )
