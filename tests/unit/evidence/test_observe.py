"""What one recorded call shows of whoever made it: effects, places, ends, and the names of those who acted."""

from __future__ import annotations

from typing import Any

import pytest

from web4_governance.core.evidence.observe import (
    Deeds,
    Observation,
    deeds_of,
    of_intent,
    of_outcome,
    roles_of,
    unfinished,
    weight_of,
)
from web4_governance.core.evidence.subjects import agent_name, entities, parts_of, policy_name, server_name
from web4_governance.core.trust.tensor import Dimension

PLAIN = Deeds(stake=1000, changes=True, runs=False, opaque=False, tampers=False, inside=None)


def intent(*deeds: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "agent": "claude-code",
        "session": "s-1",
        "request": {"deeds": list(deeds), "categories": ["file_write"], **more.pop("request", {})},
        "rules": {"decision": more.pop("decision", "allow")},
        "role": more.pop("role", {}),
        **more,
    }


def ended(status: str, **more: Any) -> dict[str, Any]:
    return {"result": {"status": status, **more}}


def told(found: list[Observation]) -> dict[str, bool]:
    return {str(one.dimension): one.good for one in found}


@pytest.mark.parametrize(
    ("effects", "stake", "changes"),
    [
        (["file.read"], 300, False),
        ([], 300, False),
        (["file.read", "file.write"], 1000, True),
        (["code.run"], 1000, True),
        (["file.write", "vcs.push"], 2000, True),
    ],
)
def test_the_stake_is_that_of_the_heaviest_deed(effects: list[str], stake: int, changes: bool) -> None:
    """Reading earns little, changing more, and what cannot be taken back most."""
    found = deeds_of(intent(*({"effect": effect} for effect in effects)))
    assert (found.stake, found.changes) == (stake, changes)
    assert found.runs == ("code.run" in effects)


@pytest.mark.parametrize(
    ("places", "inside"),
    [
        (["project"], True),
        (["project", "temporary", "artefact"], True),
        (["project", "home"], False),
        (["unknown"], None),
        ([], None),
    ],
)
def test_a_call_is_inside_if_every_place_that_is_known_is(places: list[str], inside: bool | None) -> None:
    """One place outside is enough; what is not known says nothing."""
    assert deeds_of(intent(*({"effect": "file.write", "place": place} for place in places))).inside is inside


def test_a_request_without_deeds_is_read_as_none() -> None:
    """An entry of another hand is no reason to stop."""
    assert deeds_of({"request": {"deeds": "none"}}) == Deeds(
        stake=300, changes=False, runs=False, opaque=False, tampers=False, inside=None
    )
    assert roles_of({"request": {}}) == ("other",)
    assert roles_of(intent()) == ("file_write",)


def test_the_same_action_is_worth_a_fifth_less_each_time_down_to_a_tenth() -> None:
    """What is done over and over shows nothing new."""
    assert [weight_of(1000, n) for n in (1, 2, 3, 4)] == [1000, 800, 640, 512]
    assert weight_of(1000, 12) == weight_of(1000, 500) == 100
    assert weight_of(300, 500) == 30


def test_a_plain_call_is_transparent_and_consistent() -> None:
    """And says nothing of relevance where no place is known and no rule spoke."""
    found = of_intent(intent(), PLAIN, weight=1000, retried=False)
    assert told(found) == {"transparency": True, "consistency": True}


@pytest.mark.parametrize(("opaque", "tampers", "weight"), [(True, False, 500), (False, True, 4000), (True, True, 4000)])
def test_what_hides_or_reaches_for_the_gate_is_not_transparent(opaque: bool, tampers: bool, weight: int) -> None:
    """An attempt on the gate weighs four units, however often it was made before."""
    deeds = Deeds(stake=1000, changes=True, runs=False, opaque=opaque, tampers=tampers, inside=None)
    found = of_intent(intent(), deeds, weight=500, retried=False)[0]
    assert found == Observation(dimension=Dimension.TRANSPARENCY, good=False, weight=weight)


def test_the_same_call_again_after_it_failed_is_not_consistent() -> None:
    """Nothing had changed in between."""
    assert told(of_intent(intent(), PLAIN, weight=1000, retried=True))["consistency"] is False


@pytest.mark.parametrize(
    ("inside", "decision", "relevant"),
    [(True, "allow", True), (False, "allow", False), (True, "warn", False), (None, "deny", False)],
)
def test_relevance_is_to_stay_inside_and_within_the_policy(inside: bool | None, decision: str, relevant: bool) -> None:
    """Either of the two is enough against it."""
    deeds = Deeds(stake=1000, changes=True, runs=False, opaque=False, tampers=False, inside=inside)
    assert told(of_intent(intent(decision=decision), deeds, weight=1000, retried=False))["relevance"] is relevant


