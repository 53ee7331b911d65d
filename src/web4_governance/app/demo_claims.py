"""What must hold of a demo run: claims in plain words, each with whether it does. They know what was recorded, not how."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from web4_governance.app.demo import Played
    from web4_governance.core.record.r6 import Record

    Claim: TypeAlias = tuple[str, bool]

DENIED = 2
DESTRUCTIVE = "rm -rf ./build ~/"
SUBAGENT_CALLS = 2
EXPECTED = [
    ("Read", "allow", "succeeded"),
    ("Bash", "deny", "denied"),
    ("Bash", "allow", "succeeded"),
    ("Bash", "allow", "succeeded"),
    ("Bash", "allow", "failed"),
    ("mcp__tracker__comment", "allow", "succeeded"),
    ("Agent", "allow", "succeeded"),
    ("Bash", "allow", "succeeded"),
    ("Write", "allow", "succeeded"),
]


def claims_about_answers(played: tuple[Played, ...]) -> tuple[Claim, ...]:
    """Say what must hold of what the agent heard."""
    denied = [one for one in played if one.code]
    gates = [one for one in played if one.event["hook_event_name"] == "PreToolUse"]
    mention = [one for one in gates if str(one.event["tool_input"].get("command", "")).startswith("echo ")]
    text = denied[0].stderr if denied else ""
    return (
        ("every other hook process exits 0", len(denied) == 1),
        (
            "the deletion of the home is answered with exit 2",
            _commands(denied) == [DESTRUCTIVE] and denied[0].code == DENIED,
        ),
        ("its standard output is empty, and standard error says why", bool(text) and not denied[0].stdout),
        ("a command that only mentions it runs without a word", [one.code or one.stdout for one in mention] == [""]),
    )


def claims_about_records(records: list[Record]) -> tuple[Claim, ...]:
    """Say what must hold of what was recorded."""
    ends = [(record.tool, record.decision, record.status) for record in records]
    denied = [record for record in records if record.status == "denied"]
    children = [record for record in records if record.role.agent_id]
    makers = [record for record in records if record.result.child_agent]
    return (
        ("nine calls are recorded, each once and each with its end", ends == EXPECTED),
        ("the denied one was denied by the gate, under a rule", _by_the_gate(denied)),
        ("it says what the person wanted", all(record.request.prompt for record in records)),
        ("it says what the agent said before", all(record.request.words for record in denied)),
        ("tokens and model come from the transcript", all(r.resource.tokens and r.resource.model for r in records)),
        (
            "the subagent's calls stand under the call that made it",
            [(child.role.parent or {}).get("call") for child in children] == [makers[0].request.call] * SUBAGENT_CALLS
            if makers
            else False,
        ),
    )


def _commands(played: list[Played]) -> list[str]:
    return [str(one.event["tool_input"].get("command")) for one in played]


def _by_the_gate(denied: list[Record]) -> bool:
    return len(denied) == 1 and denied[0].result.denied_by == "gate" and bool(denied[0].rules.matched)
