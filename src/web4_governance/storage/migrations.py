"""How a ledger of an older format becomes one of the next: one function a step, forward only, inside one transaction.

A step never touches `entries.bytes` or `entries.leaf`: what is hashed stays as it was written. Each format that was ever
released has a ledger in tests/fixtures/ledgers, which every later version must open.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.storage.database import Database

LOWEST = -(2**63)  # below every place, also those that only a hand in the database can make


def _remember_entries(database: Database) -> None:
    """2: a delivery names the entry that it let through, and old counts are found by their time.

    What format 1 remembered of deliveries named none and is let go: at most a second delivery that is under way during
    the upgrade, of an event without a call id, is recorded again.
    """
    from web4_governance.storage.schema import TABLES  # noqa: PLC0415  # which asks this module for the steps

    database.run("DROP TABLE deliveries")
    for table in TABLES:
        if "TABLE deliveries(" in table or "INDEX limits_time " in table:
            database.run(table)


def _keep_hashes(database: Database) -> None:
    """3: the tree's interior hashes are kept as tiles, signed heads and what anchors answered beside them.

    The tiles are those that the leaves, as they are stored, would have made; two million leaves take about a second.
    """
    from web4_governance.core.ledger.merkle import Frontier  # noqa: PLC0415  # almost no call gets here
    from web4_governance.core.ledger.tile import grown  # noqa: PLC0415
    from web4_governance.storage.lookup import blob  # noqa: PLC0415
    from web4_governance.storage.schema import TABLES  # noqa: PLC0415  # which asks this module for the steps

    for table in TABLES:
        if _is_of_3(table):
            database.run(table)
    tree, tiles, after = Frontier(), dict[tuple[int, int], bytes](), LOWEST
    while found := database.rows("SELECT idx, leaf FROM entries WHERE idx > ? ORDER BY idx LIMIT 4096", after):
        for after, leaf in found:  # noqa: B007  # the next question begins behind the last
            for new in grown(tree, blob(leaf)):
                tiles[new.level, new.idx] = tiles.get((new.level, new.idx), b"") + new.hash
            tree = tree.append(blob(leaf))
    rows = [(level, idx, hashes) for (level, idx), hashes in tiles.items()]
    database.run_each("INSERT INTO tiles(level, idx, hashes) VALUES(?, ?, ?)", rows)


def _keep_trust(database: Database) -> None:
    """4: the rows that trust is folded into. They are empty: the first who asks folds the ledger."""
    _make(database, _is_of_4)


def _follow_files(database: Database) -> None:
    """5: which call changed which file and which line of it. What was settled before has no such rows: it is unknown."""
    _make(database, _is_of_5)


def _name_targets(database: Database) -> None:
    """6: names of targets, which who hands heads over fills, and indices for what is asked most: stopped and failed calls.

    The index over tools becomes one in the ledger's order, so that the newest calls of a tool are found first.
    """
    database.run("DROP INDEX IF EXISTS records_tool")
    _make(database, _is_of_6)


def _make(database: Database, of_step: Callable[[str], bool]) -> None:
    from web4_governance.storage.schema import TABLES  # noqa: PLC0415  # which asks this module for the steps

    for table in TABLES:
        if of_step(table):
            database.run(table)


def _is_of_4(table: str) -> bool:
    return any(f"TABLE {name}(" in table for name in ("trust", "trusted"))


def _is_of_5(table: str) -> bool:
    return table.partition("(")[0].split()[-1] in ("touches", "lines", "seen")


def _is_of_6(table: str) -> bool:
    words = table.partition("(")[0].split()
    return words[-1] in ("names", "places", "named") or words[2] in (
        "records_tool",
        "records_stopped",
        "records_failed",
    )


def _tables_of_5() -> tuple[str, ...]:
    from web4_governance.storage.schema import TABLES  # noqa: PLC0415  # as above

    by_time = "CREATE INDEX records_tool ON records(tool, ts)"
    return (*(table for table in TABLES if not _is_of_6(table)), by_time)


def _tables_of_4() -> tuple[str, ...]:
    return tuple(table for table in _tables_of_5() if not _is_of_5(table))


def _tables_of_3() -> tuple[str, ...]:
    return tuple(table for table in _tables_of_4() if not _is_of_4(table))


def _is_of_3(table: str) -> bool:
    return any(f"TABLE {name}(" in table for name in ("tiles", "heads", "anchorings"))


def _tables_of_2() -> tuple[str, ...]:
    return tuple(table for table in _tables_of_3() if not _is_of_3(table))


def _tables_of_1() -> tuple[str, ...]:
    deliveries = """CREATE TABLE deliveries(
        identity BLOB NOT NULL, via TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(identity, via)) WITHOUT ROWID"""
    of_2 = ("TABLE deliveries(", "INDEX limits_time ")
    return (*(table for table in _tables_of_2() if not any(name in table for name in of_2)), deliveries)


# Keyed by the version that a step starts from. Format 1 is the first.
MIGRATIONS: dict[int, Callable[[Database], None]] = {
    1: _remember_entries,
    2: _keep_hashes,
    3: _keep_trust,
    4: _follow_files,
    5: _name_targets,
}

# What a ledger of an older format has, which is read as it lies there.
TABLES_BEFORE: dict[int, Callable[[], tuple[str, ...]]] = {
    1: _tables_of_1,
    2: _tables_of_2,
    3: _tables_of_3,
    4: _tables_of_4,
    5: _tables_of_5,
}
