"""The policy as one that acts: what became of its decisions moves its own trust, through real hook processes and commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from process.test_trust import Client
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
RULES: tuple[dict[str, Any], ...] = (
    {"id": "no-rm", "match": {"targetPatterns": ["rm"]}, "decision": "deny"},
    {"id": "ask-push", "match": {"effects": ["vcs.push"]}, "decision": "ask"},
)


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path, *RULES)


def bash(client: Client, call: str, command: str) -> dict[str, Any]:
    given = {"command": command, "description": "d"}
    client.feed("PreToolUse", call, "Bash", tool_input=given)
    return given


def denied(client: Client, call: str, command: str, why: str = "PreToolUse:Bash hook error: no") -> None:
    """A call that did not run, as the host's batch tells it."""
    given = bash(client, call, command)
    listed = [{"tool_use_id": call, "tool_name": "Bash", "tool_input": given, "tool_response": why}]
    client.feed("PostToolBatch", "", "", tool_calls=listed)


def runs(client: Client, call: str, command: str) -> None:
    given = bash(client, call, command)
    client.feed("PostToolUse", call, "Bash", tool_input=given, tool_response={"stdout": ""}, duration_ms=3)


def verdicts(client: Client) -> tuple[int, int]:
    """How many of the policy's decisions were right, and how many were not, by the entries that `--explain` names."""
    names = {row["entity"] for row in json.loads(client.web4("trust", "--json"))}
    if not any(name.startswith("policy:") for name in names):
        return (0, 0)
    moves = json.loads(client.web4("trust", "policy:", "--explain", "--limit", "0", "--json"))
    entries = {(row["idx"], row["good"]) for row in moves}
    assert {row["dimension"] for row in moves} == {"reliability"}
    return (sum(good for _, good in entries), sum(not good for _, good in entries))


def test_a_denial_that_nobody_lifts_and_nothing_goes_round_was_right(client: Client) -> None:
    """At the turn's end, once."""
    denied(client, "toolu_1", "rm a.txt")
    assert verdicts(client) == (0, 0)
    client.feed("Stop", "", "")
    client.feed("Stop", "", "")
    assert verdicts(client) == (1, 0)
    assert verify_ledger(str(client.home)).findings == ()


def test_a_denied_deed_that_is_done_in_another_form_was_not_stopped(client: Client) -> None:
    """The same effect by words that the rule does not see."""
    denied(client, "toolu_1", "rm a.txt")
    runs(client, "toolu_2", "ls")
    assert verdicts(client) == (0, 0)
    runs(client, "toolu_3", "find . -name a.txt -delete")
    client.feed("Stop", "", "")
    assert verdicts(client) == (0, 1)


def test_a_grant_for_what_was_denied_overrules_the_policy(client: Client) -> None:
    """A person let it through after all."""
    denied(client, "toolu_1", "rm a.txt")
    client.web4("policy", "grant", "toolu_1", "--once", "--why", "it is mine")
    assert verdicts(client) == (0, 1)


def test_a_person_who_refuses_what_was_asked_about_bears_the_question_out(client: Client) -> None:
    """The rule was right to ask."""
    denied(client, "toolu_1", "git push", REFUSED)
    assert verdicts(client) == (1, 0)


def test_a_person_who_refuses_what_was_let_through_overrides_it(client: Client) -> None:
    """The host asked by its own rules, and the person said no."""
    given = bash(client, "toolu_1", "make deploy")
    client.feed("PermissionRequest", "", "", tool_name="Bash", tool_input=given)
    listed = [{"tool_use_id": "toolu_1", "tool_name": "Bash", "tool_input": given, "tool_response": REFUSED}]
    client.feed("PostToolBatch", "", "", tool_calls=listed)
    assert verdicts(client) == (0, 1)


@pytest.mark.parametrize(("said", "right"), [("--bad", (0, 1)), ("--good", (1, 0))])
def test_what_was_let_through_and_did_harm_counts_against_it(client: Client, said: str, right: tuple[int, int]) -> None:
    """By a person's verdict on the call; a denied call's verdict is none of a permission."""
    runs(client, "toolu_1", "make deploy")
    client.web4("trust", "label", "toolu_1", said, "--why", "looked at it")
    assert verdicts(client) == right


def test_ci_says_it_too(client: Client) -> None:
    """By the exit code of what checked the session."""
    runs(client, "toolu_1", "make deploy")
    (session,) = {row["session"] for row in json.loads(client.web4("log", "--json"))}
    client.web4("trust", "label", session, "--exit-code", "1")
    assert verdicts(client) == (0, 1)


def test_another_policy_is_another_entity_with_its_place_in_line(client: Client) -> None:
    """What the old one decided is not the new one's; its identity names the one before."""
    denied(client, "toolu_1", "rm a.txt")
    client.feed("Stop", "", "")
    client.web4("anchor", "key", "--make")
    client.web4("anchor", "now")
    policy = client.home / "policy.json"
    policy.write_text(json.dumps({"rules": [RULES[0]], "defaultPolicy": "allow", "enforce": True}))
    denied(client, "toolu_2", "rm b.txt")
    client.feed("Stop", "", "")
    client.web4("anchor", "now")
    rows = json.loads(client.web4("trust", "--json"))
    assert len({row["entity"] for row in rows if row["entity"].startswith("policy:")}) == 2
    policies = [one for one in json.loads(client.web4("identity", "list", "--json")) if one["kind"] == "policy"]
    assert len(policies) == 2
    assert policies[1]["after"] == policies[0]["id"]
    client.web4("identity", "verify")
