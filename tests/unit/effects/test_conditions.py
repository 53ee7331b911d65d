"""Conditions as they are asked: once prepared, kept, and not more of them than there is room for."""

from __future__ import annotations

import pytest

from web4_governance.core.effects import conditions, rows
from web4_governance.core.effects.rows import Reading, read, view_of
from web4_governance.core.shell.command import known_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.rows import Object

READING = Reading(row={}, flags=frozenset(("-a",)), values=(("-a", ""), ("-b", "Two")), operands=(known_word("x.py"),))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({}, True),
        ({"nobody knows": ["x"]}, True),
        ({"value": {"-a": ["one"]}}, True),  # a value that nobody knows counts
        ({"seen": {"-a": ["one"]}}, False),
        ({"value": {"-b": ["t*", "not:two"]}}, False),
        ({"value": {"-b": ["t*", "not:three"]}}, True),
        ({"value": {"-b": None}}, False),
        ({"value": "-b"}, False),
        ({"novalue": {"-b": "two"}}, False),
        ({"words": ["*.py"], "most": 1}, True),
        ({"words": "x.??"}, True),
        ({"words": ["x*.py*z"]}, False),
        ({"least": "1"}, False),
        ({"most": None}, False),
        ({"all": ["-a", "-b"]}, False),
    ],
)
def test_a_condition_holds_where_all_its_parts_do(condition: Object, holds: bool) -> None:
    """Each part is asked by what was made of it once."""
    assert READING.holds(condition) is holds
    assert READING.holds(condition) is holds


def test_what_is_kept_of_conditions_and_rows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of policies that come and go leave no more than a limit behind, and no row is taken for another."""
    for module, most, kept in ((conditions, "MOST_KNOWN", "_known"), (rows, "MOST_VIEWS", "_views")):
        monkeypatch.setattr(module, most, 2)
        monkeypatch.setattr(module, kept, {})
    for n in range(20):
        assert READING.holds({"words": [f"{n}.py"]}) is False
        row: Object = {"takes_value": [f"-{n}"]}
        assert view_of(row) is view_of(row)
        assert read(row, tuple(map(known_word, ("p", f"-{n}", "x")))).values == ((f"-{n}", "x"),)
    assert len(conditions._known) <= 2
    assert len(rows._views) <= 2
