"""Where the fold's rows lie: a derived table beside the entries, with the tree's size and root that it was folded up to.

It proves nothing and can be made again from the entries (`web4 trust --check` does, and compares). A ledger of an older
format has none of it. Not the fold.
"""

from __future__ import annotations

from web4_governance.core.value import value
from web4_governance.storage.lookup import blob, number, text
from web4_governance.storage.schema import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web4_governance.storage.database import Database, Row

KEPT_FROM = 4  # the format from which on there is the table
CHUNK = 512
HEAD = "head"


@value
class Folded:
    """How far the rows go: the number of entries, the tree's root over them (hex), and the version of the rules."""

    size: int = 0
    root: str = ""
    version: int = 0


class TrustRows:
    """The table of one open connection."""

    __slots__ = ("_database", "_there")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: bool | None = None

    @property
    def is_there(self) -> bool:
        """Say whether the ledger's format has the table."""
        if self._there is None:  # no format changes while a connection is open
            self._there = version_of(self._database) >= KEPT_FROM
        return self._there

    def head(self) -> Folded:
        """Give how far the rows go; nothing where there are none."""
        found = self._database.row("SELECT size, root, version FROM trusted WHERE id = 0") if self.is_there else None
        if found is None:
            return Folded()
        return Folded(size=number(found[0]), root=text(found[1]), version=number(found[2]))

    def stands(self, base: Folded, idx: int, leaf: str) -> bool:
        """Say whether the rows still go as far as they did, and the entry at a place still has this leaf (hex)."""
        found = (
            self._database.row(
                "SELECT size, root, version, (SELECT leaf FROM entries WHERE idx = ?) FROM trusted WHERE id = 0", idx
            )
            if self.is_there
            else None
        )
        return found is not None and found[:3] == (base.size, base.root, base.version) and blob(found[3]).hex() == leaf

    def row(self, key: str) -> str | None:
        """Give a row."""
        found = self._database.row("SELECT value FROM trust WHERE key = ?", key) if self.is_there else None
        return None if found is None else text(found[0])

    def rows(self, prefix: str = "") -> tuple[tuple[str, str], ...]:
        """Give all rows whose key begins so, in the order of their keys."""
        if not self.is_there:
            return ()
        found = self._database.rows(
            "SELECT key, value FROM trust WHERE substr(key, 1, ?) = ? ORDER BY key", len(prefix), prefix
        )
        return tuple((text(key), text(held)) for key, held in found)

    def keep(self, changes: Mapping[str, str | None], head: Folded) -> None:
        """Write rows, take those away that are None, and say how far they go now."""
        # Crash: rows and head are of one transaction; what is lost is folded again from the entries.
        gone = [(key,) for key, row in changes.items() if row is None]
        held = [(key, row) for key, row in changes.items() if row is not None]
        if gone:
            self._database.run_each("DELETE FROM trust WHERE key = ?", gone)
        self._database.run_each(
            "INSERT INTO trust(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", held
        )
        self._database.run(
            "INSERT INTO trusted(id, size, root, version) VALUES(0, ?, ?, ?) ON CONFLICT(id)"
            " DO UPDATE SET size = excluded.size, root = excluded.root, version = excluded.version",
            head.size,
            head.root,
            head.version,
        )

    def leaf(self, idx: int) -> str:
        """Give the stored leaf (hex) of the entry at a place, empty where there is none."""
        found = self._database.row("SELECT leaf FROM entries WHERE idx = ?", idx)
        return "" if found is None else blob(found[0]).hex()

    def clear(self) -> None:
        """Forget everything: rows of other rules of evidence are folded anew."""
        self._database.run("DELETE FROM trust")
        self._database.run("DELETE FROM trusted")

    def entries(self, first: int, limit: int) -> Iterator[tuple[int, str, str, bytes]]:
        """Give place, kind, leaf (hex) and bytes of the entries from a place on; what was pruned has no bytes."""
        last = first + limit
        statement = f"SELECT idx, kind, leaf, bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT {CHUNK}"  # noqa: S608  # ours
        while first < last:
            found = self._database.rows(statement, first, last)
            for row in found:
                yield _read(row)
            first = number(found[-1][0]) + 1 if len(found) == CHUNK else last


def _read(row: Row) -> tuple[int, str, str, bytes]:
    idx, kind, leaf, data = row
    return number(idx), text(kind), blob(leaf).hex(), blob(data)
