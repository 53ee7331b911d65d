"""What a process that stays remembers between calls: policies in force and protected paths, as long as nothing changed.

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
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from web4_governance.app.folding import Folding
    from web4_governance.app.policies import Loaded
    from web4_governance.core.effects import Protected

    Signature: TypeAlias = tuple[int, ...] | None

SETTLED_NS = 2_000_000_000
MOST = 64  # projects that are remembered at once
MOST_LINKS = 200


@value
class _Known:
    made: Any
    files: tuple[tuple[str, Signature], ...]
    ways: tuple[tuple[str, Signature], ...]

    def holds(self) -> bool:
        """Say whether all that it was made of is as it was."""
        return all(_file(path) == seen for path, seen in self.files) and all(
            _link(path) == seen for path, seen in self.ways
        )


class Memory:
    """The memory of one process; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Known] = {}
        self._lock = Lock()
        self._folding: Folding | None = None

    def folding(self) -> Folding:
        """Give the fold of trust that goes on from call to call; used under the writer's lock, so by one call at a time."""
        if self._folding is None:
            from web4_governance.app.folding import Folding  # noqa: PLC0415  # most policies ask for no trust

            self._folding = Folding()
        return self._folding

    def in_force(self, home: str, projects: tuple[str, ...], *, organisation: str, session_policy: str = "") -> Loaded:
        """Give what `policies.in_force` gives."""
        key = ("policy", home, projects, organisation, session_policy)

        def make() -> tuple[Loaded, list[str], list[str]]:
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
            return loaded, files, [home, *directories]

        loaded: Loaded = self._get(key, make, lambda made: not made.broken)
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
    ) -> Protected:
        """Give what `protect.protected` gives."""
        key = ("protected", home, user_home, projects, organisation, config_dir, further)

        def make() -> tuple[Protected, list[str], list[str]]:
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

        kept: Protected = self._get(key, make, lambda _made: True)
        return kept

    def _get(
        self,
        key: tuple[Any, ...],
        make: Callable[[], tuple[Any, list[str], list[str]]],
        fit: Callable[[Any], bool],
    ) -> Any:  # noqa: ANN401  # one of two types, told by the key
        known = self._known.get(key)
        if known is not None and known.holds():
            return known.made
        with self._lock:
            begun = time.time_ns()
            made, files, ways = make()
            seen = tuple((path, _file(path)) for path in dict.fromkeys(files))
            self._known.pop(key, None)
            # Changed while it was read, or so shortly before that a further change might not show: made anew next time.
            settled = all(max(found[-2:]) < begun - SETTLED_NS for _, found in seen if found)
            if settled and fit(made):
                if len(self._known) >= 2 * MOST:
                    self._known.pop(next(iter(self._known)), None)
                self._known[key] = _Known(made=made, files=seen, ways=tuple((path, _link(path)) for path in _all(ways)))
            return made


def _file(path: str) -> Signature:
    try:
        found = os.stat(path)
    except OSError:
        return (0,) * 3 if os.path.lexists(path) else None
    if stat.S_ISDIR(found.st_mode):
        return (found.st_dev, found.st_ino, 0, 0, 0)
    return (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _link(path: str) -> Signature:
    """Give what decides whether a path leads elsewhere: that nothing is there, that it is no link, or which link it is."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (
        (found.st_dev, found.st_ino, found.st_ctime_ns) if stat.S_ISLNK(found.st_mode) else (found.st_mode & 0o170000,)
    )


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
