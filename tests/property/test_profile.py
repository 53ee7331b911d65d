"""The profile at the speed of C says what the slow reader says, on good, odd and hostile documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core import canonical
from web4_governance.core.canonical import LIMIT
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger import profile

texts = st.text(max_size=12).map(lambda text: text.encode("utf-8", "replace").decode())
keys = st.text(st.characters(max_codepoint=126), max_size=6)
numbers = st.integers(1 - LIMIT, LIMIT - 1) | st.sampled_from([LIMIT, -LIMIT, 2**63, 2**64, 10**16, 9 * 10**15])
# Everything that one of the two could take and the other refuse: fractions, large integers, keys of any script.
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | texts, inner, max_size=4),
    max_leaves=20,
)
# Text that is nearly canonical: tokens in any order.
tokens = st.lists(
    st.sampled_from(
        [
            *'{}[],:"',
            '"a"',
            '"b":',
            "1",
            "-0",
            "1.5",
            "1e3",
            "0.0",
            "9007199254740992",
            "9007199254740991",
            "true",
            " ",
            "null",
            "NaN",
            '"\\u0061"',
            '"\\ud800"',
            '"\ud83d\ude00"',
            '"é":1',
            '"\\/"',
            '"c1:12e4"',
            "\n",
            "-",
            "01",
        ]
    ),
    max_size=12,
).map("".join)


def answer(read: Any, data: bytes) -> Any:
    try:
        return repr(read(data))
    except CanonicalError as error:
        return error.message


def together(data: bytes) -> Any:
    """Read as a walk over many reads: the numbers of all of them are asked at once."""
    found = profile.quick(data)
    return found if found is not None and profile.plain_numbers([data]) else canonical.decode(data)


@given(documents)
def test_documents_in_their_one_spelling_are_taken_or_refused_alike(document: Any) -> None:
    """Whatever the reference prints, both readers give the same value or the same refusal."""
    try:
        data = rfc8785.dumps(document)
    except rfc8785.CanonicalizationError:
        data = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert answer(profile.decode, data) == answer(canonical.decode, data) == answer(together, data)


@given(
    st.lists(
        st.sampled_from([b"{}", b"null", b"[1.5]", b'{"a":"\xc3\xa9"}', b'{"\xc3\xa9":1}', b"[9007199254740993]"]),
        max_size=4,
    )
)
def test_many_documents_are_taken_or_refused_as_each_is(many: list[bytes]) -> None:
    """In one call: the same values, or the refusal of one of them."""
    apart = [answer(profile.decode, data) for data in many]
    if any(data in (b"[1.5]", b'{"\xc3\xa9":1}', b"[9007199254740993]") for data in many):
        with pytest.raises(CanonicalError):
            profile.decode_all(many)
    else:
        assert [repr(found) for found in profile.decode_all(many)] == apart


SPLIT = [
    [b'{"a":1},{"b":2', b'"c":3}'],
    [b'{"a":1},"|web4|",{"b":[2', b"3]}"],
    [b'"|web4|"', b"1"],
    [b'["|web4|"]', b"1"],
    [b"[1", b"2]"],
    [b'"a', b'b"'],
    [b"1],[2"],
    [b"1,2"],
    [b"[" * 201 + b"]" * 201, b"1"],
    [b'{"\xc3\xa9":1}', b"1"],
    [b"1 ", b"1"],
    [b"", b"1"],
    [b"1", b"2", b'"\xc3\xa9"'],
    [],
]


@pytest.mark.parametrize("many", SPLIT)
def test_what_is_a_document_only_with_its_neighbour_is_none(many: list[bytes]) -> None:
    """Read in one go or each by itself, the same ones are taken; who prints each sees those that are none."""
    assert profile.quick_all(many) == [profile.quick(data) for data in many]
    read = profile.parse_many(many)
    printed = [
        one if one is not None and profile.encode(one) == data else None for one, data in zip(read, many, strict=True)
    ]
    assert printed == [profile.quick(data) for data in many]


@given(st.lists(documents, max_size=5))
def test_many_documents_in_one_go_are_read_as_each_is(many: list[Any]) -> None:
    """Whatever they hold."""
    texts = [json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") for one in many]
    assert repr(profile.quick_all(texts)) == repr([profile.quick(text) for text in texts])


@given(documents)
def test_a_fraction_anywhere_is_seen_in_many_documents_at_once(document: Any) -> None:
    """The one search over all of them has no blind spot: alone, and between two others."""
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    whole = isinstance(answer(canonical.decode, data), str) and "not canonical" not in str(
        answer(canonical.decode, data)
    )
    if not whole and profile.quick(data) is not None:
        assert not profile.plain_numbers([b"{}", data, b"{}"])


@given(tokens.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=40))
def test_hostile_bytes_are_taken_or_refused_alike(data: bytes) -> None:
    """No bytes at all are taken by one and refused by the other."""
    assert answer(profile.decode, data) == answer(canonical.decode, data) == answer(together, data)


@given(st.text(alphabet='{}[]:,"0123456789.e-\\', max_size=30).map(str.encode))
def test_a_soup_of_signs_is_taken_or_refused_alike(data: bytes) -> None:
    """The same over the signs that numbers and structure are made of."""
    assert answer(profile.decode, data) == answer(canonical.decode, data) == answer(together, data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.0}',
        b'{"a":[1.5]}',
        b"[0.1]",
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740993}',
        b'{"a":18446744073709551615}',
        b'{"a":18446744073709551616}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        '{"é":1}'.encode(),
        b'{"\\u00e9":1}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a": 1}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":-0}',
        b"1.5",
        b"[" * 202 + b"]" * 202,
        b"[" * 3000 + b"]" * 3000,
        b"",
        b"\xff",
    ],
)
def test_what_is_outside_the_profile_is_refused_with_the_slow_readers_reason(data: bytes) -> None:
    """Each by itself, and among others."""
    with pytest.raises(CanonicalError) as slow:
        canonical.decode(data)
    for read in (profile.decode, together):
        with pytest.raises(CanonicalError) as fast:
            read(data)
        assert fast.value.message == slow.value.message


def test_a_text_that_looks_like_a_number_is_left_to_the_slow_reader() -> None:
    """Doubt is no refusal."""
    data = b'{"a":"x,1.5"}'
    assert not profile.plain_numbers([data])
    assert profile.decode(data) == {"a": "x,1.5"}


def test_deep_and_foreign_values_are_printed_as_the_slow_writer_does() -> None:
    """What the library cannot print goes to the writer that can."""
    deep: Any = 1
    for _ in range(180):
        deep = [deep]
    values: tuple[Any, ...] = (deep, {"é": [1]}, {"b": 1, "a": "\u2028\x7f"})
    for value in values:
        assert (
            profile.encode(value)
            == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        )
    with pytest.raises(CanonicalError):
        profile.encode({"a": 2**70})
