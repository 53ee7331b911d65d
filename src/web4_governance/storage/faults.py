"""What went wrong on the ledger's disk, as errors of ours: each says in one line what, and names a command that mends it.

Not a policy of what happens then: whether a call is blocked or goes on is the gate's business.
"""

from __future__ import annotations

import errno

from web4_governance.core.errors import (
    LedgerBusy,
    LedgerCorrupt,
    LedgerError,
    LedgerFull,
    LedgerMissing,
    LedgerReadOnly,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _sqlite3

# SQLite's primary result codes (https://www.sqlite.org/rescode.html); `_sqlite3` has them only under longer names.
_ERROR, _PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = (
    1,
    3,
    5,
    6,
    8,
    10,
    11,
    13,
    14,
    26,
)
_IOERR_SHORT_READ = _IOERR | 2 << 8
_IOERR_OF_SPACE = tuple(_IOERR | n << 8 for n in (3, 4, 6, 18, 19, 21))  # WRITE FSYNC TRUNCATE SHMOPEN SHMSIZE SHMMAP

BUSY_HINT = "try again; `web4 doctor` says who holds it"
FULL_HINT = "free some space, then run `web4 doctor --fix`"
READ_ONLY_HINT = "make the home writable, or run `web4 doctor --fix`"
CORRUPT_HINT = "run `web4 doctor --fix`: it sets the damaged file aside and begins a new one"
MISSING_HINT = "run `web4 init`"


def from_sqlite(error: _sqlite3.Error, path: str) -> LedgerError:
    """Give the error of ours for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", _ERROR)
    primary = code & 0xFF
    if primary in (_BUSY, _LOCKED):
        return LedgerBusy(f"the ledger `{path}` is locked", hint=BUSY_HINT)
    if primary == _FULL or code in _IOERR_OF_SPACE:
        return LedgerFull(f"no space for the ledger `{path}`", hint=FULL_HINT)
    if primary in (_CORRUPT, _NOTADB, _ERROR) or code == _IOERR_SHORT_READ:
        return LedgerCorrupt(f"the ledger `{path}` is damaged: {_words(error)}", hint=CORRUPT_HINT)
    if primary in (_READONLY, _CANTOPEN, _PERM, _IOERR):
        return LedgerReadOnly(f"the ledger `{path}` cannot be opened or written: {_words(error)}", hint=READ_ONLY_HINT)
    return LedgerError(f"the ledger `{path}` refused: {_words(error)}", hint="run `web4 doctor`")


def from_os(error: OSError, path: str) -> LedgerError:
    """Give the error of ours for one of the system's."""
    reason = (error.strerror or str(error)).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return LedgerFull(f"no space for `{path}`", hint=FULL_HINT)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return LedgerMissing(f"there is no `{path}`", hint=MISSING_HINT)
    return LedgerReadOnly(f"`{path}` cannot be opened or written: {reason}", hint=READ_ONLY_HINT)


def _words(error: _sqlite3.Error) -> str:
    return str(error).replace("\n", " ")[:200].lower()
