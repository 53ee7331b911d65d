"""Digests: the standard's vectors, and agreement with the standard library."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core import digest
from web4_governance.core.digest import commitment, hmac_sha256, leaf, node, sha256, sha256_hex

if TYPE_CHECKING:
    import pytest


@given(st.binary(max_size=300), st.binary(max_size=200))
def test_sha256_and_hmac_are_the_standard_librarys(key: bytes, message: bytes) -> None:
    """The shortcut past `hashlib` and `hmac` changes nothing."""
    assert sha256(message) == hashlib.sha256(message).digest()
    assert hmac_sha256(key, message) == hmac.new(key, message, "sha256").digest()


def test_hmac_gives_rfc_4231s_answers() -> None:
    """Test cases 1 and 6 (a key longer than a block)."""
    assert hmac_sha256(b"\x0b" * 20, b"Hi There").hex() == (
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    long_key = hmac_sha256(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First")
    assert long_key.hex() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"


def test_leaf_and_node_are_kept_apart_by_their_prefix() -> None:
    """RFC 6962 2.1: an interior hash can never be taken for a leaf."""
    assert leaf(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node(b"a" * 32, b"b" * 32) == hashlib.sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()


def test_a_commitment_binds_field_salt_and_value() -> None:
    """The vector never changes; a change in any part gives another commitment."""
    standing = commitment("request.input", b"\x01" * 16, {"command": "ls"})
    assert standing == "c1:" + sha256_hex(b"r6/c1\0request.input\0" + b"\x01" * 16 + b'{"command":"ls"}')
    others = {
        commitment("request.cwd", b"\x01" * 16, {"command": "ls"}),
        commitment("request.input", b"\x02" * 16, {"command": "ls"}),
        commitment("request.input", b"\x01" * 16, {"command": "l"}),
    }
    assert standing not in others
    assert len(others) == 3


def test_what_is_hashed_before_a_value_is_kept_of_the_first_fields_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of fields are an entry's, and there is no end of them: the digest is the same."""
    salt = b"s" * 16
    before = commitment("one.field", salt, "x")
    monkeypatch.setattr(digest, "MOST_FIELDS", 0)
    monkeypatch.setattr(digest, "_BEFORE", {})
    assert commitment("one.field", salt, "x") == before
    assert digest._BEFORE == {}
