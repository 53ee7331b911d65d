"""A mirror line: comes out as it went in, and nothing else is one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.canonical import encode
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger.line import Line, print_line
from web4_governance.core.record.entry import Opening

FIELDS = st.text("abcdefghij.0123456789", min_size=1, max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)
OPENINGS = st.dictionaries(FIELDS, st.tuples(st.binary(min_size=16, max_size=16), VALUES), max_size=4)


@given(st.dictionaries(st.text("abc", max_size=3), VALUES, max_size=3), OPENINGS)
def test_a_line_comes_back_as_it_was_printed(body: Any, openings: Any) -> None:
    """The entry's bytes stand in the line untouched."""
    data = encode(body)
    opened = tuple(Opening(field=field, salt=salt, value=value) for field, (salt, value) in sorted(openings.items()))
    text = print_line(data, opened)
    assert data in text
    found = Line.from_bytes(text)
    assert found == Line(data=data, openings=opened)
    assert found.to_bytes() == text


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b'{"entry":{}}',
        b'{"entry":{},"open":[]}',
        b'{"entry":{},"more":1,"open":{}}',
        b'{"entry":{},"open":{"a":1}}',
        b'{"entry":{},"open":{"a":["00"]}}',
        b'{"entry":{},"open":{"a":["zz",1]}}',
        b'{"entry":{},"open":{"a":["0011",1]}}',
        b'{"entry":{},"open":{"a":["AABBCCDDEEFF00112233445566778899",1]}}',
        b'{"entry":{},"open":{"a":[1,1]}}',
        b'{"entry":{}, "open":{}}',
        b'{"open":{},"entry":{}}',
        b'{"entry":{},"open":{}}\n{"entry":{},"open":{}}',
    ],
)
def test_what_is_no_line_is_refused(text: bytes) -> None:
    """Another spelling, another shape, a salt that is none, two lines in one."""
    with pytest.raises(CanonicalError):
        Line.from_bytes(text)
