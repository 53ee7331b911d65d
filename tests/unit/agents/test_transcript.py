"""What the client's transcript tells: words, tokens, and the end of calls that no event closed. Recorded, then trimmed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.agents.claude_code import (
    cost_of,
    ending_in,
    last_words,
    parent_of,
    parent_path,
    permission_of,
    transcript_path,
    words_before,
)
from web4_governance.agents.claude_code.transcript import result_of
from web4_governance.agents.transcript import Parent, Words
from web4_governance.core.event import DeniedBy, Status

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "claude-code", "transcripts")
CALL = "toolu_main_0_0"
USAGE = (("input_tokens", 100), ("output_tokens", 20), ("cache_read_tokens", 0), ("cache_write_tokens", 0))


def recorded(name: str) -> bytes:
    """Give a recorded transcript."""
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def said(*blocks: dict[str, Any], message: str = "m", **more: Any) -> bytes:
    """Make one assistant line."""
    body = {"type": "assistant", "message": {"id": message, "model": "x", "content": list(blocks), **more}}
    return json.dumps(body, separators=(",", ":")).encode()


def text(words: str) -> dict[str, Any]:
    """Make a text block."""
    return {"type": "text", "text": words}


def use(call: str) -> dict[str, Any]:
    """Make a tool_use block."""
    return {"type": "tool_use", "id": call, "name": "Bash", "input": {}}


def test_the_words_before_a_call_are_those_of_its_own_message() -> None:
    """Text, message id, model and tokens, each once, though the client repeats the usage on every line."""
    assert words_before(recorded("mixed.jsonl"), CALL) == Words(
        text="I will list the files first.", message="msg_main_0", model="claude-opus-5-5", usage=USAGE
    )
    last = words_before(recorded("mixed.jsonl"), "toolu_main_1_7")
    assert last == Words(text="Now several.", message="msg_main_1", model="claude-opus-5-5", usage=USAGE)


def test_a_subagents_words_are_in_its_own_transcript() -> None:
    """The main transcript does not hold a subagent's calls."""
    assert words_before(recorded("subagent-main.jsonl"), "toolu_s1_0_0") is None
    found = words_before(recorded("subagent.jsonl"), "toolu_s1_0_0")
    assert found is not None
    assert found.text == "sub words"


def test_words_that_are_not_written_yet_are_not_there() -> None:
    """The client writes late: the call that is about to run may be missing."""
    assert words_before(b"", "c") is None
    assert words_before(recorded("mixed.jsonl"), "toolu_other") is None


def test_words_after_the_call_are_not_before_it() -> None:
    """Only what was said up to the call is the reason for it."""
    tail = said(text("one"), use("a"), text("two"), use("b"), text("three"))
    first, second = words_before(tail, "a"), words_before(tail, "b")
    assert first is not None
    assert second is not None
    assert (first.text, second.text) == ("one", "one\ntwo")


def test_a_message_on_several_lines_is_one_and_its_usage_the_largest() -> None:
    """An early line may carry a count that was not final."""
    tail = b"\n".join(
        [
            said(text("one"), usage={"output_tokens": 1}),
            said(text("other"), message="n"),
            said(use("a"), usage={"output_tokens": 9}),
            said(text("late"), usage={"output_tokens": 8}),
        ]
    )
    assert words_before(tail, "a") == Words(text="one", message="m", model="x", usage=(("output_tokens", 9),))


def test_a_message_without_an_id_is_its_own() -> None:
    """Nothing is joined by an absent name."""
    tail = said(text("far"), message="") + b"\n" + said(text("near"), use("a"), message="")
    found = words_before(tail, "a")
    assert found is not None
    assert found.text == "near"


def test_only_the_agent_speaks_as_the_agent() -> None:
    """A person's line that looks like a call is none."""
    line = said(text("forged"), use("a")).replace(b'"type":"assistant"', b'"type":"user","was":"assistant"')
    assert words_before(line, "a") is None


def test_the_last_words_are_those_of_the_last_message() -> None:
    """What the agent said at the end of its turn."""
    found = last_words(recorded("mixed.jsonl"))
    assert found is not None
    assert (found.text, found.message) == ("bye", "msg_main_2")
    assert last_words(b'{"type":"user","message":{"role":"assistant"}}') is None


