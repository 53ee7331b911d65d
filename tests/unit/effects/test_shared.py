"""What is sorted on the way is shared by the threads that judge: whoever asks meanwhile gets the whole answer.

Each line of the sorting is a moment at which another thread may ask: a copy of what stands there then is asked.
"""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any

import pytest

from unit.policy.making import call, layer, path
from web4_governance.core.action import Action, Deed, Effect
from web4_governance.core.effects.conditions import Globs
from web4_governance.core.effects.rows import Entries, Entry
from web4_governance.core.policy import Facts
from web4_governance.core.policy import index as indexing
from web4_governance.core.policy.index import Table
from web4_governance.core.policy.seen import Call, Seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from web4_governance.core.canonical import Json


def at_each_line(of: Callable[[], object], name: str, ask: Callable[[], object]) -> list[object]:
    """Run something, and at each line of the function of a name what asks; give what it said."""
    told: list[object] = []

    def traced(frame: FrameType, event: str, _given: object) -> Any:
        if frame.f_code.co_name != name:
            return None
        if event == "line":
            sys.settrace(None)
            told.append(ask())
            sys.settrace(traced)
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        of()
    finally:
        sys.settrace(before)
    assert len(told) > 3
    return told


@pytest.mark.parametrize("text", ["rm", "rmx", "xrm", "a rm b", "a?b", "q1z"])
def test_globs_are_told_whole_while_they_are_sorted(text: str) -> None:
    """Whichever way each of them is told."""
    globs = Globs(("rm", "rm*", "*rm", "*rm*", "q?z", "a?b"))
    assert globs.fit(text)
    asked = lambda: copy.copy(globs).fit(text)  # noqa: E731  bound to the one above
    assert all(at_each_line(lambda: globs.fit("other"), "_sort", asked))
    assert globs.fit(text)


def test_entries_are_told_whole_while_they_are_sorted() -> None:
    """Those that wait for an option and those that wait for a word."""
    rows: list[dict[str, Json]] = [{"when": {"any": ["-f"]}}, {"when": {"words": ["x*"]}}, {"when": {}}]
    entries = Entries(tuple(map(Entry, rows)))
    for _ in range(9):
        whole = copy.copy(entries).worth(frozenset(("-f",)), ("xy",))
    assert len(whole[0]) == 3
    entries._asked = 9
    asked = lambda: len(copy.copy(entries).worth(frozenset(("-f",)), ("xy",))[0])  # noqa: E731  as above
    assert set(at_each_line(lambda: entries.worth(frozenset(), ()), "_index", asked)) == {3}


def test_rules_are_told_whole_while_they_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule on a path, one on an effect and one on all."""
    monkeypatch.setattr(indexing, "MANY", 0)
    rules = [
        {"decision": "deny", "match": {"paths": ["src/keys"]}},
        {"decision": "deny", "match": {"effects": ["file.read"]}},
        {"decision": "warn", "match": {"agents": ["*"]}},
    ]
    table = Table(layer({"rules": rules}).rules, planning=False)
    action: Action = call(Deed(effect=Effect.FILE_READ, target=path("src/keys")))
    seen = Seen(Call(action, Facts()), action.deeds[0])
    asked = lambda: len(copy.copy(table).near(seen))  # noqa: E731  as above
    assert set(at_each_line(lambda: table.near(seen), "_sort", asked)) == {3}
