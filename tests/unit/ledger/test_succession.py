"""Keys that follow one another: each step signed by the key before, no other way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer, Witness
from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.succession import HEADER, Succession, follow, led

if TYPE_CHECKING:
    from web4_governance.core.ledger.note import Note

ORIGIN = "log.example/1"
A, B, C = (Signer(ORIGIN, word=word) for word in "abc")


def step(old: Signer, new: Signer) -> Note:
    return old.note(Succession(origin=new.key.name, key=new.key).to_text())


def test_trust_goes_from_key_to_key() -> None:
    """None, one, two steps."""
    assert follow(A.key, []) == (A.key,)
    assert follow(A.key, [step(A, B), step(B, C)]) == (A.key, B.key, C.key)


def test_all_that_follows_from_a_trusted_key_is_trusted_and_nothing_else() -> None:
    """From the first key to the last; from a middle one only forwards; from a key of no step nowhere."""
    steps = [step(A, B), step(B, C)]
    assert led([A.key], steps) == (A.key, B.key, C.key)
    assert led([B.key], steps) == (B.key, C.key)
    assert led([C.key], steps) == (C.key,)
    assert led([], steps) == ()
    assert led([A.key], [step(C, B), A.note(b"no succession\n")]) == (A.key,)


def test_a_step_that_the_key_before_did_not_sign_is_refused() -> None:
    """By itself, by a later key, by one that was followed already, or back to where it was."""
    for notes in ([step(B, B)], [step(B, C)], [step(A, B), step(A, C)], [step(A, B), step(B, A)], [step(A, A)]):
        with pytest.raises(ProofError):
            follow(A.key, notes)


def test_another_log_s_step_is_refused() -> None:
    """A name is part of a key."""
    other = Signer("log.example/2")
    with pytest.raises(ProofError, match="not of"):
        follow(A.key, [A.note(Succession(origin="log.example/2", key=other.key).to_text())])


GOOD = Succession(origin=ORIGIN, key=B.key)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\n",
        GOOD.to_text() + b"\n",
        GOOD.to_text()[:-1],
        GOOD.to_text().replace(b"v1", b"v2"),
        Succession(origin="log.example/2", key=B.key).to_text(),
        Succession(origin="w.example", key=Witness("w.example").key).to_text(),
        Checkpoint(origin=ORIGIN, size=1, root=bytes(32)).to_text(),
        Checkpoint(origin=HEADER, size=1, root=bytes(32)).to_text(),
    ],
)
def test_what_is_no_succession_is_refused(text: bytes) -> None:
    """A checkpoint least of all: a log signs those every minute."""
    with pytest.raises(NoteError):
        Succession.from_text(text)
    assert Succession.from_text(GOOD.to_text()) == GOOD


def test_a_succession_is_no_checkpoint() -> None:
    """The other way round."""
    with pytest.raises(NoteError):
        Checkpoint.from_text(GOOD.to_text())


@given(st.binary(max_size=100))
def test_hostile_texts_give_our_error(text: bytes) -> None:
    """No builtin exception escapes."""
    for whole in (text, HEADER.encode() + b"\n" + text):
        with pytest.raises(NoteError):
            Succession.from_text(whole)