@pytest.mark.parametrize(
    "garbage",
    [
        b'alf a line "assistant"}\n',
        b'"assistant" not json\n',
        b"\xff\xfe\x00\n",
        b'["assistant"]\n',
        b"\n\n",
        b"[" * 90_000 + b'"assistant"\n',
    ],
)
def test_lines_that_cannot_be_read_are_passed_over(garbage: bytes) -> None:
    """A tail begins anywhere, and other lines may be anything."""
    found = words_before(garbage + recorded("mixed.jsonl") + garbage, CALL)
    assert found is not None
    assert found.text == "I will list the files first."


def test_a_line_of_megabytes_is_a_line() -> None:
    """A large Write stands in the transcript too."""
    found = words_before(said(text("big"), {**use("a"), "input": {"content": "x" * (4 << 20)}}), "a")
    assert found is not None
    assert found.text == "big"


@pytest.mark.parametrize(
    ("name", "call", "status", "denied_by", "error_class"),
    [
        ("mixed.jsonl", "toolu_main_0_0", Status.SUCCEEDED, None, ""),
        ("mixed.jsonl", "toolu_main_1_0", Status.FAILED, None, "exit-code"),
        ("mixed.jsonl", "toolu_main_1_1", Status.FAILED, None, "not-found"),
        ("mixed.jsonl", "toolu_main_1_2", Status.FAILED, None, "unknown-tool"),
        ("mixed.jsonl", "toolu_main_1_3", Status.FAILED, None, "invalid-input"),
        ("mixed.jsonl", "toolu_main_1_5", Status.DENIED, DeniedBy.GATE, "permission"),
        ("mixed.jsonl", "toolu_main_1_6", Status.DENIED, DeniedBy.GATE, "permission"),
        ("mixed.jsonl", "toolu_main_1_7", Status.DENIED, DeniedBy.HOST_RULE, "permission"),
        ("refused.jsonl", CALL, Status.DENIED, DeniedBy.PERSON, "permission"),
        ("refused-with-words.jsonl", CALL, Status.DENIED, DeniedBy.PERSON, "permission"),
        ("needs-approval.jsonl", CALL, Status.DENIED, DeniedBy.HOST_RULE, "permission"),
        ("host-rule.jsonl", CALL, Status.DENIED, DeniedBy.HOST_RULE, "permission"),
        ("classifier.jsonl", CALL, Status.DENIED, DeniedBy.CLASSIFIER, "permission"),
        ("interrupted.jsonl", CALL, Status.INTERRUPTED, None, "interrupted"),
        ("stopped-headless.jsonl", CALL, Status.INTERRUPTED, None, "interrupted"),
        ("terminated.jsonl", CALL, Status.FAILED, None, "exit-code"),
        ("accepted.jsonl", CALL, Status.SUCCEEDED, None, ""),
    ],
)
def test_the_transcript_says_how_a_call_ended(
    name: str, call: str, status: Status, denied_by: DeniedBy | None, error_class: str
) -> None:
    """A refusal, an interruption and a denial look alike to a reader in a hurry; each is told apart."""
    found = ending_in(recorded(name), call)
    assert found is not None
    assert (found.status, found.denied_by, found.error_class) == (status, denied_by, error_class)


def test_a_killed_session_does_not_know_how_its_call_ended() -> None:
    """What the client writes when it resumes is no evidence: the call stays unclosed."""
    found = result_of(recorded("killed-and-resumed.jsonl"), CALL)
    assert found is not None
    assert found.denial == "interrupted"
    assert ending_in(recorded("killed-and-resumed.jsonl"), CALL) is None


def test_a_call_without_a_result_has_no_end_yet() -> None:
    """Absence proves nothing."""
    assert ending_in(b"", CALL) is None
    assert ending_in(recorded("mixed.jsonl"), "toolu_other") is None


def test_a_repeated_result_in_another_kind_of_line_is_no_result() -> None:
    """The client writes its requests down too, and those repeat results without what belongs to them."""
    line = b'{"type":"api-request-blob","message":{"content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}}'
    assert ending_in(line, "a") is None


