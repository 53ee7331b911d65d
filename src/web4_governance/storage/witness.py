"""What a witness remembers: of each log the last checkpoint that it cosigned (docs/spec/anchors.md W).

A database of its own, not the ledger's: a witness may serve logs that are none of ours. Rules: one transaction holds the
state from before a request is judged until the new one is durable, so that no two requests, of whatever processes, judge
by the same state. A rollback journal and not a WAL: several processes may write here, which SQLite's older versions do
not survive in WAL mode (docs/spec/ledger.md W4).
"""

from __future__ import annotations

import contextlib

from web4_governance.core.errors import LedgerCorrupt, LedgerMoved
from web4_governance.core.ledger.witness import Latest
from web4_governance.core.value import value
from web4_governance.storage.database import open_database
from web4_governance.storage.faults import CORRUPT_HINT
from web4_governance.storage.schema import create_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.storage.database import Database

APPLICATION_ID = 0x57345731  # "W4W1"
VERSION = 1
WAIT = 10.0  # seconds for another process's transaction
TABLE = """CREATE TABLE IF NOT EXISTS logs(
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, time INTEGER NOT NULL, note BLOB NOT NULL
    ) WITHOUT ROWID"""

SUCCESSIONS = """CREATE TABLE IF NOT EXISTS successions(
    old TEXT PRIMARY KEY, new TEXT NOT NULL, note BLOB NOT NULL) WITHOUT ROWID"""


@value
class Remembered:
    """A log's last cosigned checkpoint: the note with our cosignature, and when (POSIX seconds)."""

    latest: Latest = Latest()
    time: int = 0
    note: bytes = b""


class WitnessState:
    """The open state. One request at a time goes through `holding`."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def logs(self) -> dict[str, Remembered]:
        """Give what is remembered, by origin."""
        rows = self._database.rows("SELECT origin, size, root, time, note FROM logs ORDER BY origin")
        return {str(row[0]): _remembered(row[1:]) for row in rows}

    def of(self, origin: str) -> Remembered:
        """Give what is remembered of one log; nothing yet is size 0."""
        row = self._database.row("SELECT size, root, time, note FROM logs WHERE origin = ?", origin)
        return _remembered(row) if row else Remembered()

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Keep every other writer out. Left by an error or by a crash, nothing that was written inside is there."""
        self._database.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.run("ROLLBACK")
            raise
        # Crash before: the state as it was, and no answer has gone out. After: the new state; a client that heard nothing
        # is told the new size at its next request, and gets the cosignature then.
        self._database.run("COMMIT")

    def move(self, origin: str, before: Remembered, after: Remembered) -> None:
        """Move a log from one state to the next; LedgerMoved where it is not where the caller saw it."""
        now, was = after.latest, before.latest
        if before.note:
            changed = self._database.run(
                "UPDATE logs SET size = ?, root = ?, time = ?, note = ? WHERE origin = ? AND size = ? AND root = ?",
                now.size, now.root, after.time, after.note, origin, was.size, was.root,
            )  # fmt: skip
        else:
            changed = self._database.run(
                "INSERT OR IGNORE INTO logs(origin, size, root, time, note) VALUES(?, ?, ?, ?, ?)",
                origin, now.size, now.root, after.time, after.note,
            )  # fmt: skip
        if changed != 1:
            raise LedgerMoved(f"the state of the log `{origin}` is not where it was")

    def successor(self, old: str) -> str:
        """Give the key (vkey) that follows one, empty where none does."""
        row = self._database.row("SELECT new FROM successions WHERE old = ?", old)
        return str(row[0]) if row else ""

    def succeed(self, old: str, new: str, note: bytes) -> None:
        """Keep a key's successor; LedgerMoved where it has one."""
        statement = "INSERT OR IGNORE INTO successions(old, new, note) VALUES(?, ?, ?)"
        if self._database.run(statement, old, new, note) != 1:
            raise LedgerMoved("the key has a successor already")

    def close(self) -> None:
        """Close."""
        self._database.close()


def open_witness(path: str) -> WitnessState:
    """Open the state, or make it; a file that is something else is damaged, and never taken for an empty state."""
    create_file(path)
    database = open_database(path, mode="rw", wait=WAIT)
    try:
        _bring_up(database)
    except BaseException:
        database.close()
        raise
    return WitnessState(database)


def _bring_up(database: Database) -> None:
    database.run("BEGIN IMMEDIATE")
    mark, version = database.row("PRAGMA application_id"), database.row("PRAGMA user_version")
    empty = database.row("SELECT 1 FROM sqlite_master LIMIT 1") is None
    if not empty and (mark, version) != ((APPLICATION_ID,), (VERSION,)):
        raise LedgerCorrupt(f"`{database.path}` is no witness's state of this version", hint=CORRUPT_HINT)
    # Crash: the tables and their marks are one transaction.
    database.run(TABLE)
    database.run(SUCCESSIONS)
    database.run(f"PRAGMA application_id={APPLICATION_ID}")
    database.run(f"PRAGMA user_version={VERSION}")
    database.run("COMMIT")


def _remembered(row: tuple[object, ...]) -> Remembered:
    size, root, time, note = row
    if not (isinstance(size, int) and isinstance(root, bytes) and isinstance(time, int) and isinstance(note, bytes)):
        raise LedgerCorrupt("the witness's state holds a cell of another kind", hint=CORRUPT_HINT)
    return Remembered(latest=Latest(size=size, root=root), time=time, note=note)
