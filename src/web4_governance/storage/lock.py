"""The one lock that guards writing: held by a writer from before it opens the database until after it closed it.

Not SQLite's own locking, which stays on below it. This one is there because SQLite's busy handler is unfair, and because
SQLite before 3.51.3 (3.50.7, 3.44.6) can corrupt a WAL when two connections write or checkpoint at once: with this lock
there is never more than one that could. Readers take no lock; they cannot write.
"""

from __future__ import annotations

import os
import sys
from time import monotonic, sleep

from web4_governance.core.errors import LedgerBusy
from web4_governance.storage.faults import from_os

if sys.platform == "win32":  # pragma: no cover  # Windows
    import msvcrt

    def _take(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _take(fd: int) -> None:
        flock(fd, LOCK_EX | LOCK_NB)


DEFAULT_WAIT = 10.0
SHORTEST_PAUSE = 0.001
LONGEST_PAUSE = 0.008
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Lock:
    """A held lock. The kernel releases it when the process dies, however it dies: nothing is ever left to clean up."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let the next writer in. A second release does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def acquire(path: str, *, deadline: float | None) -> Lock:
    """Take the lock before `deadline` (a `time.monotonic` value; None waits ten seconds), or raise LedgerBusy."""
    end = monotonic() + DEFAULT_WAIT if deadline is None else deadline
    pause = SHORTEST_PAUSE
    while True:
        held = _try(path)
        if held is not None:
            return held
        left = end - monotonic()
        if left <= 0:
            raise LedgerBusy("another process is writing the ledger", hint="try again; `web4 doctor` says who holds it")
        sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)


def _try(path: str) -> Lock | None:
    try:
        fd = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        raise from_os(error, path) from None
    if _locked(fd) and _still_there(fd, path):
        return Lock(fd)
    os.close(fd)
    return None


def _locked(fd: int) -> bool:
    try:
        _take(fd)
    except (BlockingIOError, PermissionError):  # flock's and msvcrt's word for held by another
        return False
    return True


def _still_there(fd: int, path: str) -> bool:
    # A lock on a file that was unlinked meanwhile guards nothing: whoever opens the path next locks another file.
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:  # pragma: no cover  # between our open and our lock: the loop opens it anew
        return False
