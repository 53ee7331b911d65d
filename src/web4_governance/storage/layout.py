"""Whether the database's tables and indices are those that this program makes (docs/spec/ledger.md V10).

An index is what a query goes through: one that was made anew over fewer rows hides the others, whatever its text says now.
So the texts are compared with ours, and SQLite is asked whether each index holds what its text says. Not here: what the
rows say.
"""

from __future__ import annotations

from web4_governance.storage.migrations import TABLES_BEFORE
from web4_governance.storage.schema import TABLES, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.storage.database import Database

# What SQLite makes itself: the index behind a UNIQUE or a PRIMARY KEY, and the counts that ANALYZE leaves, which say how
# a query is best done and change nothing of what it finds.
OWN_INDEX = "sqlite_autoindex_"
OWN_TABLES = ("sqlite_stat1", "sqlite_stat3", "sqlite_stat4")
SOUND = "ok"


def deviations(database: Database, limit: int) -> tuple[tuple[str, str], ...]:
    """Give place and reason of each table, index, view and trigger that is not ours, is missing, or is damaged inside."""
    return (*_texts(database), *_insides(database, limit))[:limit]


def _texts(database: Database) -> Iterator[tuple[str, str]]:
    before = TABLES_BEFORE.get(version_of(database))
    expected = {_name(text): text for text in (before() if before else TABLES)}
    found: set[str] = set()
    for kind, name, table, text in database.rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"):
        if (kind == "index" and str(name).startswith(OWN_INDEX) and text is None) or name in OWN_TABLES:
            continue
        if name in expected:
            found.add(name)
        if text != expected.get(name) or (kind, table) != _place(str(text)):
            yield (f"the {kind} `{str(name)[:80]}`", "it is not as this program makes it")
    for name in sorted(expected.keys() - found):
        yield (f"the table or index `{name}`", "it is missing")


def _insides(database: Database, limit: int) -> Iterator[tuple[str, str]]:
    # More than `quick_check`: that one does not look whether an index has the rows of its table.
    for (said,) in database.rows(f"PRAGMA integrity_check({limit})"):
        if said != SOUND:
            yield ("the database", f"SQLite says: {str(said)[:200]}")


def _name(text: str) -> str:
    return text.partition("(")[0].split()[2]


def _place(text: str) -> tuple[str, str]:
    """Give kind and table of a statement of ours: `CREATE TABLE t(...)`, `CREATE INDEX i ON t(...)`."""
    words = text.partition("(")[0].split()
    return words[1].lower(), words[-1]
