"""Makes a signed head of the ledger and hands it to the anchors (docs/spec/ledger.md K, anchors.md A3).

Never in a hook's own process: `web4 anchor` runs it, started by a person, by the resident gate, or detached by a hook at
Stop and SessionEnd. One runs at a time and one may wait; who finds one waiting leaves, because that one covers its entries.
"""

from __future__ import annotations

import os
import time

from web4_governance.app import identity, signing
from web4_governance.app.anchors.anchor import Head, Known
from web4_governance.app.anchors.configured import configured
from web4_governance.app.anchors.submit import note_lags, submit
from web4_governance.app.replaced import replaced
from web4_governance.app.sign_head import sign_in
from web4_governance.core.errors import LedgerBusy
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.proof import consistency_proof
from web4_governance.core.ledger.tile import hash_at
from web4_governance.core.value import value
from web4_governance.storage import Home, open_reader, open_writer
from web4_governance.storage.lock import acquire
from web4_governance.storage.lookup import Anchoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.anchors.submit import Taken
    from web4_governance.storage.lookup import SignedHead

WAIT_S = 30.0


@value
class Anchored:
    """A head, and what became of it at each anchor."""

    head: SignedHead
    taken: tuple[Taken, ...]


def make_key(home: str) -> signing.Keys:
    """Make the first key of a home's ledger if it has none, and give its keys."""
    with open_writer(home, deadline=None) as ledger:
        origin = ledger.origin
    return signing.make(home, origin)


def anchor(home: str, *, now_us: int, wait_s: float = WAIT_S) -> Anchored | None:
    """Sign a head over all entries and hand it to every anchor; None where another process will, or nothing is recorded."""
    end = time.monotonic() + wait_s
    signing.read(home)  # without keys there is nothing to wait for
    try:
        waiting = acquire(os.path.join(home, "anchor.waiting"), deadline=time.monotonic())
    except LedgerBusy:
        return None
    try:
        held = acquire(os.path.join(home, "anchor.lock"), deadline=end)
    except LedgerBusy:
        return None
    finally:
        waiting.release()
    try:
        take_in_names(home)
        identity.issue(home, now_us=now_us)
        head = sign_head(home, now_us=now_us)
        return None if head is None else Anchored(head=head, taken=_hand_over(home, head, now_us=now_us))
    finally:
        held.release()


def take_in_names(home: str) -> None:
    """Let what was recorded be found by the names of what it touched; some entries a transaction, so that hooks go between."""
    left = 1
    while left:
        with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
            left = ledger.names.take_in()
            ledger.commit()


def sign_head(home: str, *, now_us: int) -> SignedHead | None:
    """Sign what the ledger is now, and keep the head; where one covers all of it, give that one; None of no entries."""
    signing.read(home)  # without keys no ledger is made
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        head = sign_in(ledger, home, now_us=now_us)
        ledger.commit()
        return head


def rotate(home: str, *, now_us: int) -> signing.Keys:
    """Begin the next key epoch: a head by the old key over everything, the new key, its `identity` entry and a head by it."""
    sign_head(home, now_us=now_us)
    keys = signing.rotate(home)
    sign_head(home, now_us=now_us)
    return keys


def _hand_over(home: str, head: SignedHead, *, now_us: int) -> tuple[Taken, ...]:
    anchors = configured(home)
    if not anchors:
        return ()
    note = Note.from_bytes(head.note)
    ours = signing.read(home)
    with open_reader(Home(home)) as reader:
        heads = tuple(Note.from_bytes(one.note) for one in reader.heads())
        gone = frozenset(head for one in replaced(reader) for head in one.heads)

        def known(name: str) -> Known:
            receipts = tuple(one.receipt for one in reader.anchorings(anchor=name))
            return Known(
                origin=reader.origin,
                heads=heads,
                receipts=receipts,
                successions=ours.successions,
                keys=ours.chain,
                replaced=gone,
            )

        def prove(old: int, new: int) -> tuple[bytes, ...]:
            return consistency_proof(old, new, lambda level, index: hash_at(reader.hashes, level, index))

        taken = submit(Head.of(note), anchors, prove=prove, known=known)
    note_lags(home, taken, now_us=now_us)
    receipts = [(one.anchor, one.receipt) for one in taken if one.receipt is not None]
    if receipts:
        with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
            for name, receipt in receipts:
                ledger.keep_anchoring(Anchoring(anchor=name, size=receipt.size, ts=now_us, receipt=receipt.data))
            lines = [line for _name, receipt in receipts for line in receipt.lines]
            more = note.with_lines(lines).to_bytes()
            if more != head.note:
                ledger.keep_cosignatures(head, more)
            ledger.commit()
    return taken
