"""Files as they lie on the disk: their content, bounded, and by what the disk knows a state of them.

INVARIANT: nothing here raises, or waits, on account of what lies there: a pipe that stands in a file's place is none.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.regular import read_regular
from web4_governance.core.lineage.lines import MAX_BYTES, content_of


def mark_of(path: str) -> tuple[str, int]:
    """Give by what the disk knows the present state of a file, and its size; empty and -1 where there is none."""
    found = stat_of(path)
    return ("", -1) if found is None else (mark(found), found.st_size)


def content_at(path: str) -> bytes | None:
    """Give the content of a regular file; None where there is none, or it is too large or not to be read."""
    try:
        data = read_regular(path, MAX_BYTES + 1, listened=False)
    except (OSError, ValueError):
        return None
    return content_of(data) if len(data) <= MAX_BYTES else None


def changed_at(path: str) -> int:
    """Give when a file was last changed by the file system's own clock, in microseconds; -1 where there is none."""
    found = stat_of(path)
    return -1 if found is None else changed_us(found)


def stat_of(path: str) -> os.stat_result | None:
    """Give what the disk says of a regular file; None where there is none."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def changed_us(found: os.stat_result) -> int:
    """Give when a file was last changed, in microseconds."""
    # The time of change of the inode is the kernel's own: no program sets it. Windows has none, and means the creation.
    return (found.st_mtime_ns if os.name == "nt" else found.st_ctime_ns) // 1000


def mark(found: os.stat_result) -> str:
    """Give by what the disk knows a state of a file."""
    return f"{changed_us(found)}.{found.st_size}.{found.st_ino}"
