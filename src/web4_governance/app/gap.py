"""Says in the ledger that something came which could not be read: evidence of a gap, with nothing of its content bare."""

from __future__ import annotations

from web4_governance.app.handed import first_hand, told_once
from web4_governance.app.settings import settings
from web4_governance.core.digest import sha256_hex
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.record.keep import Keeper
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.context import Context
    from web4_governance.core.canonical import Json
    from web4_governance.core.errors import EventError
    from web4_governance.storage.writer import Writer


def unreadable(data: bytes, error: EventError, context: Context) -> None:
    """Append a `gap` entry for an event that could not be read, and make it durable."""
    with open_writer(context.home, deadline=context.deadline) as ledger:
        record(data, error, context, ledger)
        ledger.commit()


def record(data: bytes, error: EventError, context: Context, ledger: Writer) -> None:
    """Append the entry, in the writer's open transaction: why, how large, and a commitment to the event's digest."""
    if not first_hand(ledger, context):
        return
    keep = Keeper(privacy=settings(context.home).privacy, salt=context.salt)
    body: dict[str, Json] = {
        "agent": context.agent,
        "gap": {
            "why": "unreadable-event",
            "error": keep.commit("gap.error", error.message),
            "bytes": len(data),
            "digest": keep.commit("gap.digest", sha256_hex(data)),
        },
    }
    seq, prev = ledger.tail(NO_SESSION)
    sealed = seal(
        body,
        kind=Kind.GAP,
        session=NO_SESSION,
        ts=context.now_us,
        seq=seq,
        prev=prev,
        openings=keep.openings,
    )
    told_once(ledger, context, ledger.append(sealed, Index()))
