"""Which calls touched what, by name: each text that deeds touch once, and the places where it stands (ledger.md N).

A long ledger names few things many times, so that a glob is held against each name once and not against each call. Derived
from `targets`, and behind it: filled off the way of a call, some entries at a time, up to the place that `named` says. What
comes after that place is looked for call by call. Not the filters over records, which are the reader's.
"""

from __future__ import annotations

from web4_governance.storage.lookup import number
from web4_governance.storage.schema import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.policy.glob import Glob
    from web4_governance.storage.database import Database, Row

KEPT_FROM = 6  # the format from which on there are the tables
LAST, FIRST_SURROGATE, BEHIND_SURROGATES = "\U0010ffff", 0xD800, 0xE000  # no text of ours has a surrogate
AT_ONCE = 2000  # entries: a hook that waits for the lock waits some milliseconds


class Names:
    """The names of one open connection."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    def size(self) -> int:
        """Give the place up to which entries are found by name; 0 where none is."""
        if version_of(self._database) < KEPT_FROM:
            return 0
        found = self._database.row("SELECT size FROM named WHERE id = 0")
        return 0 if found is None else max(number(found[0]), 0)

    def places(self, glob: Glob, low: int, high: int) -> set[int]:
        """Give the places between two (both excluded) where a name stands that a glob is for."""
        return {row[0] for row in self._ask(glob, low, high)}

    def newest(self, glob: Glob, low: int, high: int, most: int) -> tuple[list[int], bool]:
        """Give the last of these places, the newest first, up to so many names that stand there; and whether there are more."""
        found = self._ask(glob, low, high, " ORDER BY p.idx DESC LIMIT ?", most)
        return list(dict.fromkeys(row[0] for row in found)), len(found) == most

    def _ask(self, glob: Glob, low: int, high: int, rest: str = "", *more: int) -> list[Row]:
        def fits(name: object) -> bool:  # a hand in the database leaves cells of other types
            return isinstance(name, str) and glob.matches(name)

        self._database.function("fits_name", fits)
        # Names of one beginning lie side by side in their index; any others are first looked through for a piece.
        begin, end = glob.beginning, _after(glob.beginning)
        some, values = (
            ("n.target >= ? AND n.target < ?", [begin, end])
            if end
            else ("(? = '' OR instr(n.target, ?))", [glob.longest] * 2)
        )
        return self._database.rows(
            "SELECT p.idx FROM names n CROSS JOIN places p ON p.name = n.id AND p.idx > ? AND p.idx < ?"  # noqa: S608  # ours
            f" WHERE {some} AND fits_name(n.target){rest}",
            low,
            high,
            *values,
            *more,
        )

    def take_in(self, *, at_most: int = AT_ONCE) -> int:
        """Take in the next entries, in the writer's transaction; give how many are left."""
        tree = self._database.row("SELECT size FROM tree WHERE id = 0")
        first, end = self.size(), number(tree[0]) if tree else 0
        last = min(first + at_most, end)
        if last <= first:
            return 0
        # Crash: names, places and how far they go are of one transaction; what is lost is taken in again.
        self._database.run(
            "INSERT OR IGNORE INTO names(target) SELECT target FROM targets WHERE idx >= ? AND idx < ?", first, last
        )
        self._database.run(
            "INSERT OR IGNORE INTO places(name, idx) SELECT n.id, t.idx FROM targets t JOIN names n USING(target)"
            " WHERE t.idx >= ? AND t.idx < ?",
            first,
            last,
        )
        self._database.run(
            "INSERT INTO named(id, size) VALUES(0, ?) ON CONFLICT(id) DO UPDATE SET size = excluded.size", last
        )
        return end - last

    def forget(self, idx: int) -> None:
        """Let an entry be found only by what `targets` still says of it, and names go that stand nowhere any more."""
        names = self._database.rows("SELECT name FROM places WHERE idx = ?", idx)
        self._database.run("DELETE FROM places WHERE idx = ?", idx)
        self._database.run(
            "INSERT OR IGNORE INTO places(name, idx) SELECT n.id, t.idx FROM targets t JOIN names n USING(target)"
            " WHERE t.idx = ? AND t.idx < ?",
            idx,
            self.size(),
        )
        self._database.run_each("DELETE FROM names WHERE id = ? AND id NOT IN (SELECT name FROM places)", names)

    def forget_before(self, size: int) -> None:
        """Take out all places before one, and the names that stand nowhere else."""
        self._database.run("DELETE FROM places WHERE idx < ?", size)
        self._database.run("DELETE FROM names WHERE id NOT IN (SELECT name FROM places)")

    def strays(self, limit: int) -> tuple[int, ...]:
        """Give the places where names and `targets` say different things; names beyond the place that they go up to included.

        A name that stands nowhere, or a size beyond the ledger's, is said as the place -1.
        """
        if version_of(self._database) < KEPT_FROM:
            return ()
        size = self.size()
        found = self._database.rows(
            "SELECT t.idx FROM targets t LEFT JOIN names n USING(target) LEFT JOIN places p ON p.name = n.id AND p.idx = t.idx"
            " WHERE t.idx < ? AND p.idx IS NULL"
            " UNION SELECT p.idx FROM places p LEFT JOIN names n ON n.id = p.name LEFT JOIN targets t"
            " ON t.idx = p.idx AND t.target = n.target WHERE t.idx IS NULL"
            " UNION SELECT idx FROM places WHERE idx >= ?"
            " UNION SELECT -1 FROM names WHERE id NOT IN (SELECT name FROM places)"
            " UNION SELECT -1 FROM tree WHERE size < ? LIMIT ?",
            size,
            size,
            size,
            limit,
        )
        return tuple(number(row[0]) for row in found)


def _after(text: str) -> str:
    """Give the first text, as SQLite orders them, after all that begin like this; empty where there is none."""
    shorter = text.rstrip(LAST)
    if not shorter:
        return ""
    above = ord(shorter[-1]) + 1
    return shorter[:-1] + chr(BEHIND_SURROGATES if above == FIRST_SURROGATE else above)
