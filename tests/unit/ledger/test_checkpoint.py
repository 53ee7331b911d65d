"""Checkpoints and cosignatures: the standards' examples, and what is of another log, another time or another witness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer, Witness
from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger.checkpoint import Checkpoint, open_checkpoint
from web4_governance.core.ledger.cosignature import Cosignature, cosignature_line, cosignatures, message
from web4_governance.core.ledger.note import Note, SignatureLine

# C2SP tlog-cosignature, the example of its text: a checkpoint, its log's line and a witness's.
TEXT = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
NOTE = (
    TEXT.decode() + "\n— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
ROOT = bytes(range(32))
LOG, OTHER = Signer("log.example/1"), Signer("log.example/2")
WITNESS = Witness("w.example")


def test_the_example_of_the_standard_parses_and_prints() -> None:
    """Its keys are not published: size and time are what can be compared."""
    note = Note.from_bytes(NOTE)
    checkpoint = Checkpoint.from_text(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.to_text() == TEXT
    assert note.to_bytes() == NOTE
    assert int.from_bytes(note.lines[1].payload[:8], "big") == 1679315147
    assert message(TEXT, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + TEXT


def test_a_signed_checkpoint_opens_and_keeps_its_extension_lines() -> None:
    """Lines that we would not write."""
    made = Checkpoint(origin=LOG.key.name, size=7, root=ROOT, extension=("more", "still more"))
    note = LOG.note(made.to_text())
    assert open_checkpoint(note, [LOG.key], origin=LOG.key.name) == made


def test_another_log_s_checkpoint_is_refused_whoever_signed_it() -> None:
    """A key that signs for two logs does not make one the other."""
    note = LOG.note(Checkpoint(origin=OTHER.key.name, size=7, root=ROOT).to_text())
    with pytest.raises(ProofError, match=r"not of `log\.example/1`"):
        open_checkpoint(note, [LOG.key, OTHER.key], origin=LOG.key.name)
    with pytest.raises(ProofError, match="no trusted key"):
        open_checkpoint(note, [OTHER.key], origin=OTHER.key.name)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"o\n1\n",
        TEXT[:-1],
        TEXT + b"\n",
        TEXT.replace(b"20852163", b"020852163"),
        TEXT.replace(b"20852163", b"-1"),
        TEXT.replace(b"20852163", b"%d" % 2**63),
        TEXT.replace(b"CsUY", b""),
        TEXT.replace(b"q2I=", b"q2J="),
        TEXT.replace(b"sofa", b"\xff"),
        TEXT + b"a\n\nb\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: bytes) -> None:
    """Fewer lines, an empty one, another number or hash."""
    with pytest.raises(NoteError):
        Checkpoint.from_text(text)


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


@given(words, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(words, max_size=3))
def test_checkpoints_print_and_parse_as_themselves(origin: str, size: int, root: bytes, more: list[str]) -> None:
    """Whatever the origin is."""
    made = Checkpoint(origin=origin, size=size, root=root, extension=tuple(more))
    assert Checkpoint.from_text(made.to_text()) == made


@given(st.binary(max_size=200))
def test_hostile_texts_give_our_error_or_print_as_they_came(text: bytes) -> None:
    """No builtin exception escapes."""
    try:
        found = Checkpoint.from_text(text)
    except NoteError:
        return
    assert found.to_text() == text


def cosigned(time: int) -> Note:
    """A checkpoint with one cosignature."""
    note = LOG.checkpoint(7, ROOT)
    return note.with_lines([WITNESS.cosign(note.text, time=time)])


def test_a_cosignature_says_who_and_when() -> None:
    """Of several by one witness the latest counts, and once."""
    note = cosigned(100)
    assert cosignatures(note, [WITNESS.key]) == (Cosignature(key=WITNESS.key, time=100),)
    again = note.with_lines([WITNESS.cosign(note.text, time=300), WITNESS.cosign(note.text, time=200)])
    assert cosignatures(again, [WITNESS.key]) == (Cosignature(key=WITNESS.key, time=300),)
    assert cosignatures(again, [Witness("w.example", word="other").key, LOG.key]) == ()


def test_a_cosignature_of_another_log_s_checkpoint_is_refused_here() -> None:
    """The whole text is signed, origin first."""
    theirs = OTHER.checkpoint(7, ROOT)
    note = LOG.checkpoint(7, ROOT).with_lines([WITNESS.cosign(theirs.text, time=100)])
    with pytest.raises(ProofError, match=r"cosignature of `w\.example` does not verify"):
        cosignatures(note, [WITNESS.key])


@pytest.mark.parametrize("part", [slice(0, 8), slice(8, 9), slice(71, 72)])
def test_a_cosignature_with_another_time_or_signature_is_refused(part: slice) -> None:
    """The time is under the signature: a witness's clock cannot be set afterwards."""
    made = cosigned(100).lines[1]
    payload = bytearray(made.payload)
    payload[part] = bytes(byte ^ 1 for byte in payload[part])
    spoiled = SignatureLine(name=made.name, key_id=made.key_id, payload=bytes(payload))
    with pytest.raises(ProofError):
        cosignatures(LOG.checkpoint(7, ROOT).with_lines([spoiled]), [WITNESS.key])


@pytest.mark.parametrize("length", [1, 8, 71, 73])
def test_a_cosignature_of_another_length_is_refused(length: int) -> None:
    """As of a known key it spoils the note."""
    line = SignatureLine(name="w.example", key_id=WITNESS.key.key_id, payload=bytes(length))
    with pytest.raises(ProofError):
        cosignatures(LOG.checkpoint(7, ROOT).with_lines([line]), [WITNESS.key])


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_time_out_of_range_is_never_written(time: int) -> None:
    """The standard's bound."""
    with pytest.raises(NoteError):
        cosignature_line(WITNESS.key, time, bytes(64))
