"""The version check for SQLite's WAL defect."""

from __future__ import annotations

import sqlite3

import pytest

from web4_governance.storage.defect import sqlite_version, sqlite_wal_defect


@pytest.mark.parametrize(
    ("version", "defect"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 44, 7), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_the_defect_is_known_by_its_versions(version: tuple[int, int, int], defect: bool) -> None:
    """The main line and both mended branches."""
    assert sqlite_wal_defect(version) is defect


def test_the_version_at_hand_is_the_interpreters() -> None:
    """As the standard library tells it."""
    assert sqlite_version() == sqlite3.sqlite_version_info
