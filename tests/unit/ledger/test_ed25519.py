"""Ed25519 verification: RFC 8032's vectors, agreement with a library, and what is refused that is nearly right."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer
from web4_governance.core.ledger.ed25519 import is_public_key, verify

ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
# RFC 8032 7.1: tests 1 to 3 (public key, message, signature).
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


def library(public: bytes, message: bytes, signature: bytes) -> bool:
    """What OpenSSL says."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032_verify(public: str, message: str, signature: str) -> None:
    """And with one bit more in the message, none does."""
    key, made = bytes.fromhex(public), bytes.fromhex(signature)
    assert is_public_key(key)
    assert verify(key, bytes.fromhex(message), made)
    assert not verify(key, bytes.fromhex(message) + b"\1", made)


@given(st.binary(max_size=80), st.integers(0, 63), st.integers(0, 7), st.booleans())
def test_it_says_what_the_library_says(message: bytes, place: int, bit: int, spoil: bool) -> None:
    """On signatures that are right, and on those with one bit turned over."""
    signer = Signer("k")
    made = bytearray(signer.private.sign(message))
    made[place] ^= (1 << bit) if spoil else 0
    assert verify(signer.key.public, message, bytes(made)) == library(signer.key.public, message, bytes(made))
    assert verify(signer.key.public, message, bytes(made)) == (not spoil)


def test_another_spelling_of_the_same_scalar_is_no_signature() -> None:
    """S plus the group's order solves the equation too: whoever may add it makes a second signature of one message."""
    signer = Signer("k")
    made = signer.private.sign(b"m")
    again = made[:32] + (int.from_bytes(made[32:], "little") + ORDER).to_bytes(32, "little")
    assert verify(signer.key.public, b"m", made)
    assert not verify(signer.key.public, b"m", again)


@pytest.mark.parametrize(
    "public",
    [
        b"",
        b"\1" * 31,
        (1).to_bytes(32, "little"),  # the neutral element
        (PRIME - 1).to_bytes(32, "little"),  # of order two
        (0).to_bytes(32, "little"),  # of order four
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),  # of order eight
        (PRIME + 1).to_bytes(32, "little"),  # a second encoding of the neutral element
        (1 | 1 << 255).to_bytes(32, "little"),  # x is zero, and said to be odd
        (2).to_bytes(32, "little"),  # on no point of the curve
    ],
)
def test_what_is_no_point_or_one_of_small_order_is_no_key(public: bytes) -> None:
    """Under a key of small order, one signature can hold for every message."""
    assert not is_public_key(public)


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_hostile_bytes_verify_nothing(public: bytes, signature: bytes) -> None:
    """And raise nothing."""
    assert not verify(public, b"m", signature)
