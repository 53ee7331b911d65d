"""Telemetry and transcripts of a real session, read as witnesses; and what hands could put in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.agents.claude_code.telemetry import said_in
from web4_governance.agents.claude_code.testimony import calls_in
from web4_governance.agents.testimony import Ran, Said, Shown
from web4_governance.core.errors import InputError

HERE = Path(__file__).parents[2] / "fixtures" / "claude-code" / "telemetry"
SESSION = "5cf52332-8a24-495e-b4ea-97f96aede001"


def telemetry() -> list[Said]:
    return [said for line in (HERE / "session.jsonl").read_bytes().splitlines() for said in said_in(line)]


def transcript(name: str = f"{SESSION}.jsonl") -> list[Said]:
    return [said for line in (HERE / name).read_bytes().splitlines() for said in calls_in(line)]


def test_a_real_sessions_telemetry() -> None:
    """Every event counts; calls that ran have a result, refused ones a decision alone."""
    said = telemetry()
    assert [one.sequence for one in said] == list(range(len(said)))
    assert {one.session for one in said} == {SESSION}
    ran = {one.call: str(one.ran) for one in said if one.call and one.ran is not Ran.UNKNOWN}
    assert ran == {
        "toolu_main_0_0": "yes",
        "toolu_main_0_1": "yes",
        "toolu_main_1_0": "yes",
        "toolu_main_2_0": "yes",
        "toolu_main_3_1": "no",
        "toolu_main_4_0": "yes",
        "toolu_sub_0_0": "yes",
    }
    by_call = {one.call: one for one in said if one.shown is Shown.EFFECTIVE}
    assert by_call["toolu_main_2_0"].input == {"file_path": "/home/user/project/other.txt"}, "after the other hook"
    assert by_call["toolu_sub_0_0"].agent_id
    assert by_call["toolu_main_0_0"].ts > 1_795_000_000_000_000


def test_a_real_sessions_transcript() -> None:
    """What the model asked for, what a hook put in its place, and how it ended; unknown tools and denials did not run."""
    said = transcript()
    asked = {one.call: one for one in said if one.shown is Shown.ASKED}
    assert asked["toolu_main_2_0"].input == {"file_path": "/home/user/project/a.txt"}
    assert asked["toolu_main_2_0"].cwd == "/home/user/project"
    (changed,) = (one for one in said if one.shown is Shown.EFFECTIVE)
    assert (changed.call, changed.input) == ("toolu_main_2_0", {"file_path": "/home/user/project/other.txt"})
    assert changed.via.endswith("rewrite.sh")
    ran = {one.call: str(one.ran) for one in said if one.shown is Shown.NONE}
    assert ran["toolu_main_0_1"] == "yes"
    assert (ran["toolu_main_3_0"], ran["toolu_main_3_1"]) == ("no", "no")
    (sub,) = {path.name for path in (HERE / SESSION / "subagents").iterdir()}
    assert {one.agent_id for one in transcript(f"{SESSION}/subagents/{sub}")} == {sub[len("agent-") : -len(".jsonl")]}


def record(**attributes: Any) -> bytes:
    given = {"event.name": "tool_result", "session.id": "s", "tool_use_id": "c", **attributes}
    listed = [{"key": key, "value": {"stringValue": text}} for key, text in given.items()]
    log = {"body": {"stringValue": "x"}, "attributes": [*listed, 5, {"key": "k", "value": 5}]}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log, 5]}, 5]}, 5]}).encode()


def one(data: bytes) -> Said:
    (said,) = said_in(data)
    return said


def test_numbers_come_as_text_too_and_what_is_none_is_none() -> None:
    """OTLP writes 64-bit integers as strings."""
    assert one(record(**{"event.sequence": "7"})).sequence == 7
    assert one(record(**{"event.sequence": "9" * 30})).sequence == -1
    assert one(record(**{"event.sequence": "x"})).sequence == -1


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a":1', '"x"'])
def test_an_input_that_cannot_be_read_is_not_shown(text: str) -> None:
    """It may be cut in the middle."""
    assert one(record(tool_input=text)).shown is Shown.NONE


def test_records_of_others_are_passed_over() -> None:
    """Without a session there is nothing to say; an event of no call counts only."""
    assert list(said_in(record(**{"session.id": ""}))) == []
    assert one(record(**{"event.name": "api_request"})).call == ""
    assert one(record(tool_use_id="")).call == ""
    assert list(said_in(b'{"resourceMetrics":[]}')) == []


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[]", b"{}", b'{"resourceLogs":5}', b"{ body: 'claude_code.tool_result' }"]
)
def test_what_is_no_export_is_said_to_be_none(data: bytes) -> None:
    """The console exporter prints for people, in no format that could be read."""
    with pytest.raises(InputError, match="OTLP"):
        list(said_in(data))


HOOK = '{"type":"attachment","attachment":%s}'


@pytest.mark.parametrize(
    "line",
    [
        '"tool_use"',
        '{"tool_use":',
        '{"type":"assistant","message":{"content":[{"type":"tool_use"},5]},"x":"tool_use"}',
        '{"type":"assistant","message":"tool_use"}',
        '{"type":"user","message":{"content":"x"},"x":"tool_result"}',
        '{"type":"other","x":"tool_use"}',
        HOOK % '"PreToolUse"',
        HOOK % '{"hookEvent":"PreToolUse","toolUseID":"c"}',
        HOOK % '{"hookEvent":"PreToolUse","toolUseID":"c","stdout":"[]"}',
        HOOK % '{"hookEvent":"PreToolUse","toolUseID":"c","stdout":"{\\"hookSpecificOutput\\":5}"}',
        HOOK % '{"hookEvent":"PreToolUse","stdout":"{\\"hookSpecificOutput\\":{\\"updatedInput\\":{}}}"}',
        HOOK % '{"hookEvent":"Stop","x":"PreToolUse"}',
    ],
)
def test_a_line_that_says_nothing_of_a_call_is_passed_over(line: str) -> None:
    """Whatever it is."""
    assert list(calls_in(line.encode())) == []


def test_odd_lines_are_read_as_far_as_they_go() -> None:
    """An input that is no object, a time that is none, an end that nobody saw."""
    text = '{"type":"assistant","timestamp":"%s","message":{"content":[{"type":"tool_use","id":"c","input":5}]}}'
    for time in ("", "2026-01-01T00:00:00", "x"):
        (said,) = calls_in((text % time).encode())
        assert (said.input, said.ts) == ({}, 0)
    (said,) = calls_in((text % "1970-01-01T00:00:01.5Z").encode())
    assert said.ts == 1_500_000
    end = '{"type":"user","toolDenialKind":"interrupted","message":{"content":[{"type":"tool_result","tool_use_id":"c"}]}}'
    (said,) = calls_in(end.encode())
    assert said.ran is Ran.UNKNOWN


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    """They read files that anybody could have written."""
    list(calls_in(b'"tool_use"' + data))
    try:
        list(said_in(data))
    except InputError:
        return
