"""Signed notes: the standard's vectors, one encoding, and what a hostile note gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer, Witness
from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger.note import (
    MAX_BYTES,
    MAX_LINES,
    Note,
    SignatureLine,
    VerifierKey,
    base64_text,
    decimal,
    ed25519_signers,
    signature_lines,
)

# C2SP signed-note, the example of its text; and the example of Go's package for notes.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
COSIGNER_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"


@pytest.mark.parametrize(("vkey", "data"), [(SPEC_KEY, SPEC_NOTE), (GO_KEY, GO_NOTE)])
def test_the_shared_vectors_verify_and_print_as_the_same_bytes(vkey: str, data: bytes) -> None:
    """Keys and notes that others made."""
    key = VerifierKey.from_text(vkey)
    note = Note.from_bytes(data)
    assert ed25519_signers(note, [key]) == (key,)
    assert note.to_bytes() == data
    assert key.to_text() == vkey


def test_two_known_keys_are_both_named_and_a_third_is_kept_unbelieved() -> None:
    """A line of a key that nobody configured stays in the note, and says nothing."""
    note = Note.from_bytes(GO_NOTE + ENOCH_LINE.encode())
    peter, enoch = VerifierKey.from_text(GO_KEY), VerifierKey.from_text(ENOCH_KEY)
    assert ed25519_signers(note, [peter, enoch]) == (peter, enoch)
    assert ed25519_signers(note, [enoch]) == (enoch,)
    assert note.to_bytes() == GO_NOTE + ENOCH_LINE.encode()
    with pytest.raises(ProofError, match="no trusted key"):
        ed25519_signers(note, [VerifierKey.from_text(SPEC_KEY)])
    with pytest.raises(ProofError, match="no trusted key"):
        ed25519_signers(note, [])


def test_a_bad_line_of_a_known_key_spoils_the_note_beside_a_good_one() -> None:
    """Also where another key's line, or the same key's first, verifies."""
    signer, other = Signer("a.example"), Signer("b.example")
    good = signer.note(b"text\n")
    bad = SignatureLine(name=signer.key.name, key_id=signer.key.key_id, payload=bytes(64))
    for note in (good.with_lines([bad]), Note(text=good.text, lines=(bad, other.line(good.text)))):
        with pytest.raises(ProofError, match=r"`a\.example` does not verify"):
            ed25519_signers(note, [signer.key, other.key])


def test_a_line_that_stands_twice_counts_once_and_is_added_once() -> None:
    """Who signs twice is one signer."""
    signer = Signer("a.example")
    note = signer.note(b"text\n")
    doubled = Note(text=note.text, lines=note.lines * 2)
    assert ed25519_signers(doubled, [signer.key]) == (signer.key,)
    assert note.with_lines(note.lines) == note


def test_a_key_of_the_same_name_with_another_id_is_unknown() -> None:
    """Name and id together are the key; either alone is nobody."""
    one, two = Signer("a.example", word="one"), Signer("a.example", word="two")
    with pytest.raises(ProofError, match="no trusted key"):
        ed25519_signers(one.note(b"text\n"), [two.key])


def test_a_cosigning_key_signs_no_note() -> None:
    """A key of another kind is another key, also of equal bytes."""
    witness = Witness("w.example")
    note = Note(text=b"text\n", lines=(witness.line(b"text\n"),))
    with pytest.raises(ProofError, match="no trusted key"):
        ed25519_signers(note, [witness.key])


def test_the_text_ends_at_the_last_empty_line() -> None:
    """A text may hold empty lines of its own."""
    signer = Signer("a.example")
    note = signer.note(b"one\n\ntwo\n")
    assert Note.from_bytes(note.to_bytes()) == note


GOOD = SPEC_NOTE.decode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        SPEC_NOTE[:-1],
        SPEC_NOTE + b"\n",
        SPEC_NOTE.replace(b"example message", b"example\tmessage"),
        SPEC_NOTE.replace(b"example message", b"example\xffmessage"),
        GOOD.replace("— ", "- ").encode(),
        GOOD.replace("— ", "—").encode(),
        GOOD.replace("example.com/foo U", "example.com/foo  U").encode(),
        GOOD.replace("example.com/foo U", "example.com/foo\u00a0x U").encode(),
        GOOD.replace("example.com/foo U", "example.com/foo\u2028 U").encode(),
        GOOD.replace("example.com/foo U", "example+foo U").encode(),
        GOOD.replace("example.com/foo U", " U").encode(),
        GOOD.replace("aQM=", "aQN=").encode(),  # the same bytes in a second encoding
        GOOD.replace("aQM=", "aQM").encode(),
        GOOD.replace("aQM=", "aQ!=").encode(),
        GOOD.replace("aQM=", "aQ—=").encode(),
        b"text\n\n" + "— a.example AAAAAA==\n".encode(),  # a key id and nothing signed
        SPEC_NOTE.replace(b"\n\xe2", b"\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * MAX_LINES + b"\xe2", 1),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    """Nothing is repaired: one text has one encoding."""
    with pytest.raises(NoteError):
        Note.from_bytes(data)


def test_a_note_that_is_too_long_is_refused_unread() -> None:
    """Whatever it holds."""
    with pytest.raises(NoteError, match="longer than"):
        Note.from_bytes(b"x" * MAX_BYTES + b"\n" + SPEC_NOTE)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_hostile_notes_give_our_error_or_print_as_they_came(data: bytes) -> None:
    """No builtin exception escapes."""
    for whole in (data, data + "\n\n— a AAAAAAA=\n".encode(), b"text\n\n" + data):
        try:
            note = Note.from_bytes(whole)
        except NoteError:
            continue
        assert note.to_bytes() == whole


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="+"), min_size=1)
lines = st.builds(
    lambda name, key_id, payload: SignatureLine(name=name, key_id=key_id, payload=payload),
    names,
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=80),
)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n")).map(
    lambda text: (text + "\n").encode()
)


@given(texts, st.lists(lines, min_size=1, max_size=20))
def test_notes_print_and_parse_as_themselves(text: bytes, given_lines: list[SignatureLine]) -> None:
    """Twenty lines are fewer than any verifier may refuse, and sixteen the least it has to take."""
    note = Note(text=text, lines=tuple(given_lines))
    assert Note.from_bytes(note.to_bytes()) == note


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a.example",
        "a.example+530d903a",
        "a.example+530d903a+",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("example.com/foo", "exa mple"),
        SPEC_KEY.replace("example.com/foo", "\ud800"),
        SPEC_KEY[:-4],
        "a.example+00000000+" + base64_text(b"\x02" + bytes(32)),
        "a.example+00000000+" + base64_text(b"\x01" + bytes(32)),
    ],
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    """With another hash, of an unknown kind, or one under which anything verifies."""
    with pytest.raises(NoteError):
        VerifierKey.from_text(vkey)


def test_a_cosigner_s_key_of_others_parses() -> None:
    """Type 4."""
    key = VerifierKey.from_text(COSIGNER_KEY)
    assert key.kind == 4
    assert key.to_text() == COSIGNER_KEY


@pytest.mark.parametrize("data", [b"", b"\n", b"x", "— a AAAAAAA=".encode(), "— a AAAAAAA=\n\n".encode()])
def test_lines_alone_are_one_or_more_each_with_its_newline(data: bytes) -> None:
    """As a witness answers them."""
    with pytest.raises(NoteError):
        signature_lines(data)


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1 ", " 1", "1_0", "٣", "1.0", str(2**63), "9" * 30])
def test_numbers_have_one_spelling(text: str) -> None:
    """And stay below 2^63."""
    with pytest.raises(NoteError):
        decimal(text)
    assert decimal(str(2**63 - 1)) == 2**63 - 1
    assert decimal("0") == 0
