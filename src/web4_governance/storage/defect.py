"""Whether the SQLite at hand can corrupt a WAL when two connections write or checkpoint at once.

The defect is in 3.7.0 to 3.51.2; the branches 3.50 and 3.44 have it mended from 3.50.7 and 3.44.6 on. The writer's lock
keeps clear of it with any version: `doctor` tells, nothing is refused.
"""

from __future__ import annotations

FIRST_WITH_WAL = (3, 7, 0)
MENDED = (3, 51, 3)
MENDED_BRANCHES = {(3, 50): 7, (3, 44): 6}


def sqlite_wal_defect(version: tuple[int, int, int]) -> bool:
    """Say whether a version of SQLite has the defect."""
    mended = MENDED_BRANCHES.get(version[:2])
    if mended is not None:
        return version[2] < mended
    return FIRST_WITH_WAL <= version < MENDED


def sqlite_version() -> tuple[int, int, int]:
    """Give the version of the SQLite that this interpreter uses."""
    import _sqlite3  # noqa: PLC0415  # asked for by `doctor` alone

    major, minor, patch = (int(part) for part in _sqlite3.sqlite_version.split(".")[:3])
    return major, minor, patch
