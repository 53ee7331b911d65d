"""The fold of trust that a process keeps between calls, so that a call folds its own entries and reads no rows.

Not a source of truth: before each use the ledger is asked whether it still ends as the fold knows it, and whether the kept
rows are still those that the fold went out from; if not, it begins again at the rows. They are written every so many entries,
in the transaction of a call; whoever reads before that folds the rest. INVARIANT: what is given is what the rows and the
entries after them give. An erased opening was never in it; a ledger that was put back, pruned, or rolled back is another.
"""

from __future__ import annotations

from web4_governance.app.trust import AT_ONCE, Memory, catch_up, write
from web4_governance.core.errors import CanonicalError, LedgerCorrupt
from web4_governance.storage.trust import Folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.writer import Writer

EVERY = 64  # entries after which the rows are written
MOST = 8192  # rows that are held at once


class Folding:
    """The fold of one process over one ledger, used under the writer's lock."""

    def __init__(self) -> None:
        self._memory: Memory | None = None
        self._base = Folded()
        self._ledger = ""

    def forward(self, ledger: Writer, *, at_most: int = AT_ONCE) -> Memory:
        """Give the fold as of the ledger's end, or as far as `at_most` more entries lead."""
        memory = self._memory
        size = ledger.head().size
        if memory is None or not self._goes_on(memory, ledger, size):
            return self._begin(ledger, at_most)
        memory.over(ledger)
        try:
            memory.advance(size, at_most=at_most)
        except (CanonicalError, LedgerCorrupt):  # a hand was in the rows
            return self._begin(ledger, at_most)
        if memory.size - self._base.size >= EVERY:
            # Crash: rolled back with the call; the next use finds other rows than it went out from, and begins again.
            self._base = write(memory, ledger)
            if memory.rows.held > MOST:
                self.forget()
        return memory

    def forget(self) -> None:
        """Begin again with the rows at the next use."""
        self._memory = None

    def _begin(self, ledger: Writer, at_most: int) -> Memory:
        self.forget()
        memory = catch_up(ledger, at_most=at_most)
        self._memory, self._base, self._ledger = memory, ledger.trust.head(), ledger.ledger_id
        return memory

    def _goes_on(self, memory: Memory, ledger: Writer, size: int) -> bool:
        return (
            memory.size <= size
            and ledger.trust.stands(self._base, memory.size - 1, memory.last)
            and ledger.ledger_id == self._ledger
        )
