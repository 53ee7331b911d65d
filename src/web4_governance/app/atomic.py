"""Replaces a file whole: readers see the old bytes or the new ones, never a part.

Keeps what a person chose: the file's mode, and a symlink stays one (its target is replaced).
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.regular import read_regular
from web4_governance.core.errors import UsageError

PRIVATE = 0o600


def read_bytes(path: str) -> bytes | None:
    """Give a file's bytes, None where there is no file; UsageError where it cannot be read."""
    try:
        return read_regular(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"`{path}` cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def write_bytes(path: str, data: bytes, *, mode: int = PRIVATE, follow: bool = True) -> None:
    """Replace a file (or make it with `mode`); UsageError where the disk refuses.

    Not to `follow` replaces a symlink itself, and keeps nothing of what was there.
    """
    target = os.path.realpath(path) if follow else path
    temporary = f"{target}.web4.{os.getpid()}"
    try:
        mode = _mode_of(target, mode) if follow else mode
        # Crash: the old file whole, and at worst a `.web4.PID` beside it that nobody reads.
        with open(_fresh(temporary, mode), "wb") as file:
            os.chmod(temporary, mode)
            if follow:
                _keep_owner(target, temporary)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        _forget(temporary)
        message = f"`{path}` cannot be written: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def keep_copy(path: str, data: bytes) -> None:
    """Write a copy that only spares work: a disk that refuses it is somebody else's to report."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_bytes(path, data)
    except (OSError, UsageError):
        return


def _fresh(path: str, mode: int) -> int:
    # The directory may be a project's, and its names somebody else's: what lies under ours is neither kept nor followed.
    _forget(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)


def _mode_of(path: str, mode: int) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return mode


def _keep_owner(path: str, temporary: str) -> None:
    """Leave another user's file theirs, where we may (an administrator's init)."""
    if not hasattr(os, "chown") or not os.path.exists(path):
        return
    old, new = os.stat(path), os.stat(temporary)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.chown(temporary, old.st_uid, old.st_gid)


def _forget(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
