"""How a ledger of an older format becomes one of the next: one function a step, forward only, inside one transaction.

A step never touches `entries.bytes` or `entries.leaf`: what is hashed stays as it was written. Each format that was ever
released has a ledger in tests/fixtures/ledgers, which every later version must open.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.storage.database import Database

# Keyed by the version that a step starts from. Format 1 is the first.
MIGRATIONS: dict[int, Callable[[Database], None]] = {}
