"""The file beside an export that holds what was made of it so far, `FILE.partial`, and how the whole one gets its place.

It has one writer, who owns it: what somebody else put there is neither gone on with nor written to. FILE itself is there
whole, with all of it on the disk, or as it was before.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress

from web4_governance.app.exports import sidecar
from web4_governance.core.errors import UsageError
from web4_governance.storage.home import sync_directory

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # pragma: no cover  # Windows: two exports to one file are not told apart
    flock = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

AWAY = "take it away, or write to another place"
ANEW = "leave out `--resume` to begin anew"
# Without O_NONBLOCK, opening a pipe that nobody reads from would wait for a reader.
FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
FRESH = os.O_CREAT | os.O_EXCL


def path_of(file: str) -> str:
    """Give where the partial file of an export lies."""
    return f"{file}.partial"


def claim(file: str, *, resume: bool) -> BinaryIO:
    """Open the partial file of an export, empty or as it lies there; nobody else writes it until it is closed.

    Raises:
        UsageError: It is none of ours, somebody is writing it, the place cannot be written, or there is nothing to go on with.
    """
    path = path_of(file)
    _replaceable(file)
    try:
        fd, made = _open(path, new=not resume)
    except FileNotFoundError:
        if resume:
            raise UsageError(f"there is nothing to go on with: no `{path}`", hint="leave out `--resume`") from None
        raise UsageError(f"`{path}` cannot be written: no such directory") from None
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {(error.strerror or 'no reason').lower()}", hint=AWAY) from None
    try:
        # On file systems without owners or modes, what we have just made does not look like ours.
        if not made:
            _refuse_anothers(fd, path)
        _take(fd, path)
        if not resume:
            os.ftruncate(fd, 0)
    except BaseException:
        os.close(fd)
        raise
    return os.fdopen(fd, "r+b")


def _replaceable(file: str) -> None:
    """Refuse a device, a pipe or a directory: putting a whole file in its place would take it away."""
    with suppress(OSError):
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise UsageError(f"`{file}` cannot be written: it is no file, and only whole files are put there")


def _open(path: str, *, new: bool) -> tuple[int, bool]:
    """Give a descriptor, and whether the file was made for it."""
    if new:
        with suppress(FileExistsError):
            return os.open(path, FLAGS | FRESH, 0o600), True
    return os.open(path, FLAGS), False


def _refuse_anothers(fd: int, path: str) -> None:
    if not sidecar.is_ours(os.fstat(fd)):
        raise UsageError(f"`{path}` cannot be written: it is not a file of yours alone", hint=AWAY)


def _take(fd: int, path: str) -> None:
    if flock is not None:
        try:
            flock(fd, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"`{path}` is being written by another process") from None
        except OSError:  # a file system without locks: as on Windows
            pass
    try:
        there = os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        there = False
    if not there:  # who wrote it was done with it just now
        raise UsageError(f"`{path}` was being written by another process", hint="try again")


@contextmanager
def placed(file: str) -> Iterator[BinaryIO]:
    """Give a file to write to that gets this name when all of it is on the disk; where that fails, nothing is left of it."""
    temporary = f"{path_of(file)}.tmp"
    with suppress(FileNotFoundError):
        os.unlink(temporary)  # of one that was killed here
    # Crash: a `.tmp` that nobody reads and the next export to this name takes away.
    fd = os.open(temporary, os.O_WRONLY | FRESH | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        with open(fd, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(os.path.dirname(os.path.abspath(file)))


def remove(file: str) -> None:
    """Take away what lies beside a whole file."""
    # Crash between: a partial file that no note speaks of. The next export to this name begins it anew.
    sidecar.remove(file)
    with suppress(FileNotFoundError):
        os.unlink(path_of(file))