def test_a_cancelled_call_was_interrupted() -> None:
    """The client's other word for a call that it stopped."""
    body = {"type": "user", "toolDenialKind": "cancelled", "permissionDecision": "odd"}
    line = {**body, "message": {"content": ["odd", {"type": "tool_result", "tool_use_id": "a", "content": [3]}]}}
    found = ending_in(json.dumps(line).encode(), "a")
    assert found is not None
    assert found.status is Status.INTERRUPTED


def test_the_transcript_says_who_let_a_call_through() -> None:
    """A person's yes, or the mode."""
    assert permission_of(recorded("accepted.jsonl"), CALL) == ("user_temporary", "hook:PreToolUse")
    assert permission_of(recorded("mixed.jsonl"), CALL) == ("config", "mode")
    assert permission_of(recorded("refused-with-words.jsonl"), CALL) == ("", "")
    assert permission_of(b"", CALL) == ("", "")


@pytest.mark.parametrize(
    ("cost", "micro"),
    [
        ("0.0024000000000000002", 2400),
        ("12", 12_000_000),
        ("0.5", 500_000),
        ('"x"', -1),
        ("true", -1),
        ("null", -1),
        ("-1.5", -1),
        ("1e-7", 0),
    ],
)
def test_the_cost_is_in_micro_dollars(cost: str, micro: int) -> None:
    """The last statement counts; what is no number is no cost."""
    assert (
        cost_of(b'{"type":"cost-state","totalCostUSD":7}\n{"type":"cost-state","totalCostUSD":%s}' % cost.encode())
        == micro
    )


def test_a_transcript_that_does_not_say_has_no_cost() -> None:
    """Nothing is estimated here."""
    assert cost_of(recorded("mixed.jsonl")) == 2400
    assert cost_of(b"") == -1
    assert cost_of(b'{"type":"user","x":"cost-state"}') == -1


def test_each_agent_has_its_transcript() -> None:
    """The main agent's is the one that events name, a subagent's lies beside it."""
    assert transcript_path("/p/s.jsonl", "") == "/p/s.jsonl"
    assert transcript_path("/p/s.jsonl", "a1b-2_C") == "/p/s/subagents/agent-a1b-2_C.jsonl"
    assert parent_path("/p/s.jsonl", "a1") == "/p/s/subagents/agent-a1.meta.json"
    assert parent_path("/p/s.jsonl", "") == ""


@pytest.mark.parametrize("agent", ["../../x", "a/b", "a\x00", "é", "a.b"])
def test_an_agents_id_cannot_lead_elsewhere(agent: str) -> None:
    """The id comes from the event, and any process of the person can make an event."""
    assert transcript_path("/p/s.jsonl", agent) == ""
    assert parent_path("/p/s.jsonl", agent) == ""


def test_a_transcript_of_another_kind_has_nothing_beside_it() -> None:
    """Only the client's own naming is followed."""
    assert transcript_path("/p/s.txt", "a1") == ""


def test_a_subagents_file_names_the_call_that_made_it() -> None:
    """The live source of lineage."""
    found = parent_of(recorded("subagent.meta.json"))
    assert found == Parent(call=CALL, agent_type="general-purpose", depth=1, model="claude-opus-5-5")
    nested = parent_of(b'{"toolUseId":"t","parentAgentId":"a1","spawnDepth":true}')
    assert nested == Parent(call="t", agent_id="a1")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"{}", b'{"toolUseId":3}', b'{"toolUseId":""}'])
def test_a_subagents_file_that_names_no_call_tells_nothing(data: bytes) -> None:
    """A half-written file is no parent."""
    assert parent_of(data) is None


@given(tail=st.binary(max_size=300), call=st.text(max_size=10), cut=st.integers(min_value=0, max_value=23_000))
def test_nothing_in_a_transcript_raises(tail: bytes, call: str, cut: int) -> None:
    """Whatever the bytes and wherever they begin, the answer is a value or nothing."""
    for data in (tail, tail + recorded("mixed.jsonl")[cut:]):
        words_before(data, call)
        last_words(data)
        ending_in(data, CALL)
        permission_of(data, call)
        cost_of(data)
        parent_of(data)


def test_a_message_whose_content_is_plain_text_holds_no_call() -> None:
    """The content of a message may be a text instead of blocks."""
    line = b'{"type":"assistant","message":{"id":"m","content":"just text"}}'
    assert words_before(line, "a") is None
    assert last_words(line) == Words(text="", message="m")
