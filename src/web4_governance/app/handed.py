"""Whether an event was recorded already by the gate that a hook handed it to, and whose answer was lost.

A call is known by its id. An event without one is known by a word of 16 random bytes that the hook makes up for it, says
to the resident gate, and says again when it hands the event over to the gate in its own process (docs/spec/daemon.md R12).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.context import Context
    from web4_governance.storage.writer import Writer


def first_hand(ledger: Writer, context: Context) -> bool:
    """Say whether this very delivery is not recorded yet."""
    return not context.once or not ledger.is_handed(context.once)


def told_once(ledger: Writer, context: Context, idx: int) -> None:
    """Remember that this very delivery is recorded, by its first entry."""
    if context.once:
        # Crash: rolled back with the entry, so that what is handed over afterwards is recorded then.
        ledger.handed(context.once, idx)
