"""SQLite's and the system's errors, as ours."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from web4_governance.core.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerError,
    LedgerFull,
    LedgerMissing,
    LedgerReadOnly,
)
from web4_governance.storage.faults import from_os, from_sqlite


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, LedgerBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LedgerBusy),
        (sqlite3.SQLITE_LOCKED, LedgerBusy),
        (sqlite3.SQLITE_FULL, LedgerFull),
        (sqlite3.SQLITE_IOERR_WRITE, LedgerFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, LedgerFull),
        (sqlite3.SQLITE_IOERR_FSYNC, LedgerFull),
        (sqlite3.SQLITE_IOERR_READ, LedgerReadOnly),
        (sqlite3.SQLITE_IOERR_SHORT_READ, LedgerCorrupt),
        (sqlite3.SQLITE_READONLY, LedgerReadOnly),
        (sqlite3.SQLITE_CANTOPEN, LedgerReadOnly),
        (sqlite3.SQLITE_PERM, LedgerReadOnly),
        (sqlite3.SQLITE_CORRUPT, LedgerCorrupt),
        (sqlite3.SQLITE_NOTADB, LedgerCorrupt),
        (sqlite3.SQLITE_ERROR, LedgerCorrupt),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, LedgerError),
    ],
)
def test_every_code_of_sqlite_has_its_error_and_a_hint(code: int, kind: type[LedgerError]) -> None:
    """One line, the file in backticks, and one command that mends it."""
    error = sqlite3.OperationalError("Some\nWords")
    error.sqlite_errorcode = code
    found = from_sqlite(error, "/a/ledger.db")
    assert type(found) is kind
    assert "`/a/ledger.db`" in found.message
    assert "\n" not in found.message
    assert "web4" in found.hint or "try again" in found.hint


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, LedgerFull),
        (errno.EDQUOT, LedgerFull),
        (errno.EFBIG, LedgerFull),
        (errno.ENOENT, LedgerMissing),
        (errno.ENOTDIR, LedgerMissing),
        (errno.EROFS, LedgerReadOnly),
        (errno.EACCES, LedgerReadOnly),
        (None, LedgerReadOnly),
    ],
)
def test_every_error_of_the_system_has_one_too(number: int | None, kind: type[LedgerError]) -> None:
    """The file in backticks, and a hint."""
    found = from_os(OSError(number, "no") if number else OSError("no"), "/a/ledger.lock")
    assert type(found) is kind
    assert "`/a/ledger.lock`" in found.message
    assert "web4" in found.hint
