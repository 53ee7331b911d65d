"""Refuses a head that does not follow from what an anchor holds of its log (docs/spec/anchors.md A4, A12).

For anchors that only store (a file, a git remote, the system's log): they check nothing themselves, so the hand that writes
to them does, before it writes. It keeps an honest ledger from being told "taken" after a rollback or under another key; whoever
writes to the store by hand is found by `web4 verify`, which reads what was there first.
"""

from __future__ import annotations

from web4_governance.app.signatures import check
from web4_governance.core.errors import AnchorRefused, NoteError, ProofError
from web4_governance.core.ledger.checkpoint import open_checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.proof import check_consistency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.anchors.anchor import Head, Held, Holdings, Known, Prove

OLDER = "the ledger was cut or is an older copy: `web4 verify` says more"
STRANGER = "another ledger took this one's name, or other keys: `web4 verify` says more"
OTHER = "the ledger was rewritten: `web4 verify` says more"


def refuse_what_does_not_follow(name: str, head: Head, holdings: Holdings, *, prove: Prove, known: Known) -> None:
    """Raise AnchorRefused where the anchor holds heads of this log that this one does not go with.

    Heads over trees that a restored backup replaced, as the ledger says itself, stand in nobody's way: they stay held, and
    `web4 verify` names them.

    Args:
        name: The anchor's name.
        head: What is to be handed over.
        holdings: What the anchor holds now.
        prove: The consistency proof between two sizes of the ledger.
        known: The log's name and keys, and what was replaced in it.
    """
    held = holdings.in_order()
    if held and not _is_of(held[0], known):
        raise AnchorRefused(
            f"the anchor `{name}` holds a head of this log, over {held[0].size} entries, by a key that its keys do not follow"
            f" from ({held[0].where})",
            hint=STRANGER,
        )
    newest = _newest(held, known)
    if newest is None:
        return
    size = head.checkpoint.size
    if newest.size > size:
        raise AnchorRefused(
            f"the anchor `{name}` holds a head of {newest.size} entries of this log, and this one has {size}",
            hint=OLDER,
        )
    try:
        check_consistency(
            old=newest.size,
            old_root=newest.root,
            new=size,
            new_root=head.checkpoint.root,
            proof=prove(newest.size, size),
        )
    except ProofError:
        raise AnchorRefused(
            f"the anchor `{name}` holds a head over another tree of {newest.size} entries of this log", hint=OTHER
        ) from None


def _newest(held: tuple[Held, ...], known: Known) -> Held | None:
    """Give the largest head of the log's own that no backup replaced."""
    left = [one for one in held if (one.size, one.root) not in known.replaced]
    return next((one for one in sorted(left, key=lambda one: one.size, reverse=True) if _is_of(one, known)), None)


def _is_of(held: Held, known: Known) -> bool:
    try:
        open_checkpoint(Note.from_bytes(held.note), known.keys, origin=known.origin, check=check)
    except (NoteError, ProofError):
        return False
    return True
