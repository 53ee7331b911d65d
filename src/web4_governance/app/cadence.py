"""When signed heads come due, and whether one did while a hook's own process recorded (docs/spec/ledger.md K4, K5).

On the way of a hook in a home with keys, so nothing is loaded for it. Who signs is `web4 anchor`, or the resident gate.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.writer import Writer

EVERY_ENTRIES = 64
EVERY_US = 60_000_000


class Standing:
    """How far a ledger was behind its last signed head before an event was recorded."""

    __slots__ = ("_entries", "_ledger", "_minutes", "_signed", "_size")

    def __init__(self, ledger: Writer) -> None:
        self._ledger = ledger
        size = ledger.head().size
        self._size, self._signed = ledger.last_covered()
        self._entries = self._due_by_entries(size)
        self._minutes = self._due_by_time(ledger.time_of(size - 1))

    def passed(self, now_us: int) -> bool:
        """Say whether a head came due since then: once for every 64 entries or minute that none covers.

        Not at each event from there on, so that a head which cannot be signed costs a process a minute and no more.
        """
        entries = self._due_by_entries(self._ledger.head().size)
        return entries > self._entries or (self._due_by_time(now_us) > self._minutes and now_us > self._signed)

    def _due_by_entries(self, size: int) -> int:
        return max(size - self._size, 0) // EVERY_ENTRIES

    def _due_by_time(self, then_us: int) -> int:
        return max(then_us - self._signed, 0) // EVERY_US


def standing(ledger: Writer, home: str) -> Standing | None:
    """Give how far the heads of a home reach, None where it has no keys: then nobody signs."""
    return Standing(ledger) if os.path.exists(f"{home}/keys/first") else None
