"""Looks at the repository that a path lies in: its branch, and whether something there is held by no commit.

Bounded in time and output, and without running anything that the repository names: no hooks, no file-system monitor, no
filters, no fetching of what is missing. Where one of these could not be kept out, nothing is run and the answer is unknown,
as it is on any error. INVARIANT: what is not surely so is None; nothing here raises on account of what lies on the disk.
"""

from __future__ import annotations

import os
import select
import time

from web4_governance.app.frames import DATABASES
from web4_governance.app.regular import read_regular
from web4_governance.core.policy import Tree
from web4_governance.core.policy.state import looks_like_production

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUDGET_S = 0.3
KILL = 9
MOST_OUTPUT = 256 * 1024
MOST_TEXT = 64 * 1024
MOST_ROOTS = 4
PROGRAMS = ("/usr/bin/git", "/usr/local/bin/git", "/opt/homebrew/bin/git", "/opt/local/bin/git", "/bin/git")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
OPTIONS = (
    "--no-optional-locks", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c",
    "core.pager=cat", "-c", "submodule.recurse=false",
)  # fmt: skip
STATUS = (
    "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignored=traditional",
    "--ignore-submodules=dirty", "--no-renames",
)  # fmt: skip
LISTING = ("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--no-renames")
# Sections and keys by which a repository's own settings could have something run, or look elsewhere.
RUNS = ("[filter", "[include", "worktree", "promisor", "partialclone", "[submodule", "alternaterefs")


def look_at(trees: Iterable[str], branches: Iterable[str]) -> dict[str, Tree]:
    """Give what the repositories of these paths look like; of `branches` only which branch it is."""
    end = time.monotonic() + BUDGET_S
    listed: dict[str, tuple[bytes, ...] | None] = {}
    found: dict[str, Tree] = {}
    for path in branches:
        place = _place(path)
        found[path] = Tree(root=place[1], branch=_branch(place[2])) if place else Tree()
    for path in trees:
        place = _place(path)
        if place is None:
            continue
        real, root, store = place
        if not root:
            found[path] = Tree(dirty=None, untracked=True)
            continue
        if root not in listed and len(listed) < MOST_ROOTS:
            listed[root] = _status(root, store, end)
        found[path] = _seen_from(real, root, _branch(store), listed.get(root))
    return found


def changed_around(path: str, *, end: float) -> tuple[str, ...]:
    """Give the absolute paths that git lists as changed or untracked in the repository of a path, until a moment.

    Nothing where there is no repository, or git cannot be asked without running what it names, or takes longer.
    """
    place = _place(path)
    lines = _status(place[1], place[2], end, LISTING) if place and place[1] else None
    paths = [_path_in(line) if line[:1] in b"12u" else line[2:] for line in lines or () if line[:1] in b"12u?" and line]
    return tuple(os.path.join(place[1], os.fsdecode(each)) for each in paths) if place else ()


def blob_of(path: str, name: str, *, end: float) -> bytes | None:
    """Give the content that the repository of a path holds under a blob's name; None where it cannot be asked for it."""
    place = _place(path)
    git = next((program for program in PROGRAMS if os.access(program, os.X_OK)), "")
    if place is None or not place[1] or not git or not name.isalnum() or not _is_harmless(place[1], place[2]):
        return None
    return _run([git, *OPTIONS, f"--git-dir={place[2]}", "cat-file", "blob", name], end)


