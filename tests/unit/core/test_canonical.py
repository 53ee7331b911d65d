"""Canonical JSON: what it takes, what it refuses, and how it reads what a host sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.canonical import LIMIT, MAX_DEPTH, decode, encode, encode_texts, lenient, to_profile
from web4_governance.core.errors import CanonicalError

VECTORS: list[tuple[Any, bytes]] = [
    ({}, b"{}"),
    ([], b"[]"),
    ({"b": 1, "a": [True, False, None]}, b'{"a":[true,false,null],"b":1}'),
    ("é€😀", '"é€😀"'.encode()),
    ('\x00\x1f\x7f"\\/\b\f\n\r\t', b'"\\u0000\\u001f\x7f\\"\\\\/\\b\\f\\n\\r\\t"'),
    (LIMIT - 1, b"9007199254740991"),
    (1 - LIMIT, b"-9007199254740991"),
    ({"Z": 1, "a": 2, "_": 3}, b'{"Z":1,"_":3,"a":2}'),
]


@pytest.mark.parametrize(("value", "data"), VECTORS)
def test_the_bytes_of_the_vectors_never_change(value: Any, data: bytes) -> None:
    """A new version adds vectors; these stay."""
    assert encode(value) == data
    assert decode(data) == value


@given(st.lists(st.text()))
def test_a_list_of_texts_has_the_bytes_that_any_list_has(texts: list[str]) -> None:
    """Also one with a lone surrogate: neither way gives it bytes."""
    try:
        expected = encode([*texts])
    except CanonicalError:
        with pytest.raises(CanonicalError):
            encode_texts(texts)
        return
    assert encode_texts(texts) == expected


def test_a_lone_surrogate_in_a_list_of_texts_has_no_bytes() -> None:
    """As anywhere else."""
    with pytest.raises(CanonicalError, match="lone surrogate"):
        encode_texts(["a", "\ud800"])


@pytest.mark.parametrize(
    "value",
    [1.5, LIMIT, -LIMIT, {"é": 1}, "\ud800", (1,), b"x", {"a": float("nan")}, {"a": {1, 2}}],
)
def test_what_lies_outside_the_profile_has_no_bytes(value: Any) -> None:
    """Floats, big integers, non-ASCII keys and lone surrogates are refused by name."""
    with pytest.raises(CanonicalError):
        encode(value)


@pytest.mark.parametrize("odd", [1.5, float("inf"), LIMIT, -LIMIT, (1,), b"x", {1, 2}, {"é": 1}])
def test_no_place_in_a_value_of_known_keys_hides_what_lies_outside_the_profile(odd: Any) -> None:
    """The quick way of writing takes over once the keys were written: it refuses the same."""
    values: tuple[Any, ...] = ({"a": [odd]}, [[{"a": odd}]], {"a": {"b": [1, "x", None, True, odd]}})
    for value in values:
        encode({"a": 1, "b": 2})
        with pytest.raises(CanonicalError):
            encode(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" {}",
        b"{} ",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b"1.0",
        b"1e3",
        b"-0",
        b"NaN",
        b"Infinity",
        b'"\\u0041"',
        b'"\xff"',
        b'{"a":1',
        b"[1,]",
        b"{} {}",
        b"nul",
        b'"\\ud800"',
        b'{"\xc3\xa9":1}',
        b"9007199254740992",
        b"1" * 5000,
        b'"a\nb"',
    ],
)
def test_bytes_that_would_print_differently_do_not_parse(data: bytes) -> None:
    """Duplicate keys, spare whitespace, other spellings of numbers and strings: all of them other bytes."""
    with pytest.raises(CanonicalError):
        decode(data)


def test_nesting_is_bounded_on_every_way() -> None:
    """A deep document is an error of ours, never a crash of the interpreter."""
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(CanonicalError, match="deep"):
        lenient(deep)
    with pytest.raises(CanonicalError):
        decode(b"[" * (MAX_DEPTH + 5) + b"]" * (MAX_DEPTH + 5))
    nested: Any = 1
    for _ in range(MAX_DEPTH + 5):
        nested = [nested]
    with pytest.raises(CanonicalError, match="deep"):
        to_profile(nested)
    held: Any = {"a": 1}
    for _ in range(MAX_DEPTH):
        held = [held]
    with pytest.raises(CanonicalError, match="deep"):
        encode(held)
    with pytest.raises(CanonicalError, match="deep"):
        encode({"a": held})


def test_a_text_of_a_kind_of_its_own_is_a_text() -> None:
    """An enumeration's member, say: its bytes are those of what it says."""

    class Word(str):
        __slots__ = ()

    assert encode([Word("a\n"), {"b": Word("c")}]) == b'["a\\n",{"b":"c"}]'


def test_a_hosts_json_is_brought_into_the_profile() -> None:
    """Floats and big integers keep their text, lone surrogates are replaced and said."""
    value, replaced = lenient(b' {"cost":0.0006,"n":12345678901234567890,"m":9007199254740992,"x":NaN,"k":[1,true]}\n')
    assert value == {
        "cost": "0.0006",
        "n": "12345678901234567890",
        "m": "9007199254740992",
        "x": "NaN",
        "k": [1, True],
    }
    assert not replaced
    assert lenient(b'{"a":"\\ud800x"}') == ({"a": "�x"}, True)
    assert lenient(b'"\xff"') == ("�", True)
    assert lenient(b'{"\xc3\xa9":1}') == ({"\\xe9": 1}, True)
    encode(value)


def test_a_hosts_control_characters_inside_strings_are_taken() -> None:
    """A raw newline in a string is no reason to lose an event."""
    assert lenient(b'"a\nb"') == ("a\nb", False)


@pytest.mark.parametrize("data", [b"", b"{", b'{"a":}', b"{} x", b"\x00", b"hello"])
def test_what_is_no_json_is_refused_by_both_readers(data: bytes) -> None:
    """Truncated and foreign input is named, not guessed at."""
    with pytest.raises(CanonicalError, match="not JSON"):
        lenient(data)


def test_parsed_values_are_brought_into_the_profile_too() -> None:
    """YAML and TOML give floats, tuples and big integers."""
    assert to_profile({"a": 1.5, 2: (1, None), "big": LIMIT}) == {"a": "1.5", "2": [1, None], "big": str(LIMIT)}
    with pytest.raises(CanonicalError):
        to_profile({"a": object()})


def test_the_string_encoder_is_the_standard_librarys() -> None:
    """The C accelerator used directly gives what the json package gives."""
    text = "".join(map(chr, range(0x250)))
    assert encode(text).decode() == json.dumps(text, ensure_ascii=False)
