"""Offline proofs: what is in the file, and every way in which one does not prove it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer, Witness
from support.trees import Tree
from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger.log_policy import LogPolicy
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.proof import inclusion_proof, root_hash
from web4_governance.core.ledger.tlog_proof import TlogProof, check_proof
from web4_governance.core.value import replace

TREE = Tree(11)
LOG, WITNESS = Signer("log.example/1"), Witness("w.example")
POLICY = LogPolicy.from_bytes(f"log {LOG.key.to_text()}\nwitness w {WITNESS.key.to_text()}\nquorum w\n".encode())


def made(index: int = 4, size: int = 11, extra: bytes | None = None) -> TlogProof:
    note = LOG.checkpoint(size, root_hash(size, TREE.hash_at))
    note = note.with_lines([WITNESS.cosign(note.text, time=1)])
    return TlogProof(index=index, path=inclusion_proof(index, size, TREE.hash_at), note=note, extra=extra)


def test_a_proof_proves_its_entry() -> None:
    """Signed by the log, cosigned by the witness, and the path leads to the root."""
    assert check_proof(made(), leaf=TREE.levels[0][4], policy=POLICY).size == 11
    assert check_proof(made(0, 1), leaf=TREE.levels[0][0], policy=POLICY).size == 1


@given(st.integers(0, 10), st.none() | st.binary(max_size=20))
def test_proofs_print_and_parse_as_themselves(index: int, extra: bytes | None) -> None:
    """With and without extra data, an empty one being one."""
    proof = made(index, extra=extra)
    assert TlogProof.from_bytes(proof.to_bytes()) == proof


def test_what_it_looks_like() -> None:
    """The lines of the standard."""
    rows = made(4, extra=b"x").to_bytes().decode().split("\n")
    assert rows[:3] == ["c2sp.org/tlog-proof@v1", "extra eA==", "index 4"]
    assert rows[3 + len(made(4).path)] == ""
    assert rows[4 + len(made(4).path)] == "log.example/1"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"index": 5}, "another root"),
    ({"index": 11}, "no leaf"),
    ({"path": ()}, "too short"),
    ({"note": Note(text=made().note.text, lines=made().note.lines[:1])}, "no quorum: `w` has not"),
    ({"note": Note(text=made().note.text, lines=made().note.lines[1:])}, "no trusted key"),
    ({"note": Signer("log.example/2").checkpoint(11, root_hash(11, TREE.hash_at))}, "no trusted key"),
    ({"note": replace(made(4, 10).note, lines=made().note.lines)}, "does not verify"),
]


@pytest.mark.parametrize(("change", "why"), WRONG)
def test_a_proof_with_one_thing_changed_proves_nothing(change: dict[str, Any], why: str) -> None:
    """Each step is looked at."""
    with pytest.raises(ProofError, match=why):
        check_proof(replace(made(), **change), leaf=TREE.levels[0][4], policy=POLICY)


def test_another_entry_is_not_proven() -> None:
    """A proof is of one leaf."""
    with pytest.raises(ProofError, match="another root"):
        check_proof(made(), leaf=TREE.levels[0][3], policy=POLICY)


GOOD = made(4, extra=b"x").to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"index 4\n", b""),
        GOOD.replace(b"index 4", b"index 04"),
        GOOD.replace(b"extra eA==", b"extra eB=="),
        GOOD.replace(b"extra eA==", "extra é".encode()),
        GOOD.replace(b"\nindex", b"\nextra eA==\nindex"),
        GOOD.replace(b"\nindex 4\n", b"\nindex 4\neA==\n"),
        GOOD.replace(b"\nindex 4\n", b"\nindex 4\n" + b"A" * 43 + b"=\n", 1).replace(
            b"index 4\n", b"index 4\n" + (b"A" * 43 + b"=\n") * 63
        ),
        GOOD.partition(b"\n\n")[0],
        b"c2sp.org/tlog-proof@v1\n\n" + made().note.to_bytes(),
    ],
)
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    """Nothing is repaired."""
    with pytest.raises(NoteError):
        TlogProof.from_bytes(data)


def test_a_proof_that_is_too_long_is_refused_unread() -> None:
    """Whatever it holds."""
    with pytest.raises(NoteError, match="too long"):
        TlogProof.from_bytes(GOOD + b" " * 2_000_001)


@given(st.binary(max_size=200))
def test_hostile_proofs_give_our_error_or_print_as_they_came(data: bytes) -> None:
    """No builtin exception escapes."""
    for whole in (data, b"c2sp.org/tlog-proof@v1\n" + data, b"c2sp.org/tlog-proof@v1\nindex 4\n\n" + data):
        try:
            assert TlogProof.from_bytes(whole).to_bytes() == whole
        except NoteError:
            continue
