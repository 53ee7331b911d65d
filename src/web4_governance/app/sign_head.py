"""When a signed head is due, and the making of one in an open transaction (docs/spec/ledger.md K1, K5, K7).

Not on a hook's path: who signs is `web4 anchor` and the resident gate. Not the handing over: that is `app.anchor`'s.
"""

from __future__ import annotations

from web4_governance.app import signing
from web4_governance.app.cadence import EVERY_ENTRIES, EVERY_US
from web4_governance.app.cosigning import cosign
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.storage.lookup import SignedHead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Sealed
    from web4_governance.storage.writer import Writer


def due(size: int, head: SignedHead | None, *, now_us: int) -> bool:
    """Say whether a head is due: there are entries that none covers, and 64 of them or 60 seconds since the last."""
    if head is None:
        return size > 0
    return size > head.size and (size - head.size >= EVERY_ENTRIES or now_us - head.ts >= EVERY_US)


def _identity(ledger: Writer, keys: signing.Keys, *, now_us: int) -> Sealed:
    """Make the entry that says which key signs from here on, and which one signs nothing of what comes later."""
    seq, prev = ledger.tail(NO_SESSION)
    what: dict[str, Json] = {"epoch": keys.epoch, "signs": keys.present.to_text(), "after": keys.chain[-2].to_text()}
    body: dict[str, Json] = {"agent": "web4", "event": "rotate", "key": what}
    return seal(body, kind=Kind.IDENTITY, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=())


def sign_in(ledger: Writer, home: str, *, now_us: int) -> SignedHead | None:
    """Sign what the ledger is now, and keep the head, in the writer's transaction, which the caller commits.

    Where one of the present epoch covers all of it, that one; None of no entries.
    """
    keys = signing.read(home)
    if keys.first.name != ledger.origin:
        raise UsageError(f"the keys are of the log `{keys.first.name}`, this ledger is `{ledger.origin}`")
    last = ledger.last_head()
    if keys.epoch and (last is None or last.epoch < keys.epoch):
        # Crash: rolled back with the head. A rotation that died before this is on record with the next head.
        ledger.append(_identity(ledger, keys, now_us=now_us), Index())
    tree = ledger.head()
    if tree.size < 1:
        return None
    if last is not None and (last.size, last.epoch) == (tree.size, keys.epoch):
        return last
    cosign(ledger, last.size if last is not None else 0, now_us=now_us)
    tree = ledger.head()
    text = Checkpoint(origin=ledger.origin, size=tree.size, root=tree.root).to_text()
    keys, note = signing.sign(home, text)
    head = SignedHead(size=tree.size, epoch=keys.epoch, ts=now_us, note=note.to_bytes())
    ledger.keep_head(head)
    return head
