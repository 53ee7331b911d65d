"""Reads regular files and nothing else: a pipe or a device in a file's place must not cost a call its deadline."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Without it, opening a pipe that nobody writes to would wait for a writer.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


_NOFOLLOW = os.access in os.supports_follow_symlinks

# Told of every path that is read, while a process that stays learns what a policy was made of (`app.memory`).
listeners: list[Callable[[str], None]] = []


def lies(path: str) -> bool:
    """Say whether anything lies at a path, a link that leads nowhere too: `os.path.lexists`, in a third of its time."""
    if not _NOFOLLOW:  # pragma: no cover  # no system of ours
        return os.path.lexists(path)
    try:
        return os.access(path, os.F_OK, follow_symlinks=False)
    except ValueError:  # a NUL, which no path has
        return False


def read_regular(path: str, most: int = -1, *, listened: bool = True) -> bytes:
    """Give a file's bytes, at most `most` of them; OSError where it cannot be read, or is no regular file.

    Of a copy that only spares work nobody is told: no policy is made of it.
    """
    for listener in listeners if listened else ():
        listener(path)
    with open(os.open(path, FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read(most)
