"""Answers in Claude Code's words: silence, one JSON line, or exit 2 with a reason on stderr."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.agents.claude_code import render
from web4_governance.agents.claude_code.answer import MAX_TEXT
from web4_governance.agents.reply import Answer, Reply


def spoken(reply: Reply) -> Any:
    """Give the one JSON line of a reply that blocks nothing."""
    assert (reply.exit_code, reply.stderr) == (0, b"")
    assert reply.stdout.endswith(b"\n")
    assert reply.stdout.count(b"\n") == 1
    return json.loads(reply.stdout)


def test_allow_is_silence() -> None:
    """The host's own permission flow still applies."""
    assert render(Answer(decision="allow", event="PreToolUse")) == Reply()


def test_nothing_to_say_is_silence() -> None:
    """An event that decides nothing is not answered."""
    assert render(Answer(event="PostToolUse")) == Reply()


def test_host_allow_answers_allow() -> None:
    """Only where the policy says so, the host is told not to ask."""
    specific = spoken(render(Answer(decision="allow", event="PreToolUse", host_allow=True)))["hookSpecificOutput"]
    assert (specific["hookEventName"], specific["permissionDecision"]) == ("PreToolUse", "allow")


def test_host_allow_is_only_for_the_gate() -> None:
    """No other event carries a permission."""
    assert render(Answer(decision="allow", event="PostToolUse", host_allow=True)) == Reply()


def test_warn_speaks_to_both_and_permits_nothing() -> None:
    """The person sees a line, the agent gets the reason, and the host's flow goes on."""
    body = spoken(render(Answer(decision="warn", reason="careful", message="watch", event="PreToolUse")))
    assert body == {
        "systemMessage": "watch",
        "hookSpecificOutput": {"hookEventName": "PreToolUse", "additionalContext": "careful"},
    }


def test_ask_is_one_line_with_the_reason() -> None:
    """The reason stands in the host's own dialog."""
    body = spoken(render(Answer(decision="ask", reason="why", event="PreToolUse")))
    assert body["hookSpecificOutput"] == {
        "hookEventName": "PreToolUse",
        "permissionDecision": "ask",
        "permissionDecisionReason": "why",
    }
    assert spoken(render(Answer(decision="ask", event="PreToolUse")))["hookSpecificOutput"]["permissionDecisionReason"]


def test_deny_is_exit_2_with_the_reason_on_stderr_and_nothing_on_stdout() -> None:
    """The one form that blocks in every version of the host."""
    reply = render(Answer(decision="deny", reason="not that", message="m", event="PreToolUse"))
    assert reply == Reply(exit_code=2, stdout=b"", stderr=b"not that\n")


def test_deny_is_never_mute() -> None:
    """Some hosts let a call run whose denial has no text."""
    assert render(Answer(decision="deny", event="PreToolUse")).stderr.strip()


def test_deny_of_a_permission_request_is_json() -> None:
    """There the host ignores exit codes."""
    body = spoken(render(Answer(decision="deny", reason="no", event="PermissionRequest")))
    assert body["hookSpecificOutput"] == {
        "hookEventName": "PermissionRequest",
        "decision": {"behavior": "deny", "message": "no"},
    }


def test_a_session_can_be_greeted() -> None:
    """Context for the agent and a line for the person."""
    body = spoken(render(Answer(reason="you are governed", message="policy broken", event="SessionStart")))
    assert body == {
        "systemMessage": "policy broken",
        "hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": "you are governed"},
    }


def test_context_goes_only_where_the_host_takes_it() -> None:
    """A field that an event does not know would make the host drop the whole answer."""
    assert spoken(render(Answer(reason="r", message="bye", event="SessionEnd"))) == {"systemMessage": "bye"}
    assert render(Answer(reason="r", event="SessionEnd")) == Reply()


@pytest.mark.parametrize("decision", ["warn", "ask", "deny"])
def test_a_long_text_is_cut(decision: str) -> None:
    """Past its limit the host writes a text to a file and shows the file's name."""
    reply = render(Answer(decision=decision, reason="x" * 100_000, message="y" * 100_000, event="PreToolUse"))
    assert len(reply.stdout + reply.stderr) < 3 * MAX_TEXT


@given(
    decision=st.sampled_from(["", "allow", "warn", "ask", "deny"]),
    reason=st.text(),
    message=st.text(),
    event=st.sampled_from(["PreToolUse", "PostToolUse", "SessionStart", "PermissionRequest", "Stop", "Other"]),
)
def test_a_reply_is_silence_or_one_valid_line_or_a_denial(decision: str, reason: str, message: str, event: str) -> None:
    """Whatever the texts hold, no reply is half JSON, and a denial on the gate always blocks."""
    reply = render(Answer(decision=decision, reason=reason, message=message, event=event))
    if reply.exit_code:
        assert (reply.exit_code, reply.stdout) == (2, b"")
        assert reply.stderr.endswith(b"\n")
        assert decision == "deny"
        return
    assert decision != "deny" or event == "PermissionRequest"
    if reply.stdout:
        body = spoken(reply)
        assert body.get("hookSpecificOutput", {"hookEventName": event})["hookEventName"] == event


def test_lone_surrogates_in_a_reason_do_not_break_the_answer() -> None:
    """A reason may quote a command that quotes anything."""
    assert render(Answer(decision="deny", reason="a\ud800b", event="PreToolUse")).exit_code == 2
    assert spoken(render(Answer(decision="warn", reason="a\ud800b", event="PreToolUse")))
