"""Heads from outside: what they prove wrong, what nothing here can answer, up to where they agree."""

from __future__ import annotations

from support.signers import Signer, Witness
from web4_governance.core.ledger.anchored import Heads, Judged, Outside
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.verdict import Anchored

LOG = Signer("log.invalid/one")
ROOTS = {3: b"\x03" * 32, 5: b"\x05" * 32}


def judged(heads: Heads, size: int = 5) -> Judged:
    return heads.judge(ROOTS, size)


def of_log(**more: object) -> Heads:
    return Heads(origin=LOG.key.name, keys=[LOG.key], **more)  # type: ignore[arg-type]


def test_a_head_that_is_only_a_size_or_a_root_needs_no_note() -> None:
    """Some anchors tell no more: a size alone anchors nothing, a root does."""
    heads = of_log()
    heads.held(Outside(by="a", size=3))
    heads.held(Outside(by="b", size=3, root=ROOTS[3], time=7, where="line 1"))
    assert heads.sizes() == (3,)
    found = judged(heads)
    assert found.anchored == (Anchored(by="b", size=3, time=7, where="line 1"),)
    assert found.notes == ("a says 3 entries, and not of which tree",)
    assert not found.findings


def test_a_cosignature_of_a_known_witness_is_an_anchor_by_its_clock() -> None:
    """Only the witness could make it, wherever it lies."""
    witness = Witness("w.invalid")
    note = LOG.checkpoint(5, ROOTS[5])
    note = note.with_lines([witness.cosign(note.text, time=1000)])
    heads = of_log(witnesses=[witness.key])
    heads.signed("here", note.to_bytes())
    assert judged(heads).anchored == (Anchored(by="w.invalid", size=5, time=1_000_000_000, where="here"),)


def test_a_signed_head_of_more_entries_than_there_are_is_a_finding() -> None:
    """Cut below a head that lies with the ledger."""
    heads = of_log()
    heads.signed("here", LOG.checkpoint(9, b"\x09" * 32).to_bytes())
    assert "says 9 entries, and the ledger has 5" in judged(heads).findings[0].reason


def test_notes_and_what_is_no_note_are_told_apart() -> None:
    """Beside the ledger it is a finding; elsewhere it is somebody's note."""
    heads = of_log()
    heads.signed("here", b"x")
    heads.held(Outside(by="there", size=0, note=b"x"))
    heads.note("said")
    found = judged(heads)
    assert [one.place for one in found.findings] == ["here"]
    assert len(found.notes) == 2


def test_a_note_of_the_log_elsewhere_is_compared_by_its_own_size() -> None:
    """Whatever the anchor said beside it."""
    heads = of_log()
    heads.held(Outside(by="there", size=1, note=LOG.checkpoint(3, ROOTS[3]).to_bytes()))
    other = Note(text=LOG.checkpoint(3, b"\x01" * 32).text, lines=())
    assert judged(heads).anchored[0].size == 3
    heads.held(Outside(by="there", size=3, note=LOG.note(other.text).to_bytes()))
    assert judged(heads).findings
