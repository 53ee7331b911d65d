"""Which package this gate runs, and whether it was replaced on disk since: then the gate ends, and the next one is the new."""

from __future__ import annotations

import os
import time

import web4_governance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = os.path.dirname(os.path.abspath(web4_governance.__file__))
LOOK_S = 1.0  # at most so often are the package's own directories looked at, and so often its files
SETTLED_NS = 2_000_000_000  # after which a change shows in a directory's times, also where clocks are coarse
MOST_TEXT = 64 * 1024


class Package:
    """The running package."""

    def __init__(self) -> None:
        self.version = web4_governance.__version__
        self.replaced = False
        self._directories = [directory for directory, _ in _walked()]
        self.devices = frozenset(os.stat(path).st_dev for path in self._directories)
        self._settled, self._times = self._now()
        self._files = _files()  # INVARIANT: after the times, so that a change in between shows in one of the two
        self._looked = self._looked_closely = time.monotonic()

    def look(self) -> None:
        """Look whether a file of the package came, went or was replaced, if that was not done for a while.

        Few directories instead of all files: this is done while a call waits.
        """
        now = time.monotonic()
        if now - self._looked > LOOK_S:
            self._looked = now
            settled, times = self._now()
            if times != self._times or not self._settled:
                self._compare()
            self._settled, self._times = settled, times

    def _now(self) -> tuple[bool, list[tuple[int, int, int]]]:
        """Give the directories as they are, and whether their times are old enough to tell a later change."""
        times = [_seen(path) for path in self._directories]
        return max(changed for _, changed, _ in times) < time.time_ns() - SETTLED_NS, times

    def look_closely(self) -> None:
        """Look at each file, if that was not done for a while: one that was written in its place shows in no directory."""
        now = time.monotonic()
        if now - self._looked_closely > LOOK_S:
            self._looked_closely = now
            self._compare()

    def _compare(self) -> None:
        self.replaced = self.replaced or any(_seen(path) != seen for path, seen in self._files)

    def is_for(self, script: str) -> bool:
        """Say whether a hook script is this package's, and the package is still the one that runs."""
        self.look()
        other = os.path.dirname(script)
        if other != ROOT and _newer(_version_in(other), self.version):
            self.replaced = True
        return not self.replaced and other == ROOT


def _walked() -> Iterator[tuple[str, list[str]]]:
    """Give every directory of the package with the names of its files, but for what the interpreter keeps."""
    for directory, names, files in os.walk(ROOT):
        names[:] = [name for name in names if name != "__pycache__"]
        yield directory, files


def _files() -> list[tuple[str, tuple[int, int, int]]]:
    """Give every file of the package, as it is now."""
    found = [os.path.join(directory, name) for directory, files in _walked() for name in files]
    return [(path, _seen(path)) for path in sorted(found)]


def _seen(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (-1, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _version_in(root: str) -> str:
    """Give the version that a package says; empty where it says none, or is neither ours nor root's to write."""
    path = os.path.join(root, "__init__.py")
    try:
        if os.stat(path).st_uid not in (os.getuid(), 0):
            return ""
        with open(path, encoding="utf-8") as file:
            lines = file.read(MOST_TEXT).splitlines()
    except (OSError, ValueError):
        return ""
    return next((line.partition('"')[2].rstrip('"') for line in lines if line.startswith("__version__ = ")), "")


def _newer(one: str, other: str) -> bool:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdigit()]

    return bool(one) and numbers(one) > numbers(other)
