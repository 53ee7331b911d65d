"""Which files lie as git's index has them, read from the index itself: by the file system's own marks, without running git.

So that a command that edits a file which the ledger never saw is known to have changed what git holds of it, and only that.
Not a reader of git's objects, and not of all of its formats: what is not surely so is left out. Nothing here raises on account
of what lies on the disk. Format: git's documentation, gitformat-index, versions 2 and 3.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.regular import FLAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Tracked = tuple[str, str, int]  # the path, the name of the blob, its size

MOST_INDEX = 2 * 1024 * 1024
MOST_FILES = 16
MAGIC, VERSIONS = b"DIRC", (2, 3)
HEADER, BEFORE_NAME, OID = 12, 62, 20
LONG_NAME, STAGE, EXTENDED = 0xFFF, 0x3000, 0x4000
WORD = 0xFFFFFFFF
SECOND = 1_000_000_000


def lying_as_held(paths: Iterable[str], project: str) -> tuple[Tracked, ...]:
    """Give those of some files of a project that lie as its index holds them, with the blob that is their content."""
    files = [path for path in paths if _is_plain(path)][:MOST_FILES]
    index = os.path.join(project, ".git", "index")
    data, made = _read(index) if files and project else (b"", 0)
    if data[:4] != MAGIC or int.from_bytes(data[4:8], "big") not in VERSIONS:
        return ()
    found = ((path, _held(data, made, path, os.path.relpath(path, project))) for path in files)
    return tuple((path, *held) for path, held in found if held is not None)


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _read(index: str) -> tuple[bytes, int]:
    """Give an index's bytes and when it was written, in nanoseconds; nothing of one that is too large."""
    try:
        with open(os.open(index, FLAGS), "rb") as file:  # a pipe in its place is not waited for
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_INDEX:
                return b"", 0
            return file.read(MOST_INDEX), found.st_mtime_ns
    except OSError:
        return b"", 0


def _held(data: bytes, made: int, path: str, name: str) -> tuple[str, int] | None:
    """Give blob and size of a file, if its entry's marks are the file's, and older than the index itself."""
    try:
        lies, wanted = os.lstat(path), name.encode()
    except (OSError, ValueError):
        return None
    places: list[int] = []
    begin = data.find(wanted + b"\0", HEADER)
    while begin >= 0 and len(places) < MOST_FILES:
        places.append(begin)
        begin = data.find(wanted + b"\0", begin + 1)
    for place in places:
        start = place - BEFORE_NAME
        entry = data[start:place]
        if (
            start >= HEADER
            and len(entry) == BEFORE_NAME
            and _is_of(entry, len(wanted), lies)
            and lies.st_mtime_ns < made
        ):
            return entry[40 : 40 + OID].hex(), lies.st_size
    return None


def _is_of(entry: bytes, length: int, lies: os.stat_result) -> bool:
    words = [int.from_bytes(entry[n : n + 4], "big") for n in range(0, 40, 4)]
    flags = int.from_bytes(entry[60:62], "big")
    marks = [
        *divmod(lies.st_ctime_ns, SECOND), *divmod(lies.st_mtime_ns, SECOND), lies.st_dev, lies.st_ino, None, lies.st_uid,
        lies.st_gid, lies.st_size,
    ]  # fmt: skip
    same = all(mark is None or word == mark & WORD for word, mark in zip(words, marks, strict=True))
    return same and flags & LONG_NAME == min(length, LONG_NAME) and not flags & (STAGE | EXTENDED)
