"""Reading Claude Code's events: what each one means, what is kept, and what is refused with one line."""

from __future__ import annotations

import glob
import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.agents import AGENTS
from web4_governance.agents.claude_code import parse
from web4_governance.agents.claude_code.events import MAX_BYTES, UNUSABLE
from web4_governance.core.canonical import encode
from web4_governance.core.errors import EventError
from web4_governance.core.event import DeniedBy, Event, Moment, Status

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "claude-code")
RECORDED = sorted(os.path.basename(path) for path in glob.glob(os.path.join(FIXTURES, "*.json")))
TAKEN = {"hook_event_name": "name", "session_id": "session", "tool_use_id": "call", "tool_name": "tool"}
TAKEN |= {"tool_input": "input", "transcript_path": "transcript"}
TAKEN |= {name: name for name in ("cwd", "agent_id", "agent_type", "prompt_id", "permission_mode", "model")}


def recorded(name: str) -> bytes:
    """Give the bytes of one recorded event."""
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def read(data: bytes) -> Event | EventError:
    """Parse, and give the error instead of raising it; any other exception fails the test."""
    try:
        return parse(data)
    except EventError as error:
        return error


def event(**fields: Any) -> Event:
    """Parse an event with the two fields that every event needs."""
    return parse(
        json.dumps({"hook_event_name": "PreToolUse", "session_id": "s", "tool_name": "Bash", **fields}).encode()
    )


def test_there_are_recorded_events_to_read() -> None:
    """The fixtures are where these tests look for them."""
    assert len(RECORDED) > 50


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_event_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    """Each field of a recorded event stands in the event, in its ending, or in `extra`."""
    body = json.loads(recorded(name))
    found = parse(recorded(name))
    assert found.name == name.split(".", maxsplit=1)[0] == body["hook_event_name"]
    assert (found.agent, found.size, found.replaced) == ("claude-code", len(recorded(name)), False)
    elsewhere = {"tool_response", "error", "is_interrupt", "duration_ms", "mcp_server", "tool_calls"}
    elsewhere |= {"prompt", "last_assistant_message", "compact_summary", "message", "reason"}
    for field, value in body.items():
        if field in TAKEN:
            assert getattr(found, TAKEN[field]) == value, field
        elif field not in elsewhere or found.moment is Moment.OTHER:
            kept = (found.extra or {}).get(field, found.text)
            assert str(kept) == str(value), field
    assert UNUSABLE not in (found.extra or {})


@pytest.mark.parametrize(
    ("name", "moment", "detail"),
    [
        ("SessionStart.startup.json", Moment.SESSION, "start"),
        ("SessionStart.resume.json", Moment.SESSION, "resume"),
        ("SessionStart.compact.json", Moment.SESSION, "compact"),
        ("SessionEnd.json", Moment.SESSION, "end"),
        ("UserPromptSubmit.json", Moment.PROMPT, ""),
        ("PreToolUse.Bash.json", Moment.GATE, ""),
        ("PermissionRequest.json", Moment.ASKED, ""),
        ("PostToolUse.Bash.json", Moment.OUTCOME, ""),
        ("PostToolUseFailure.Bash.json", Moment.OUTCOME, ""),
        ("PermissionDenied.json", Moment.OUTCOME, ""),
        ("PostToolBatch.json", Moment.BATCH, ""),
        ("Stop.json", Moment.STOP, ""),
        ("SubagentStop.json", Moment.OTHER, ""),
        ("PreCompact.json", Moment.OTHER, ""),
        ("PostCompact.json", Moment.OTHER, ""),
        ("StopFailure.json", Moment.OTHER, ""),
    ],
)
def test_an_event_means_its_moment(name: str, moment: Moment, detail: str) -> None:
    """The host's names map to our moments."""
    found = parse(recorded(name))
    assert (found.moment, found.detail) == (moment, detail)


def test_a_session_that_starts_for_a_reason_yet_unknown_has_started() -> None:
    """A new `source` is a start; the word itself stays in `extra`."""
    found = parse(b'{"hook_event_name":"SessionStart","session_id":"s","source":"teleport"}')
    assert (found.detail, found.extra) == ("start", {"source": "teleport"})
    assert parse(b'{"hook_event_name":"SessionStart","session_id":"s","source":7}').detail == "start"


def test_an_unknown_event_is_kept_whole() -> None:
    """What nobody has heard of is `event`, with every field that is not common to all in `extra`."""
    found = parse(b'{"hook_event_name":"MoonPhase","session_id":"s","phase":{"full":true},"tool_name":"X"}')
    assert (found.moment, found.name) == (Moment.OTHER, "MoonPhase")
    assert found.extra == {"phase": {"full": True}, "tool_name": "X"}


