"""Each property holds by its cause alone: take the cause away, and it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.core.ledger.assurance import (
    AnchoredAt,
    Chain,
    Committed,
    Keys,
    Observed,
    Owner,
    Property,
    Reconciled,
    Sandbox,
    Took,
    alone,
    evaluate,
)
from web4_governance.core.value import replace

if TYPE_CHECKING:
    from web4_governance.core.ledger.assurance import Assurance

MINUTE = 60_000_000
ALL = Observed(
    now_us=10 * MINUTE,
    size=100,
    tail_us=10 * MINUTE - 1,
    chain=Chain(checked=True),
    keys=Keys(epochs=3, pinned_at="/etc/x"),
    sandbox=Sandbox(gaps=()),
    owner=Owner(ledger_uid=7, asking_uid=8, can_write=False, can_read_key=False),
    asked=True,
    took=(Took(anchor="git"),),
    anchored=(AnchoredAt(anchor="git", size=90, stateful=True), AnchoredAt(anchor="old", size=50, stateful=True)),
    committed=Committed(rules=1, managed_only=True, asked=("git",)),
    reconciled=Reconciled(ts=MINUTE, exit_code=0, by=("telemetry",), since=2),
)


def cause(found: Assurance, name: str) -> str:
    return next(claim.cause for claim in found.claims if claim.name == name)


def test_with_every_cause_every_property_holds() -> None:
    """And each says why, and what it still does not cover."""
    found = evaluate(ALL)
    assert list(found.holds) == [str(name) for name in Property]
    assert [text.partition(":")[0] for text in found.not_covered] == [f"beyond {name}" for name in Property]
    assert "`git` holds the head at 90, 10 entries came since" in found.holds["G4"]
    assert "9 min ago, 2 calls came since: nothing was amiss" in found.holds["G6"]


def test_with_nothing_seen_nothing_holds() -> None:
    """No constant stands in for a look."""
    found = evaluate(Observed(now_us=0))
    assert found.holds == {}
    assert [text[:3] for text in found.not_covered] == [f"{name}:" for name in Property]


@pytest.mark.parametrize(
    ("taken", "gone", "why"),
    [
        ({"chain": Chain(fault="cut")}, "G0", "cut"),
        ({"keys": Keys(epochs=0, pinned_at="/etc/x")}, "G1", "no epoch keys"),
        ({"keys": Keys(epochs=1, pinned_at="/etc/x")}, "G1", "no epoch is closed"),
        ({"keys": Keys(epochs=3, left=1, pinned_at="/etc/x")}, "G1", "still there"),
        ({"keys": Keys(epochs=3)}, "G1", "pinned nowhere"),
        ({"sandbox": Sandbox(gaps=("one", "two"))}, "G2", "one, and 1 more"),
        ({"sandbox": Sandbox(gaps=("one",))}, "G2", "one"),
        ({"owner": Owner()}, "G3", "not seen"),
        ({"owner": replace(ALL.owner, asking_uid=7)}, "G3", "own"),
        ({"owner": replace(ALL.owner, can_write=True)}, "G3", "can write the ledger"),
        ({"owner": replace(ALL.owner, can_read_key=True)}, "G3", "can read its key"),
        ({"anchored": (AnchoredAt(anchor="git", size=30, stateful=True),)}, "G4", "70 entries back"),
        ({"now_us": 12 * MINUTE}, "G4", "wait for an anchor"),
        ({"committed": Committed(managed_only=True)}, "G5", "commitBeforeAct"),
        ({"committed": Committed(rules=1)}, "G5", "not managed"),
        ({"committed": replace(ALL.committed, asked=())}, "G5", "wait for an anchor with state"),
        ({"committed": replace(ALL.committed, asked=("elsewhere",))}, "G5", "wait for an anchor with state"),
        ({"reconciled": Reconciled()}, "G6", "on record"),
        ({"reconciled": replace(ALL.reconciled, exit_code=1)}, "G6", "could not tell"),
    ],
)
def test_each_property_goes_with_its_cause_and_no_other_does(taken: dict[str, Any], gone: str, why: str) -> None:
    """The one whose cause is taken, and it says which."""
    found = evaluate(replace(ALL, **taken))
    assert [claim.name for claim in found.claims if not claim.holds] == [gone]
    assert why in cause(found, gone)
    assert any(text.startswith(f"{gone}: ") for text in found.not_covered)


@pytest.mark.parametrize(
    ("anchored", "why"),
    [
        ((), "no anchor holds"),
        ((AnchoredAt(anchor="tsa", size=100),), "could take back hold a head: `tsa`"),
        ((AnchoredAt(anchor="other", size=101, stateful=True),), "more entries than are here"),
    ],
)
def test_a_record_before_the_act_needs_an_anchor_with_state(anchored: tuple[AnchoredAt, ...], why: str) -> None:
    """G5 goes with G4's anchor."""
    found = evaluate(replace(ALL, anchored=anchored))
    assert [str(claim.name) for claim in found.claims if not claim.holds] == ["G4", "G5"]
    assert why in cause(found, "G4")


