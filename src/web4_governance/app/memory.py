"""What a process that stays remembers between calls: projects, policies in force, protected paths, while nothing changed.

Not a source of truth: before each use, everything on disk that the answer was made of is looked at again (existence, kind,
inode, size and both times of every file that was read or looked for; the symlinks on the way to every path). INVARIANT: what
is given is what the plain functions would give now. A file that changed within the last two seconds is not relied on: on
coarse clocks a second change could leave the same times.
"""

from __future__ import annotations

import os
import stat
import time
from threading import Lock

from web4_governance.app import policies, regular
from web4_governance.app.protect import SETTINGS, environment_of, protected
from web4_governance.app.regular import lies
from web4_governance.app.scope import projects_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from web4_governance.app.context import Context
    from web4_governance.app.folding import Folding
    from web4_governance.app.policies import Loaded
    from web4_governance.core.effects import Protected

    Signature: TypeAlias = tuple[int, ...] | None
    Made: TypeAlias = tuple[Any, list[str], list[str]]  # what was made, the files it was made of, the ways to paths

SETTLED_NS = 2_000_000_000
MOST = 64  # projects that are remembered at once
MOST_PLACES = 256  # working directories whose projects are
MOST_LINKS = 200


class _Looks(dict[str, "Signature"]):
    """What one call, or who looks ahead for one, has found of directories; `begun` is when that was begun (monotonic)."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = time.monotonic()


class _Known:
    """What was made, and what it was made of.

    Nothing comes, goes or is replaced in a directory without its times changing: as long as these are what they were, what was
    found in it needs no look of its own, but for the content of files.
    """

    __slots__ = ("_directories", "_files", "_looked", "devices", "made")

    def __init__(self, made: Any, files: dict[str, Signature], ways: dict[str, Signature]) -> None:  # noqa: ANN401
        self.made = made
        self._files = [(path, seen) for path, seen in files.items() if seen is not None]
        absent = {path: None for path, seen in files.items() if seen is None}
        inside: dict[str, list[tuple[str, Signature]]] = {}
        # Those above first: where nothing is, nothing is below it either, and nobody has to look.
        for path, seen in sorted({**absent, **ways}.items(), key=lambda item: len(item[0])):
            above = os.path.dirname(path)
            if above == path or ways.get(above, ()) is not None:
                inside.setdefault(above, []).append((path, seen))
        self._directories = [_Directory(path, held) for path, held in inside.items()]
        self._looked = 0.0
        on = map(_device, (*inside, *(path for path, _ in self._files)))
        self.devices = frozenset((*on, *(seen[0] for _, seen in self._files if seen)))  # where a link leads, too

    def holds(self, since: float, looked: _Looks) -> bool:
        """Say whether all that it was made of is as it was, at some moment after `since`.

        A look that began after a call had come is as good as one of the call's own. `looked` holds what the call's own looks
        have found of directories, and takes what this one finds.
        """
        if since and self._looked > since:
            return True
        for directory in self._directories:
            path = directory.path
            now = looked[path] if path in looked else looked.setdefault(path, _times(path))
            if (now is None or now != directory.seen) and not directory.holds(now):
                return False
        for path, seen in self._files:
            if _file(path) != seen:
                return False
        self._looked = looked.begun
        return True


class _Directory:
    """What was found in one directory, or was not; and the directory as it was when all of that was so."""

    __slots__ = ("_held", "path", "seen")

    def __init__(self, path: str, held: list[tuple[str, Signature]]) -> None:
        self.path = path
        self._held = held
        self.seen: Signature = None

    def holds(self, now: Signature) -> bool:
        """Say whether all of it is still so, of a directory whose times are these now, and were others when it was so last."""
        for inside, seen in self._held:
            if (seen is not None or lies(inside)) and (seen is None or _link(inside) != seen):
                return False
        # INVARIANT: the directory's times were read before what is in it, and are old enough to tell a later change.
        self.seen = now if now is not None and max(now[-2:]) < time.time_ns() - SETTLED_NS else None
        return True


class Memory:
    """The memory of one process; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Known] = {}
        self._places: dict[tuple[Any, ...], _Known] = {}
        self._lock = Lock()
        self._folding: Folding | None = None
        self._last: dict[str, _Known] = {}  # by kind, what was told last

    def look_again(self, near: frozenset[int]) -> None:
        """Look at all that was told last: who asks the same with a `since` before now is told so at once.

        What lies on other devices than these is left: it may be far away, and keep whoever looks waiting.
        """
        looked = _Looks()
        for known in tuple(self._last.values()):
            if known.devices <= near:
                known.holds(0.0, looked)

    def folding(self) -> Folding:
        """Give the fold of trust that goes on from call to call; used under the writer's lock, so by one call at a time."""
        if self._folding is None:
            from web4_governance.app.folding import Folding  # noqa: PLC0415  # most policies ask for no trust

            self._folding = Folding()
        return self._folding

    def found(self, context: Context, cwd: str, further: tuple[str, ...]) -> tuple[tuple[str, ...], Loaded, Protected]:
        """Give all three for a call, as the disk was at some moment after it had come."""
        looked = _Looks()
        projects = self.projects(
            cwd, context.project_hint, user_home=context.user_home, since=context.came, looked=looked
        )
        loaded = self.in_force(
            context.home,
            projects,
            organisation=context.organisation,
            session_policy=context.session_policy,
            since=context.came,
            looked=looked,
        )
        kept = self.protected(
            context.home,
            user_home=context.user_home,
            projects=projects,
            organisation=context.organisation,
            config_dir=context.config_dir,
            further=further,
            since=context.came,
            looked=looked,
        )
        return projects, loaded, kept

    def projects(
        self,
        cwd: str,
        hint: str,
        *,
        user_home: str,
        since: float = 0.0,
        looked: _Looks | None = None,
    ) -> tuple[str, ...]:
        """Give what `scope.projects_of` gives, as the disk was at some moment after `since` (of the monotonic clock)."""

        def make() -> Made:
            files: list[str] = []
            return projects_of(cwd, hint, user_home=user_home, looked=files.append), files, []

        found: tuple[str, ...] = self._get((cwd, hint, user_home), make, since, looked, table=self._places)
        return found

    def in_force(
        self,
        home: str,
        projects: tuple[str, ...],
        *,
        organisation: str,
        session_policy: str = "",
        since: float = 0.0,
        looked: _Looks | None = None,
    ) -> Loaded:
        """Give what `policies.in_force` gives, as the disk was at some moment after `since` (of the monotonic clock)."""
        key = ("policy", home, projects, organisation, session_policy)

        def make() -> Made:
            files: list[str] = []
            regular.listeners.append(files.append)
            try:
                loaded = policies.in_force(home, projects, organisation=organisation, session_policy=session_policy)
            finally:
                regular.listeners.remove(files.append)
            directories = [os.path.join(project, ".web4") for project in projects]
            names = [f"policy.{ending}" for ending in policies.FORMATS]
            files += [os.path.join(place, name) for place in (organisation, home, *directories) for name in names]
            files.append(os.path.join(home, "trusted.json"))
            return loaded, files, [home, organisation, *directories]

        loaded: Loaded = self._get(key, make, since, looked, fit=lambda made: not made.broken)
        return loaded

    def protected(
        self,
        home: str,
        *,
        user_home: str,
        projects: tuple[str, ...],
        organisation: str,
        config_dir: str = "",
        further: tuple[str, ...] = (),
        since: float = 0.0,
        looked: _Looks | None = None,
    ) -> Protected:
        """Give what `protect.protected` gives, as above."""
        key = ("protected", home, user_home, projects, organisation, config_dir, further)

        def make() -> Made:
            made = protected(
                home,
                user_home=user_home,
                projects=projects,
                organisation=organisation,
                config_dir=config_dir,
                further=further,
            )
            files = [os.path.join(project, ".claude", name) for project in projects for name in SETTINGS]
            ways = [*made.paths, *environment_of(projects), *(os.path.join(project, ".web4") for project in projects)]
            return made, files, ways

        kept: Protected = self._get(key, make, since, looked)
        return kept

    def _get(
        self,
        key: tuple[Any, ...],
        make: Callable[[], Made],
        since: float,
        looked: _Looks | None,
        *,
        fit: Callable[[Any], bool] = lambda _made: True,
        table: dict[tuple[Any, ...], _Known] | None = None,
    ) -> Any:  # noqa: ANN401  # one of three types, told by the key
        kind, table, most = (key[0], self._known, 2 * MOST) if table is None else ("places", table, MOST_PLACES)
        known = table.get(key)
        if known is not None and known.holds(since, _Looks() if looked is None else looked):
            self._last[kind] = known
            return known.made
        with self._lock:
            begun = time.time_ns()
            made, files, ways = make()
            seen = {path: _file(path) for path in files}
            table.pop(key, None)
            # Changed while it was read, or so shortly before that a further change might not show: made anew next time.
            settled = all(max(found[-2:]) < begun - SETTLED_NS for found in seen.values() if found)
            if settled and fit(made):
                if len(table) >= most:
                    table.pop(next(iter(table)), None)
                table[key] = _Known(made, seen, {path: _link(path) for path in _all(ways)})
            return made