def test_unknown_fields_of_a_known_event_are_kept() -> None:
    """A newer client's fields are not lost."""
    assert event(brand_new=[1, "x"]).extra == {"brand_new": [1, "x"]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"   \n", "not JSON"),
        (b'{"hook_event_name":"PreTo', "not JSON"),
        (b"no json at all", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b"[]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b"null", "no JSON object"),
        (b'{"session_id":"s"}', "`hook_event_name` is missing"),
        (b'{"hook_event_name":"","session_id":"s"}', "`hook_event_name` is missing"),
        (b'{"hook_event_name":[],"session_id":"s"}', "`hook_event_name` is no text"),
        (b'{"hook_event_name":"Stop"}', "`session_id` is missing"),
        (b'{"hook_event_name":"Stop","session_id":7}', "`session_id` is no text"),
        (b'{"hook_event_name":"Stop","session_id":false}', "`session_id` is no text"),
        (b'{"hook_event_name":"Stop","session_id":"-"}', "reserved"),
        (b'{"hook_event_name":"PreToolUse","session_id":"s"}', "`tool_name` is missing"),
        (b'{"hook_event_name":"PostToolUse","session_id":"s","tool_name":{}}', "`tool_name` is no text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"hook_event_name":"Stop","session_id":"s","x":' + b"[" * 300 + b"]" * 300 + b"}", "nested too deeply"),
        (b" " * (MAX_BYTES + 1), "over 67108864 bytes"),
    ],
    ids=range(20),
)
def test_what_cannot_be_read_is_refused_with_one_line_that_says_why(data: bytes, words: str) -> None:
    """Hostile or broken input is an EventError with a hint, never another exception."""
    with pytest.raises(EventError) as caught:
        parse(data)
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_fifty_mebibytes_are_read() -> None:
    """A huge Write is an event like any other."""
    data = b'{"hook_event_name":"PreToolUse","session_id":"s","tool_name":"Write","tool_input":{"content":"%b"}}'
    found = parse(data % (b"x" * (50 << 20)))
    assert found.input is not None
    assert len(str(found.input["content"])) == 50 << 20


@pytest.mark.parametrize("session", ["../../x", "a/b", "é" * 300, "\x00", " "])
def test_a_session_may_have_any_name(session: str) -> None:
    """What is done with a strange name is the store's business; it is not lost here."""
    assert event(session_id=session).session == session


@pytest.mark.parametrize(
    ("given", "kept"), [(None, {}), ("ls", {"value": "ls"}), ([1], {"value": [1]}), ({"a": 1}, {"a": 1})]
)
def test_an_input_that_is_no_object_is_kept_as_a_value(given: object, kept: object) -> None:
    """A call with a strange input is still a call to judge."""
    assert event(tool_input=given).input == kept


@pytest.mark.parametrize(
    "field", ["tool_use_id", "cwd", "agent_id", "agent_type", "prompt_id", "permission_mode", "model"]
)
def test_an_optional_field_of_the_wrong_type_stays_as_it_came_and_is_named(field: str) -> None:
    """A wrong type loses neither the event nor the value."""
    found = event(**{field: {"odd": 1}})
    assert found.extra == {field: {"odd": 1}, UNUSABLE: [field]}


def test_text_outside_utf8_is_replaced_and_flagged() -> None:
    """Lone surrogates and stray bytes do not stop the reading, and do not go unnoticed."""
    lone = parse(b'{"hook_event_name":"UserPromptSubmit","session_id":"s","prompt":"a\\ud800b"}')
    assert (lone.text, lone.replaced) == ("a�b", True)
    stray = parse(b'{"hook_event_name":"UserPromptSubmit","session_id":"s","prompt":"a\xffb"}')
    assert (stray.text, stray.replaced) == ("a�b", True)


def test_an_mcp_call_names_its_server_and_source() -> None:
    """Where the server comes from is the host's word, not the tool's name."""
    found = parse(recorded("PreToolUse.mcp.json")).mcp
    assert found is not None
    assert (found.name, found.source) == ("probe", "dynamic")


@pytest.mark.parametrize("server", ["probe", {"source": "user"}, {"name": 3}, []])
def test_a_server_that_is_not_usable_stays_in_extra(server: object) -> None:
    """A server without a name is none."""
    found = event(mcp_server=server)
    assert found.mcp is None
    assert found.extra == {"mcp_server": server, UNUSABLE: ["mcp_server"]}


def test_more_about_a_server_is_kept() -> None:
    """Fields beside name and source stay in `extra`; a source that is no text is not believed."""
    found = event(mcp_server={"name": "p", "source": 3, "digest": "x"})
    assert found.mcp is not None
    assert (found.mcp.name, found.mcp.source) == ("p", "")
    assert found.extra == {"mcp_server": {"name": "p", "source": 3, "digest": "x"}}


def test_a_subagents_call_names_the_subagent() -> None:
    """`agent_id` and `agent_type` say who acts."""
    found = parse(recorded("PreToolUse.Bash.subagent.json"))
    assert (found.agent_id, found.agent_type) == ("aeaa11ba6536bd853", "general-purpose")