def production(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Name the variables that say where a database is, or which surroundings these are, and look like production."""
    return tuple(name for name in DATABASES if looks_like_production(environment.get(name, "")))


def _place(path: str) -> tuple[str, str, str] | None:
    """Give the real path, the directory of its repository and where that keeps its data; the last two empty for none."""
    try:
        real = os.path.realpath(path)
        at = real
        while not os.path.lexists(os.path.join(at, ".git")):
            above = os.path.dirname(at)
            if above == at:
                return real, "", ""
            at = above
        return real, at, _store(at)
    except (OSError, ValueError):
        return None


def _store(root: str) -> str:
    """Give the directory of the repository's data: `.git`, or the one that a file of that name points to."""
    kept = os.path.join(root, ".git")
    if os.path.isdir(kept):
        return kept
    said = _text(kept)
    return os.path.join(root, said[len("gitdir:") :].strip()) if said.startswith("gitdir:") else ""


def _text(file: str) -> str:
    """Read a small file; empty where it is none, or too large."""
    try:
        data = read_regular(file, MOST_TEXT + 1, listened=False)
    except OSError:
        return ""
    return data.decode(errors="replace") if len(data) <= MOST_TEXT else ""


def _branch(store: str) -> str:
    said = _text(os.path.join(store, "HEAD")).strip() if store else ""
    if said.startswith("ref: refs/heads/"):
        name = said.removeprefix("ref: refs/heads/")
        return "" if name == ".invalid" else name  # what is written where the names lie elsewhere
    return "HEAD" if len(said) in (40, 64) and said.isalnum() else ""  # a commit's own name, for either kind of digest


def _status(root: str, store: str, end: float, asked: tuple[str, ...] = STATUS) -> tuple[bytes, ...] | None:
    """Ask git for what is changed and untracked; None where that cannot be asked without running anything else."""
    git = next((program for program in PROGRAMS if os.access(program, os.X_OK)), "")
    if not git or not store or not hasattr(os, "posix_spawn") or not _is_harmless(root, store):
        return None
    argv = [git, *OPTIONS, f"--git-dir={store}", f"--work-tree={root}", *asked]
    output = _run(argv, end)
    return None if output is None else tuple(output.split(b"\0"))


def _is_harmless(root: str, store: str) -> bool:
    """Say whether the repository is the person's own, and its settings name nothing that a look would run."""
    if os.path.lexists(os.path.join(root, ".gitmodules")):
        return False  # what is in a submodule, only a program in its own settings' hands could tell
    shared = os.path.join(store, _text(os.path.join(store, "commondir")).strip())
    try:
        if any(os.stat(place).st_uid != os.getuid() for place in (root, store, shared)):
            return False
    except OSError:
        return False
    settings = [_text(os.path.join(shared, "config")), _text(os.path.join(store, "config.worktree"))]
    compact = "".join("".join(settings).lower().split())
    return bool(settings[0]) and not any(word in compact for word in RUNS)


def _run(argv: list[str], end: float) -> bytes | None:
    """Run a program and give its output; None where it fails, takes too long or says too much."""
    reading, writing = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        pid = os.posix_spawn(argv[0], argv, ENVIRONMENT, file_actions=actions, setpgroup=0)
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
    output = _output(reading, end)
    os.close(reading)
    if output is None:
        os.kill(pid, KILL)
    _, status = os.waitpid(pid, 0)
    return output if status == 0 else None


def _output(reading: int, end: float) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while size <= MOST_OUTPUT:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return None
        part = os.read(reading, 65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    return None


def _seen_from(real: str, root: str, branch: str, lines: tuple[bytes, ...] | None) -> Tree:
    """Sum up what git said, for one path."""
    if lines is None:
        return Tree(root=root, branch=branch)
    try:
        within = os.path.relpath(real, root)
        changed = [_path_in(line).decode() for line in lines if line[:1] in b"12u" and line]
        loose = [line[2:].decode() for line in lines if line[:2] in (b"? ", b"! ")]
        ahead = next((line for line in lines if line.startswith(b"# branch.ab +")), b"")
    except UnicodeDecodeError:
        return Tree(root=root, branch=branch)
    whole = within == "."
    return Tree(
        root=root,
        branch=branch,
        dirty=any(whole or _within(path, within) for path in changed),
        untracked=any(whole or _within(path.rstrip("/"), within) or within.startswith(path) for path in loose),
        unpushed=not ahead.startswith(b"# branch.ab +0 ") if ahead else None,
    )


def _path_in(line: bytes) -> bytes:
    """Give the path of a changed entry: what stands behind the eight fields of a change, or the ten of a conflict."""
    return line.split(b" ", 10 if line[:1] == b"u" else 8)[-1]


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")
