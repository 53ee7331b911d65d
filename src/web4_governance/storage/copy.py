"""A ledger's tables made anew from entries that were read elsewhere, so that they can be asked as a ledger is.

Not a ledger: it has no heads, no mirrors and no way to be written on; nothing in it is checked, and it goes when who made it
is done. Entries of several ledgers may lie in one: each has a place in the copy, and a note of which it came from and where
it stood there.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.record.entry import Kind
from web4_governance.storage.database import open_database
from web4_governance.storage.home import Home
from web4_governance.storage.lookup import CALLS, number, spelled
from web4_governance.storage.reader import Reader, snapshot
from web4_governance.storage.schema import bring_up, create_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Index, Stored
    from web4_governance.storage.database import Cell

WAIT = 5.0
NO_SALT = b""
ENDED = (
    "UPDATE records SET status = coalesce((SELECT o.status FROM records o WHERE o.session = records.session"
    " AND o.call = records.call AND o.call <> '' AND o.agent_id = records.agent_id AND o.kind = 'outcome'"
    " ORDER BY o.idx DESC LIMIT 1), '') WHERE call <> '' AND kind IN (?, ?)"
)


class Copy:
    """A copy that is being made, in a directory that is the maker's alone. Close it, or use it as a context manager."""

    def __init__(self, directory: str) -> None:
        self._home = Home(directory)
        create_file(self._home.ledger)
        self._database = open_database(self._home.ledger, mode="rw", wait=WAIT)
        bring_up(self._database)
        self._database.run(
            "CREATE TABLE copied(idx INTEGER PRIMARY KEY, source INTEGER NOT NULL, place INTEGER NOT NULL)"
        )
        self._database.run("PRAGMA synchronous=OFF")  # a crash leaves a file that nobody reads
        self._database.run("BEGIN IMMEDIATE")
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what was not finished is gone."""
        self._database.close()

    def take(
        self, stored: Stored, shown: Mapping[str, Json], index: Index, *, session: str, seq: int, source: int
    ) -> None:
        """Take the next entry: what its openings show, what it is found by, its place in a chain, and where it is from.

        LedgerCorrupt where another entry has its place in the chain.
        """
        idx = self._size
        entry = (idx, session, seq, stored.kind, stored.ts, stored.leaf, stored.data)
        if self._database.run("INSERT OR IGNORE INTO entries VALUES(?, ?, ?, ?, ?, ?, ?)", *entry) != 1:
            raise LedgerCorrupt(f"there are two entries {seq} of `{session}`")
        self._database.run("INSERT INTO copied VALUES(?, ?, ?)", idx, source, stored.idx)
        opened = [(idx, field, NO_SALT, encode(held).decode()) for field, held in shown.items()]
        self._database.run_each("INSERT INTO openings VALUES(?, ?, ?, ?)", opened)
        self._database.run(
            "INSERT INTO records VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'')",
            *_record(idx, session, stored, index),
        )
        targets = [(idx, effect, target) for effect, target in index.targets]
        self._database.run_each("INSERT OR IGNORE INTO targets VALUES(?, ?, ?)", targets)
        self._size += 1

    def finish(self) -> CopyReader:
        """Note how calls ended and what chains there are, and give the whole to be read."""
        self._database.run(ENDED, str(Kind.INTENT), str(Kind.CANARY))
        self._database.run("INSERT INTO chains SELECT session, count(*), x'' FROM entries GROUP BY session")
        self._database.run("UPDATE tree SET size = ?", self._size)
        self._database.run("COMMIT")
        return CopyReader(*snapshot(self._home))


class CopyReader(Reader):
    """An open copy."""

    __slots__ = ()

    def origin_of(self, idx: int) -> tuple[int, int]:
        """Give which source the entry at a place is from, and its place there."""
        found = self._database.row("SELECT source, place FROM copied WHERE idx = ?", idx)
        return (-1, -1) if found is None else (number(found[0]), number(found[1]))


def _record(idx: int, session: str, stored: Stored, index: Index) -> tuple[Cell, ...]:
    return (
        idx,
        session,
        stored.kind,
        stored.ts,
        index.call,
        index.tool,
        index.agent_id,
        index.agent_type,
        index.decision,
        "" if stored.kind in CALLS else index.status,
        index.project,
        spelled(index.categories),
        spelled(index.effects),
    )