def _device(path: str) -> int:
    """Give the device that a path is on, or the nearest that is there above it."""
    while True:
        try:
            return os.lstat(path).st_dev
        except (OSError, ValueError):
            above = os.path.dirname(path)
            if above == path:  # not even a path
                return -1
            path = above


def _file(path: str) -> Signature:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):  # ValueError: of no file's name
        return None
    if stat.S_ISLNK(found.st_mode):
        try:
            found = os.stat(path)
        except OSError:
            return (0,) * 3
    if stat.S_ISDIR(found.st_mode):
        return (found.st_dev, found.st_ino, 0, 0, 0)
    return (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _link(path: str) -> Signature:
    """Give what decides whether a path leads elsewhere: that nothing is there, that it is no link, or which link it is."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return (
        (found.st_dev, found.st_ino, found.st_ctime_ns) if stat.S_ISLNK(found.st_mode) else (found.st_mode & 0o170000,)
    )


def _times(path: str) -> Signature:
    """Give what changes when an entry of a directory does: None where there is none, or it is a link."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)


def _all(paths: Iterable[str]) -> tuple[str, ...]:
    """Give every directory on the way to some paths, and to where the links among them lead."""
    seen: dict[str, None] = {}
    rest = list(paths)
    links = 0
    while rest:
        here = os.path.normpath(rest.pop())
        while here not in seen and here not in ("/", ""):
            seen[here] = None
            if os.path.islink(here) and links < MOST_LINKS:
                links += 1
                rest.append(os.path.join(os.path.dirname(here), os.readlink(here)))
            here = os.path.dirname(here)
    return tuple(seen)
