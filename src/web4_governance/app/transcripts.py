"""Reads the end of a host's transcript: regular files only, never more than a fixed amount.

What is in it is the adapter's to understand. A transcript that is missing, not a regular file, or unreadable is the
same as an empty one: the words may come at a later event.
"""

from __future__ import annotations

import os
import stat

MAX_TAIL = 256 * 1024
MAX_META = 16 * 1024


def tail(path: str, *, limit: int = MAX_TAIL) -> bytes:
    """Give the last `limit` bytes of a regular file, or nothing."""
    if not path.startswith("/"):
        return b""
    try:
        # O_NONBLOCK: a pipe planted at this path must not hold the hook past its deadline.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return b""
        return os.pread(handle, limit, max(0, found.st_size - limit))
    except OSError:
        return b""
    finally:
        os.close(handle)
