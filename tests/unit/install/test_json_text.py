"""JSON as text: what is JSON parses to what it means, what is none is refused with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.app.hosts.json_text import JsonFault, Node, parse, to_bytes, to_text

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
PRINTINGS = st.sampled_from([{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"ensure_ascii": False}])


@given(DOCUMENTS, PRINTINGS)
def test_whatever_json_prints_is_parsed_to_the_same(document: Any, how: dict[str, Any]) -> None:
    """The parser agrees with the standard library's on everything that the library prints."""
    assert parse(json.dumps(document, **how)).plain() == document


@given(DOCUMENTS, PRINTINGS)
def test_every_node_knows_where_it_stands(document: Any, how: dict[str, Any]) -> None:
    """The text between a node's start and end is exactly that node."""
    text = json.dumps(document, **how)

    def check(node: Node) -> None:
        assert json.loads(text[node.start : node.end]) == node.plain()
        for item in node.items:
            check(item)

    check(parse(text))


@given(st.binary())
def test_any_bytes_survive_the_way_there_and_back(data: bytes) -> None:
    """A file that is no UTF-8 loses nothing."""
    assert to_bytes(to_text(data)) == data


@given(st.text(alphabet='{}[]":, \n01-+.eEtrufalsn\\"'))
def test_refuses_what_the_standard_library_refuses(text: str) -> None:
    """Hostile text is parsed alike or refused, and never raises anything else."""
    try:
        wanted = json.loads(text)
    except ValueError:
        with pytest.raises(JsonFault):
            parse(text)
    else:
        assert parse(text).plain() == wanted


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "unexpected end"),
        ('{\n  "a": 1,\n}', 3, 1, "unexpected `}`, where a name in double quotes belongs"),
        ('{\n  "a" 1}', 2, 7, "unexpected `1`, where `:` belongs"),
        ('{"a": 1 "b": 2}', 1, 9, 'unexpected `"`, where `,` or `}` belongs'),
        ("// a comment\n{}", 1, 1, "unexpected `/`"),
        ("[1, 2", 1, 6, "unexpected end"),
        ('["a\tb"]', 1, 2, "must be escaped"),
        ("{} x", 1, 4, "after the end"),
        ("[01]", 1, 3, "unexpected `1`"),
        ("[NaN]", 1, 2, "unexpected `N`"),
    ],
)
def test_says_where_it_is_no_json(text: str, line: int, column: int, said: str) -> None:
    """A person can go to the place."""
    with pytest.raises(JsonFault) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in caught.value.message


def test_a_byte_order_mark_is_no_fault() -> None:
    """The client reads such a file, so we do."""
    assert parse('\ufeff{"a": 1}').plain() == {"a": 1}


def test_nesting_is_bounded() -> None:
    """A hostile file cannot exhaust the stack."""
    with pytest.raises(JsonFault, match="deeper"):
        parse("[" * 100_000)


def test_of_two_members_with_one_name_the_last_counts() -> None:
    """As in the client's own parser."""
    found = parse('{"a": 1, "a": 2}').get("a")
    assert found is not None
    assert found.data == 2


def test_a_number_of_many_digits_is_no_trouble() -> None:
    """Integers beyond the interpreter's limit do not raise."""
    assert parse("9" * 10_000).kind == "number"
