"""One connection to the ledger's database: statements in, rows out, every error of SQLite as a LedgerError.

Not the schema and not the meaning of any table. `_sqlite3` and not `sqlite3`: the C module is all there is to it, the
package around it adds date conversions that cost a hook more than its transaction. Rules: `synchronous=FULL`, no mmap,
one thread at a time, autocommit with explicit transactions.
"""

from __future__ import annotations

import os
import stat
import sys
from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]

from web4_governance.core.errors import LedgerCorrupt, LedgerMissing
from web4_governance.storage.faults import CORRUPT_HINT, MISSING_HINT, from_sqlite

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    Row: TypeAlias = tuple[Any, ...]
    Cell: TypeAlias = int | str | bytes | None


def _load() -> Any:  # noqa: ANN401  # a module
    """Give `_sqlite3`, which asks `functools` for one thing: what keeps its statements.

    In a hook nobody else needs `functools`, which builds and compiles more than a call's transaction costs. What stands in
    for it while the module loads has that one thing, by the same C code; then it is gone.
    """
    if "functools" in sys.modules:
        import _sqlite3  # noqa: PLC0415  # see above

        return _sqlite3
    standing_in = type(sys)("functools")
    standing_in.lru_cache = _kept  # type: ignore[attr-defined]  # a module takes any
    sys.modules["functools"] = standing_in
    try:
        import _sqlite3  # noqa: PLC0415  # see above

        return _sqlite3
    finally:
        del sys.modules["functools"]


def _kept(most: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda make: _lru_cache_wrapper(make, most, False, lambda *_: None)  # as `functools` has it


if not TYPE_CHECKING:
    _sqlite3 = _load()

STATEMENTS = 64
HEADER_SIZE = 100


class Database:
    """An open connection."""

    __slots__ = ("_connection", "path")

    def __init__(self, connection: _sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self.path = path

    def rows(self, statement: str, *values: Cell) -> list[Row]:
        """Give all rows of a query."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except _sqlite3.Error as error:
            raise from_sqlite(error, self.path) from None

    def row(self, statement: str, *values: Cell) -> Row | None:
        """Give the first row of a query, or None."""
        try:
            cursor = self._connection.execute(statement, values)
            found: Row | None = cursor.fetchone()
            cursor.close()
        except _sqlite3.Error as error:
            raise from_sqlite(error, self.path) from None
        return found

    def each(self, statement: str, *values: Cell, size: int) -> Iterator[list[Row]]:
        """Give the rows of a query some at a time; what is asked on this connection meanwhile is asked beside it."""
        try:
            cursor = self._connection.execute(statement, values)
            while found := cursor.fetchmany(size):
                yield found
        except _sqlite3.Error as error:
            raise from_sqlite(error, self.path) from None

    def run(self, statement: str, *values: Cell) -> int:
        """Run a statement and give the number of rows that it changed."""
        try:
            return self._connection.execute(statement, values).rowcount
        except _sqlite3.Error as error:
            raise from_sqlite(error, self.path) from None

    def run_each(self, statement: str, values: Iterable[tuple[Cell, ...]]) -> None:
        """Run a statement once for each tuple of values."""
        try:
            self._connection.executemany(statement, values)
        except _sqlite3.Error as error:
            raise from_sqlite(error, self.path) from None

    def copy_to(self, other: Database) -> None:
        """Make another database a copy of this one, as of this connection's snapshot, in one transaction of the other's."""
        # Crash: the other database is as it was; SQLite's backup is one write transaction there.
        try:
            self._connection.backup(other._connection)  # of the same class
        except _sqlite3.Error as error:
            raise from_sqlite(error, other.path) from None

    def function(self, name: str, answer: Callable[[str], bool]) -> None:
        """Let statements of this connection ask a question of ours about a text."""
        self._connection.create_function(name, 1, answer)

    def close(self) -> None:
        """Close; an open transaction is rolled back. The last close of a WAL checkpoints it and takes it away."""
        try:
            self._connection.close()
        except _sqlite3.Error as error:  # pragma: no cover  # SQLite's close reports nothing that it could do here
            raise from_sqlite(error, self.path) from None


def _refuse_stump(path: str) -> None:
    # SQLite takes a file shorter than its header for an empty database, and would make a new one in its place.
    try:
        found = os.stat(path)
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and 0 < found.st_size < HEADER_SIZE:
        raise LedgerCorrupt(f"`{path}` is cut off after {found.st_size} bytes", hint=CORRUPT_HINT)


def open_database(path: str, *, mode: str, wait: float) -> Database:
    """Open an existing database. `mode` is `rw`, `ro`, or `immutable`; `wait` bounds SQLite's own waits (seconds)."""
    _refuse_stump(path)
    how = "mode=ro&immutable=1" if mode == "immutable" else "mode=" + mode
    try:
        connection = _sqlite3.connect(
            f"file:{_quoted(path)}?{how}",
            timeout=wait,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
            uri=True,
        )
    except _sqlite3.Error as error:
        raise _opening_error(error, path) from None
    database = Database(connection, path)
    if mode == "rw":
        # The default of most builds, and not of all (Apple's is NORMAL): without it an answer could outlive its intent.
        database.run("PRAGMA synchronous=FULL")
        if sys.platform == "darwin":  # pragma: no cover  # fsync there stops at the drive's cache
            database.run("PRAGMA fullfsync=1")
    return database


def _opening_error(error: _sqlite3.Error, path: str) -> Exception:
    if not os.path.lexists(path):
        return LedgerMissing(f"there is no ledger at `{path}`", hint=MISSING_HINT)
    return from_sqlite(error, path)


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