def test_a_head_over_everything_waits_for_nothing() -> None:
    """However old it is."""
    whole = (AnchoredAt(anchor="git", size=100, stateful=True),)
    assert "G4" in evaluate(replace(ALL, anchored=whole, now_us=10**9 * MINUTE)).holds


@pytest.mark.parametrize(("span", "said"), [(5, "5 min ago"), (150, "2 h ago"), (3000, "2 d ago")])
def test_a_reconciliation_says_how_old_it_is(span: int, said: str) -> None:
    """And what it found."""
    done = replace(ALL.reconciled, ts=ALL.now_us - span * MINUTE, exit_code=2)
    text = evaluate(replace(ALL, reconciled=done)).holds["G6"]
    assert said in text
    assert "differences are on record" in text


def test_entries_alone_say_nothing_of_the_rest() -> None:
    """Neither that it holds nor that it does not: it was not looked at."""
    found = alone(Chain(checked=True), "a file alone")
    assert list(found.holds) == ["G0"]
    assert all(text.endswith("(a file alone)") for text in found.not_covered if text[0] == "G")
    assert alone(Chain(fault="cut"), "a file alone").holds == {}


def test_witnesses_that_the_log_policy_asks_for_are_waited_for_too() -> None:
    """They sign what they hold."""
    asked = replace(ALL.committed, asked=(), quorum=True)
    assert "G5" in evaluate(replace(ALL, committed=asked)).holds


@pytest.mark.parametrize(
    ("took", "said"),
    [
        ((Took(anchor="a"), Took(anchor="b")), "none has taken a head yet"),
        (
            (Took(anchor="a", size=98, ts=5 * MINUTE), Took(anchor="b", size=9, ts=0, stateful=True)),
            "`b` took the head at 9 10 min ago, 91",
        ),
        (
            (Took(anchor="a", size=98, ts=5 * MINUTE),),
            "`a` took the head at 98 5 min ago, 2 entries came since, and it keeps",
        ),
        ((Took(anchor="a", size=101, stateful=True),), "which is more than the 100 entries that are here"),
    ],
)
def test_anchors_that_were_not_asked_are_told_of_by_their_receipts(took: tuple[Took, ...], said: str) -> None:
    """Neither that they hold a head nor that they do not; of G5 too, where nothing else is missing."""
    found = evaluate(replace(ALL, asked=False, anchored=(), took=took))
    missing = [text for text in found.not_covered if text.startswith(("G4: ", "G5: "))]
    assert len(missing) == 2
    assert all("was not asked now" in text and said in text for text in missing)
    found = evaluate(replace(ALL, asked=False, anchored=(), took=took, committed=Committed()))
    assert any(text.startswith("G5: no record is held elsewhere") for text in found.not_covered)
