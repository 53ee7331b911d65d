"""The field `trust`: what a rule asks, of whom, in which roles, and what it gets where nothing is known or nobody looked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.core.action import Action, Category, Deed, Effect, McpServer
from web4_governance.core.policy import Facts, LayerName, combine, judge, load, plan
from web4_governance.core.policy.standing import thousandths

if TYPE_CHECKING:
    from web4_governance.core.policy.standing import Key, Standing

    Trust = dict[Key, Standing] | None

NETWORK = Deed(effect=Effect.NET_INGRESS, categories=(Category.NETWORK,))
CURL = Deed(effect=Effect.NET_INGRESS, categories=(Category.COMMAND, Category.NETWORK))


def policy(rule: dict[str, Any], default: str = "allow") -> Any:
    document = {"rules": [rule], "defaultPolicy": default, "enforce": True}
    layer = load(json.dumps(document).encode(), file="p", format="json", layer=LayerName.USER, fetch=lambda _n: None)  # type: ignore[arg-type, return-value]
    return combine((layer,))


def action(*deeds: Deed, server: str = "") -> Action:
    return Action(tool="T", input={}, deeds=deeds, mcp=McpServer(name=server) if server else None)


def decision(trust: Trust, asked: dict[str, str], *, tightens: bool, deed: Deed = NETWORK) -> str:
    """Judge by a rule that denies but for trust, or by one that denies those who are trusted so far."""
    match: dict[str, Any] = {"categories": ["network"]}
    rule = {"match": {**match, "trust": asked}} if tightens else {"match": match, "except": {"trust": asked}}
    found = judge(policy({**rule, "decision": "deny"}), action(deed), Facts(trust=trust))
    return str(found.decision)


def known(low: int, high: int, role: str = "network", of: str = "agent") -> Trust:
    return {(of, role, "reliability"): (low, high)}


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("> 0.7", True),
        ("> 0.71", False),
        (">= 0.71", True),
        (">= 0.711", False),
        ("< 0.96", True),
        ("< 0.95", False),
        ("<= 0.95", True),
        ("<=0.949", False),
        ("unknown", False),
    ],
)
def test_more_is_asked_of_the_lower_bound_and_less_of_the_upper(asked: str, holds: bool) -> None:
    """Of bounds 0.71 and 0.95: the mean is asked by nobody."""
    trust = known(710, 950)
    assert decision(trust, {"reliability": asked}, tightens=False) == ("allow" if holds else "deny")
    assert decision(trust, {"reliability": asked}, tightens=True) == ("deny" if holds else "allow")


@pytest.mark.parametrize("asked", ["> 0", ">= 0", "< 1", "<= 1"])
def test_of_whom_nothing_is_known_no_comparison_holds(asked: str) -> None:
    """Not even the weakest: only `unknown` does."""
    nothing: Trust = {("agent", "network", "reliability"): None}
    assert decision(nothing, {"reliability": asked}, tightens=False) == "deny"
    assert decision(nothing, {"reliability": asked}, tightens=True) == "allow"
    assert decision(nothing, {"reliability": "unknown"}, tightens=True) == "deny"


@pytest.mark.parametrize("trust", [None, {}])
@pytest.mark.parametrize("asked", ["> 0", "unknown"])
def test_where_nobody_looked_the_careful_case_is_taken(trust: Trust, asked: str) -> None:
    """A rule that tightens holds, an exception does not."""
    assert decision(trust, {"reliability": asked}, tightens=False) == "deny"
    assert decision(trust, {"reliability": asked}, tightens=True) == "deny"


def test_what_loosens_needs_every_role_of_the_deed_and_what_tightens_one() -> None:
    """A command that fetches is both."""
    one = known(900, 990) or {}
    both = {**one, ("agent", "command", "reliability"): (300, 600)}
    assert decision(both, {"reliability": "> 0.7"}, tightens=False, deed=CURL) == "deny"
    assert decision(both, {"reliability": "> 0.7"}, tightens=True, deed=CURL) == "deny"
    both["agent", "command", "reliability"] = (800, 900)
    assert decision(both, {"reliability": "> 0.7"}, tightens=False, deed=CURL) == "allow"


def test_every_dimension_that_is_named_must_hold() -> None:
    """One that does not is enough against it, though another was not looked up."""
    asked = {"reliability": "> 0.7", "consistency": "> 0.7"}
    assert decision(known(100, 200), asked, tightens=True) == "allow"
    assert decision(known(900, 990), asked, tightens=True) == "deny"
    assert decision(known(900, 990), asked, tightens=False) == "deny"


def test_a_deed_without_categories_is_of_the_role_other() -> None:
    """It has one, as every call does."""
    rule = {"match": {"tools": ["T"]}, "except": {"trust": {"reliability": "> 0.7"}}, "decision": "deny"}
    found = judge(policy(rule), action(Deed(effect=None)), Facts(trust=known(900, 990, role="other")))
    assert found.decision == "allow"


RULE = {"match": {"tools": ["T"]}, "except": {"trust": {"reliability": "> 0.7"}}, "decision": "deny"}


def test_a_call_of_a_server_asks_for_the_server_and_any_other_for_the_agent() -> None:
    """Unless the rule says of whom."""
    assert plan(policy(RULE), action(NETWORK)).trust == (("agent", "network", "reliability"),)
    assert plan(policy(RULE), action(NETWORK, server="db")).trust == (("server", "network", "reliability"),)
    rule = {**RULE, "except": {"trust": {"reliability": "> 0.7", "of": "session"}}}
    assert plan(policy(rule), action(CURL, server="db")).trust == (
        ("session", "command", "reliability"),
        ("session", "network", "reliability"),
    )
    trust = known(900, 990, of="server")
    assert judge(policy(RULE), action(NETWORK, server="db"), Facts(trust=trust)).decision == "allow"
    assert judge(policy(RULE), action(NETWORK), Facts(trust=trust)).decision == "deny"


def test_nothing_is_looked_up_for_a_call_that_no_such_rule_could_speak_of() -> None:
    """Other tools cost nothing."""
    rule = {**RULE, "match": {"tools": ["Other"]}}
    assert plan(policy(rule), action(NETWORK)).trust == ()
    rule = {**RULE, "except": {"trust": {"reliability": "> 0.7"}, "tools": ["Other"]}}
    assert plan(policy(rule), action(NETWORK)).trust == ()


def test_an_allow_by_trust_lifts_a_default() -> None:
    """And nothing else: it needs to be sure."""
    rule = {"match": {"trust": {"reliability": "> 0.7"}}, "decision": "allow"}
    for trust, expected in ((known(900, 990), "allow"), (known(600, 990), "deny"), (None, "deny")):
        assert judge(policy(rule, "deny"), action(NETWORK), Facts(trust=trust)).decision == expected


def test_the_reason_says_what_was_asked_of_trust() -> None:
    """So that a denial does not read as if it could not be lifted."""
    (reason,) = judge(policy(RULE), action(NETWORK), Facts()).reasons
    assert "not trusted so far" in reason
    assert "reliability > 0.7" in reason


def test_facts_made_by_hand_may_name_a_dimension_alone() -> None:
    """Whoever acts, in whatever role."""
    assert decision({("", "", "reliability"): (800, 800)}, {"reliability": "> 0.7"}, tightens=False) == "allow"


@pytest.mark.parametrize(
    ("text", "found"),
    [("0", 0), ("0.7", 700), ("0.705", 705), ("1", 1000), ("1.0", 1000), ("0.12", 120)],
)
def test_numbers_are_thousandths(text: str, found: int) -> None:
    """With up to three decimals."""
    assert thousandths(text) == found


@pytest.mark.parametrize("text", ["", "2", "1.001", "0.7055", ".7", "0.", "-0.1", "0.x", "70%", "0.\u0667", "1e-1"])
def test_what_is_no_number_from_zero_to_one_is_none(text: str) -> None:
    """Nothing is rounded and nothing guessed."""
    assert thousandths(text) == -1