def test_a_batch_lists_its_calls() -> None:
    """Each call of a batch has its id, tool, original input and response."""
    first, second = parse(recorded("PostToolBatch.multi.json")).calls
    assert (first.tool, first.call) == ("Agent", "toolu_cb528f75c3b94ab69f22e667")
    assert first.input["description"] == "b1"
    assert isinstance(second.response, list)


@pytest.mark.parametrize(
    "item", ["x", {}, {"tool_use_id": "", "tool_name": "B"}, {"tool_use_id": "c"}, {"tool_name": "B"}]
)
def test_a_batch_item_that_is_no_call_does_not_hide_the_others(item: object) -> None:
    """The readable calls are taken, and the whole list stays in `extra`."""
    good = {"tool_use_id": "c1", "tool_name": "Bash", "tool_input": "odd"}
    body = {"hook_event_name": "PostToolBatch", "session_id": "s", "tool_calls": [good, item]}
    found = parse(json.dumps(body).encode())
    assert [(call.call, call.input) for call in found.calls] == [("c1", {"value": "odd"})]
    assert found.extra == {"tool_calls": [good, item], UNUSABLE: ["tool_calls"]}


def test_a_batch_that_is_no_list_is_kept() -> None:
    """A batch without calls closes nothing, and says nothing wrong."""
    found = parse(b'{"hook_event_name":"PostToolBatch","session_id":"s","tool_calls":7}')
    assert (found.calls, found.extra) == ((), {"tool_calls": 7, UNUSABLE: ["tool_calls"]})
    assert parse(b'{"hook_event_name":"PostToolBatch","session_id":"s"}').extra is None


def test_a_task_notification_closes_the_call_that_went_to_the_background() -> None:
    """The prompt that the host makes of a finished task names its call and its end."""
    found = parse(recorded("UserPromptSubmit.task_notification.json"))
    assert found.completes == "toolu_cb528f75c3b94ab69f22e667"
    (work,) = found.completions
    assert work.ending is not None
    assert (work.ending.status, work.ending.task) == (Status.SUCCEEDED, "ab4a99f74003ff825")


def test_a_plain_prompt_closes_nothing() -> None:
    """A person who writes about task notifications ends no task."""
    found = event(hook_event_name="UserPromptSubmit", prompt="what is a <task-notification><status>completed</status>?")
    assert (found.completes, found.completions) == ("", ())


def test_a_classifiers_denial_is_an_outcome() -> None:
    """PermissionDenied says that the host's classifier said no, and why."""
    found = parse(recorded("PermissionDenied.json")).ending
    assert found is not None
    assert (found.status, found.denied_by, found.error) == (
        Status.DENIED,
        DeniedBy.CLASSIFIER,
        "Classifier unavailable",
    )


@pytest.mark.parametrize(("given", "told"), [(12, 12_000), (0, 0)])
def test_a_duration_is_in_microseconds(given: int, told: int) -> None:
    """The host counts milliseconds."""
    ending = event(hook_event_name="PostToolUse", duration_ms=given).ending
    assert ending is not None
    assert ending.duration_us == told


@pytest.mark.parametrize("given", ["12", -1, True, 1.5, 2**43])
def test_a_duration_that_is_none_is_kept_and_not_believed(given: object) -> None:
    """A strange duration is not counted."""
    found = event(hook_event_name="PostToolUse", duration_ms=given)
    assert found.ending is not None
    assert found.ending.duration_us == -1
    assert (found.extra or {})[UNUSABLE] == ["duration_ms"]


def test_the_hosts_are_a_plain_dict() -> None:
    """`web4 hook claude-code` finds its adapter by name."""
    assert list(AGENTS) == ["claude-code"]
    assert AGENTS["claude-code"].parse(recorded("Stop.json")).moment is Moment.STOP


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*(name.split(".")[0] for name in RECORDED), "New"])
fields = st.sampled_from(
    [*TAKEN, "tool_response", "error", "tool_calls", "prompt", "duration_ms", "mcp_server", "source"]
)


@given(name=names, given_fields=st.dictionaries(fields, json_values, max_size=6))
def test_any_json_gives_an_event_in_the_profile_or_an_event_error(name: str, given_fields: dict[str, Any]) -> None:
    """Whatever the types, the reading ends in an event that can be recorded, or in one error."""
    body = {"session_id": "s", "tool_name": "T", **given_fields, "hook_event_name": name}
    found = read(json.dumps(body).encode())
    if isinstance(found, EventError):
        assert "\n" not in found.message
    else:
        assert encode([found.extra, found.input])


@given(data=st.binary(max_size=200))
def test_any_bytes_give_an_event_or_an_event_error(data: bytes) -> None:
    """No other exception leaves the adapter."""
    found = read(data)
    assert isinstance(found, Event) or found.hint
