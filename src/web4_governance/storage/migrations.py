"""How a ledger of an older format becomes one of the next: one function a step, forward only, inside one transaction.

A step never touches `entries.bytes` or `entries.leaf`: what is hashed stays as it was written. Each format that was ever
released has a ledger in tests/fixtures/ledgers, which every later version must open.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.storage.database import Database


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


def _tables_of_1() -> tuple[str, ...]:
    from web4_governance.storage.schema import TABLES  # noqa: PLC0415  # as above

    deliveries = """CREATE TABLE deliveries(
        identity BLOB NOT NULL, via TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(identity, via)) WITHOUT ROWID"""
    kept = (table for table in TABLES if "TABLE deliveries(" not in table and "INDEX limits_time " not in table)
    return (*kept, deliveries)


# Keyed by the version that a step starts from. Format 1 is the first.
MIGRATIONS: dict[int, Callable[[Database], None]] = {1: _remember_entries}

# What a ledger of an older format has, which is read as it lies there.
TABLES_BEFORE: dict[int, Callable[[], tuple[str, ...]]] = {1: _tables_of_1}
