"""What the ledger and its witnesses say of calls, lined up: every difference by name, and none where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.ledger.likeness import Likeness
from web4_governance.core.ledger.reconcile import Comparison, Difference, Judged, Reconciliation

BOTH = ("yes", Likeness.SAME)


def judged(call: str, **more: Any) -> Judged:
    return Judged(idx=0, leaf="00", session=more.pop("session", "s"), call=call, tool="Bash", **more)


def of(*known: Judged, said: dict[str, tuple[str, Likeness]], via: str = "") -> Reconciliation:
    comparison = Comparison()
    for one in known:
        comparison.judged(one)
    comparison.heard("s")
    for call, (ran, like) in said.items():
        comparison.said("s", call, ran=ran, like=like, via=via)
    return comparison.report()


def names(found: Reconciliation) -> list[Difference]:
    return [one.what for one in found.found]


def test_what_lines_up_is_a_yes() -> None:
    """A call in both, a denial that held, a call that never ran and that telemetry therefore does not have."""
    found = of(
        judged("a"),
        judged("b", answer="deny"),
        judged("c", late=True, never_ran=True),
        judged("d", late=True),
        said={"a": BOTH, "b": ("no", Likeness.UNSHOWN), "d": ("no", Likeness.SAME)},
    )
    assert (names(found), found.calls, found.agreed, found.exit_code) == ([], 4, 4, 0)


@pytest.mark.parametrize(
    ("known", "said", "what", "code"),
    [
        ([], {"a": BOTH}, Difference.UNSEEN, 2),
        ([], {"a": ("unknown", Likeness.SAME)}, Difference.UNSEEN, 2),
        ([], {"a": ("no", Likeness.SAME)}, Difference.REFUSED, 1),
        ([judged("a", late=True)], {"a": BOTH}, Difference.LATE, 2),
        ([judged("a", answer="deny")], {"a": BOTH}, Difference.UNBOUND, 2),
        ([judged("a", answer="deny", ran_anyway=True)], {"a": ("unknown", Likeness.SAME)}, Difference.UNBOUND, 2),
        ([judged("a", answer="deny", ran_anyway=True)], {}, Difference.UNBOUND, 2),
        ([judged("a")], {"a": ("yes", Likeness.OTHER)}, Difference.REWRITTEN, 2),
        ([judged("a", changed=True)], {"a": BOTH}, Difference.REWRITTEN, 2),
        ([judged("a", changed=True)], {}, Difference.REWRITTEN, 2),
        ([judged("a")], {"a": ("yes", Likeness.UNKNOWN)}, Difference.UNCOMPARED, 1),
        ([judged("a")], {"a": ("yes", Likeness.UNSHOWN)}, Difference.UNCOMPARED, 1),
        ([judged("a")], {}, Difference.UNWITNESSED, 1),
    ],
)
def test_each_difference_has_its_name_and_its_code(
    known: list[Judged], said: dict[str, tuple[str, Likeness]], what: Difference, code: int
) -> None:
    """One call, one thing wrong with it."""
    found = of(*known, said=said)
    assert (names(found), found.exit_code, found.agreed) == ([what], code, 0)
    assert found.found[0].why


def test_a_changed_input_of_a_call_that_was_refused_changed_nothing() -> None:
    """It did not run."""
    assert names(of(judged("a"), said={"a": ("no", Likeness.OTHER)})) == []


def test_who_changed_an_input_is_said_where_a_witness_says_it() -> None:
    """The hook's own command line."""
    found = of(judged("a"), said={"a": ("yes", Likeness.OTHER)}, via="a hook")
    assert found.found[0].why.endswith(": a hook")
    assert not of(judged("a"), said={"a": ("yes", Likeness.OTHER)}).found[0].why.endswith(": ")


def test_sources_of_one_call_are_put_together() -> None:
    """That it ran, from one; what its input was, from another; in any order."""
    for order in (0, 1):
        comparison = Comparison()
        comparison.judged(judged("a"))
        parts = [
            {"ran": "yes", "like": Likeness.UNSHOWN, "ts": 7, "tool": ""},
            {"ran": "unknown", "like": Likeness.SAME, "ts": 5, "tool": "Bash"},
            {"ran": "no", "like": Likeness.UNSHOWN, "ts": 0, "tool": ""},
        ]
        for part in parts[::-1] if order else parts:
            comparison.said("s", "a", **part)  # type: ignore[arg-type]
        assert comparison.report().exit_code == 0
    comparison.said("s", "z", ran="yes", ts=9, tool="Read", like=Likeness.UNSHOWN)
    (found,) = comparison.report().found
    assert (found.tool, found.ts) == ("Read", 9)


def test_a_session_without_a_witness_is_not_told() -> None:
    """Neither yes nor no; and an empty comparison is no yes either."""
    comparison = Comparison()
    comparison.judged(judged("a"))
    found = comparison.report(notes=("n",))
    assert (found.silent, found.calls, found.exit_code, found.notes) == (("s",), 0, 1, ("n",))
    assert Comparison().report().exit_code == 1


def counts(*numbers: tuple[int, int], other: tuple[tuple[int, int], ...] = ()) -> list[str]:
    comparison = Comparison()
    for ts, n in numbers:
        comparison.counted("s", ts, n)
    for ts, n in other:
        comparison.counted("t", ts, n)
    return [one.why for one in comparison.report().found]


def test_the_telemetrys_own_count_shows_its_holes() -> None:
    """In the middle and at the beginning; not where a process began anew, came twice, or out of order."""
    assert counts((1, 0), (2, 1), (3, 2)) == []
    assert counts((3, 2), (1, 0), (2, 1), (2, 1)) == []
    assert counts((1, 0), (2, 1), (9, 0), (10, 1)) == []
    assert counts((1, 0), (2, 2)) == ["the telemetry's own count misses 1"]
    assert counts((1, 3), (2, 6)) == [
        "the telemetry's own count misses 0 to 2",
        "the telemetry's own count misses 4 to 5",
    ]
    assert counts((5, 2), (6, 3), other=((1, 0), (2, 1))) == [], "one process, its session cleared"


@given(st.lists(st.integers(0, 40), unique=True, min_size=1).map(sorted))
def test_the_holes_and_the_numbers_are_the_whole_count(numbers: list[int]) -> None:
    """Nothing is missed and nothing is made up."""
    comparison = Comparison()
    for n in numbers:
        comparison.counted("s", n, n)
    missed: set[int] = set()
    for one in comparison.report().found:
        first, _, last = one.why.rpartition("misses ")[2].partition(" to ")
        missed |= set(range(int(first), int(last or first) + 1))
    assert missed == set(range(max(numbers) + 1)) - set(numbers)


def test_the_gravest_comes_first() -> None:
    """Then by time."""
    found = of(judged("z", ts=1), judged("y", ts=3, answer="deny"), judged("x", ts=2, answer="deny"),
               said={"y": BOTH, "x": BOTH, "u": BOTH})  # fmt: skip
    assert [one.call for one in found.found] == ["u", "x", "y", "z"]


def test_a_copy_of_a_call_says_nothing_of_the_rest_of_its_session() -> None:
    """A forked session's transcript begins with the other's calls; that one's own may be gone."""
    comparison = Comparison()
    comparison.judged(judged("a"))
    comparison.judged(judged("b"))
    comparison.said("s", "a", ran="yes", like=Likeness.SAME, copied=True)
    found = comparison.report()
    assert (names(found), found.silent, found.calls) == ([], ("s",), 0)
    comparison.said("s", "c", ran="yes", like=Likeness.SAME, copied=True)
    assert names(comparison.report()) == [Difference.UNSEEN]
