"""Heads from outside: what they prove wrong, what nothing here can answer, up to where they agree."""

from __future__ import annotations

import pytest

from support.signers import Signer, Witness
from web4_governance.core.ledger.anchored import Heads, Judged, Outside
from web4_governance.core.ledger.log_policy import LogPolicy
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
    keys = (witness.key.to_text(),)
    assert judged(heads).anchored == (Anchored(by="w.invalid", size=5, time=1_000_000_000, where="here", keys=keys),)


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


def policy(*lines: str) -> LogPolicy:
    return LogPolicy.from_bytes(("\n".join(lines) + "\n").encode())


@pytest.mark.parametrize(
    ("cosigned", "mirror", "reached", "lacking"),
    [
        (5, 5, 5, ""),
        (3, 5, 3, ""),
        (5, 3, 3, ""),
        (0, 5, 0, "`alice` has not cosigned"),
        (5, 0, 0, "the anchor `mirror` does not hold it"),
        (0, 0, 0, "`alice` has not cosigned; the anchor `mirror` does not hold it"),
    ],
)
def test_what_counts_is_what_all_hold_whom_the_log_policy_names(
    cosigned: int, mirror: int, reached: int, lacking: str
) -> None:
    """Who holds a head holds what came before it; another anchor's word does not stand in for one that is missing."""
    witness = Witness("w.invalid")
    heads = of_log()
    heads.agree(policy(f"witness alice {witness.key.to_text()}", "quorum alice", "#anchor mirror"))
    heads.held(Outside(by="the anchor `other`", size=5, root=ROOTS[5], anchor="other"))
    if cosigned:
        note = LOG.checkpoint(cosigned, ROOTS[cosigned])
        heads.held(Outside(by="w", size=0, note=note.with_lines([witness.cosign(note.text, time=1)]).to_bytes()))
    if mirror:
        heads.held(Outside(by="the anchor `mirror`", size=mirror, root=ROOTS[mirror], anchor="mirror"))
    found = judged(heads)
    assert max((one.size for one in found.anchored), default=0) == reached
    assert [one.reason for one in found.uncorroborated] == [lacking] * bool(lacking)
    further = [note for note in found.notes if "all whom the log policy names hold" in note]
    assert bool(further) == (reached < 5)


def test_a_log_policy_that_names_nobody_lets_any_head_count_and_asks_for_none() -> None:
    """As without one."""
    heads = of_log()
    heads.agree(policy("quorum none"))
    assert judged(heads) == Judged()
    heads.held(Outside(by="x", size=3, root=ROOTS[3]))
    assert [one.size for one in judged(heads).anchored] == [3]


def test_of_a_selection_a_head_of_another_size_is_named_and_is_no_finding() -> None:
    """There is one root to hold against it."""
    heads = of_log()
    heads.held(Outside(by="x", size=3, root=ROOTS[3]))
    heads.held(Outside(by="y", size=5, root=bytes(32)))
    found = heads.judge({5: ROOTS[5]}, 5, whole=False)
    assert [one.place for one in found.findings] == ["y"]
    assert found.anchored == ()
    assert found.notes == ("x says 3 entries: a selection has no root to hold against it",)