def test_a_decision_that_trust_led_to_says_nothing_about_trust() -> None:
    """Or an agent that is not trusted yet would be shut out for being shut out."""
    body = intent(decision="deny", role={"trust": {"size": 5}})
    assert "relevance" not in told(of_intent(body, PLAIN, weight=1000, retried=False))


def test_a_success_is_complete_and_reliable_and_timely_if_that_is_known() -> None:
    """Three dimensions, of which one needs a comparison."""
    assert told(of_outcome(ended("succeeded"), weight=1, slow=None)) == {"completeness": True, "reliability": True}
    assert told(of_outcome(ended("succeeded"), weight=1, slow=True))["timeliness"] is False


def test_a_failure_is_complete_and_not_reliable() -> None:
    """It came to an end that was seen."""
    found = told(of_outcome(ended("failed", error_class="exit-code"), weight=1, slow=False))
    assert found == {"completeness": True, "reliability": False, "timeliness": True}


@pytest.mark.parametrize("error", ["timeout", "permission", "interrupted"])
def test_a_failure_of_the_surroundings_says_nothing_of_reliability(error: str) -> None:
    """It is nobody's, or somebody else's."""
    assert told(of_outcome(ended("failed", error_class=error), weight=1, slow=None)) == {"completeness": True}


@pytest.mark.parametrize("status", ["denied", "interrupted", "started"])
def test_what_was_not_let_come_to_its_end_says_nothing(status: str) -> None:
    """Neither for nor against."""
    assert of_outcome(ended(status), weight=1, slow=None) == []


def test_an_edit_that_takes_an_earlier_one_back_is_not_consistent() -> None:
    """The gate says so in the outcome's flags."""
    assert told(of_outcome(ended("succeeded", flags=["reverted"]), weight=1, slow=None))["consistency"] is False
    assert "consistency" not in told(of_outcome(ended("succeeded", flags=["input-changed"]), weight=1, slow=None))


def test_what_was_never_seen_to_end_is_not_complete() -> None:
    """One observation against it."""
    assert unfinished(700) == Observation(dimension=Dimension.COMPLETENESS, good=False, weight=700)


def test_an_intent_names_operator_session_and_agent() -> None:
    """A main agent has no instance of its own beside the session."""
    assert entities(intent(), model="m-1") == {
        "operator": "operator",
        "session": "session:s-1",
        "agent": "agent:claude-code/main/m-1",
    }


def test_a_subagent_is_its_definition_and_an_instance() -> None:
    """The definition lives on in the next session, the instance does not."""
    found = entities(intent(role={"agent_id": "a1", "agent_type": "Explore"}))
    assert found["subagent"] == "subagent:s-1/a1"
    assert found["agent"] == "agent:claude-code/Explore/unknown"


def test_a_call_of_a_server_is_the_servers_too() -> None:
    """By name and source, or by what the entry says that it is bound to."""
    request = {"mcp": {"name": "db", "source": "project"}}
    assert entities(intent(request=request))["server"] == "server:db/project"
    bound = {"entities": {"agent": "agent:x", "server": "server:db/project#12"}}
    found = entities(intent(request=request, role=bound))
    assert (found["agent"], found["server"]) == ("agent:x", "server:db/project#12")
    assert entities(intent(request={"mcp": {"name": "db"}}))["server"] == "server:db/unknown"


@pytest.mark.parametrize(
    ("name", "kind", "parts"),
    [
        (
            agent_name("h/1", "", "m#2", "ab" * 32),
            "agent",
            {"host": "h/1", "type": "main", "model": "m#2", "digest": "ab" * 16},
        ),
        (server_name("a%b", ""), "server", {"name": "a%b", "source": "unknown"}),
        ("session:s/1#2", "session", {"session": "s/1#2"}),
        ("subagent:s/1/a", "subagent", {"session": "s/1", "agent_id": "a"}),
        ("operator", "", {}),
        (policy_name("sha256:" + "cd" * 32), "", {}),
    ],
)
def test_a_name_is_taken_apart_into_what_it_was_made_of(name: str, kind: str, parts: dict[str, str]) -> None:
    """Whatever signs were in its words; of a name that is not made of words, nothing."""
    assert parts_of(name) == (kind, parts)


def test_another_model_definition_or_command_is_another_name() -> None:
    """And a slash or a hash in a name makes no other name of it."""
    names = {
        agent_name("claude-code", "", "m-1"),
        agent_name("claude-code", "", "m-2"),
        agent_name("claude-code", "", "m-1", "ab" * 32),
        agent_name("claude-code", "", "m-1", "cd" * 32),
        agent_name("claude-code/main", "m-1", ""),
        agent_name("claude-code", "", "m-1#abababababababab"),
        server_name("a", "b"),
        server_name("a/b", ""),
    }
    assert len(names) == 8
