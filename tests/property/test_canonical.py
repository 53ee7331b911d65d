"""Canonical JSON against RFC 8785's reference implementation, on random documents."""

from __future__ import annotations

import json
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.canonical import LIMIT, decode, encode, lenient
from web4_governance.core.errors import CanonicalError

keys = st.text(st.characters(max_codepoint=126), max_size=8)
texts = st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace").decode())
documents = st.recursive(
    st.none() | st.booleans() | st.integers(1 - LIMIT, LIMIT - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_the_bytes_are_rfc_8785s(document: Any) -> None:
    """Within the profile, ours and the reference give the same bytes, also once its keys were written before."""
    assert encode(document) == rfc8785.dumps(document)
    assert encode(document) == rfc8785.dumps(document)


@given(documents)
def test_reading_and_printing_are_inverse(document: Any) -> None:
    """Bytes are law: if it parses, printing it gives the same bytes."""
    data = encode(document)
    assert encode(decode(data)) == data
    assert lenient(data) == (document, "�" in data.decode())


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_hostile_bytes_give_our_error_or_a_value_of_the_profile(data: bytes) -> None:
    """No builtin exception escapes, and whatever is read can be written."""
    try:
        value, _ = lenient(data)
    except CanonicalError:
        pass
    else:
        encode(value)
    try:
        strict = decode(data)
    except CanonicalError:
        return
    assert encode(strict) == data


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4),
        max_leaves=12,
    ),
    st.booleans(),
)
def test_a_plain_text_is_read_as_it_is_read_beside_an_escape(document: object, ascii_only: bool) -> None:
    """What spares the second look at a text that nothing could be replaced in changes no value."""
    data = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")
    both, _ = lenient(b'["\\u0041",' + data + b"]")
    assert isinstance(both, list)
    assert repr(lenient(data)[0]) == repr(both[1])
