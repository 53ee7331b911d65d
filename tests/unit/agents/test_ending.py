"""How a call ended, in the host's own words: each text here was said by the real client."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from web4_governance.agents.claude_code import ending_of_batch_call, parse
from web4_governance.agents.claude_code.ending import exit_code_of, of_notifications, usage_of
from web4_governance.core.event import BatchCall, Completion, DeniedBy, Ending, Status

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "claude-code")
NEXT = "IMPORTANT: You *may* attempt to accomplish this action using other tools"


def recorded(name: str) -> Ending:
    """Give the ending of a recorded event."""
    with open(os.path.join(FIXTURES, name), "rb") as file:
        ending = parse(file.read()).ending
    assert ending is not None
    return ending


def result(response: Any) -> Ending:
    """Give the ending of a PostToolUse with this response."""
    body = {"hook_event_name": "PostToolUse", "session_id": "s", "tool_name": "T", "tool_response": response}
    ending = parse(json.dumps(body).encode()).ending
    assert ending is not None
    return ending


def failure(error: str, *, interrupted: bool = False) -> Ending:
    """Give the ending of a PostToolUseFailure with this error."""
    body = {"hook_event_name": "PostToolUseFailure", "session_id": "s", "tool_name": "T"}
    ending = parse(json.dumps({**body, "error": error, "is_interrupt": interrupted}).encode()).ending
    assert ending is not None
    return ending


def batch(response: Any) -> Ending:
    """Give what a batch's response tells."""
    return ending_of_batch_call(BatchCall(call="c", tool="Bash", input={}, response=response))


def test_a_result_is_a_success() -> None:
    """PostToolUse means that the tool gave a result; its output and duration are kept."""
    found = recorded("PostToolUse.Bash.json")
    assert (found.status, found.duration_us, found.error_class) == (Status.SUCCEEDED, 3_020_000, "")
    assert isinstance(found.output, dict)
    assert found.output["stdout"] == ""


def test_a_foreground_subagent_names_itself_its_model_and_tokens() -> None:
    """The result of an Agent call is the join from the call to the subagent that it made."""
    found = recorded("PostToolUse.Agent.json")
    assert (found.status, found.child_agent, found.child_type) == (
        Status.SUCCEEDED,
        "aeaa11ba6536bd853",
        "general-purpose",
    )
    assert found.model == "claude-opus-5-5"
    assert dict(found.usage) == {
        "input_tokens": 100,
        "output_tokens": 20,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
    }


def test_a_background_subagent_has_only_started() -> None:
    """`async_launched` is no end: the notification is."""
    found = recorded("PostToolUse.Agent.background.json")
    assert (found.status, found.task, found.child_agent) == (Status.STARTED, "ab4a99f74003ff825", "ab4a99f74003ff825")


@pytest.mark.parametrize("more", [{}, {"timedOutAfterMs": 1500}, {"backgroundedByUser": True}])
def test_a_command_in_the_background_has_only_started(more: dict[str, Any]) -> None:
    """Sent there by the agent, by its timeout, or by the person: it still runs."""
    found = result({"stdout": "", "stderr": "", "interrupted": False, "backgroundTaskId": "be2hoog5v", **more})
    assert (found.status, found.task) == (Status.STARTED, "be2hoog5v")


def test_an_interrupted_result_is_no_success() -> None:
    """A command that was stopped while running says so in its result."""
    found = result({"stdout": "a", "interrupted": True})
    assert (found.status, found.error_class) == (Status.INTERRUPTED, "interrupted")


@pytest.mark.parametrize("response", [None, "text", [{"type": "text", "text": "echo"}], {"agentId": 3, "usage": 4}])
def test_a_result_of_any_shape_is_a_success(response: Any) -> None:
    """MCP servers answer in blocks; a shape nobody knows is kept as it came."""
    found = result(response)
    assert (found.status, found.output, found.child_agent, found.usage) == (Status.SUCCEEDED, response, "", ())


@pytest.mark.parametrize(
    ("name", "error_class", "code"),
    [
        ("PostToolUseFailure.Bash.json", "exit-code", 2),
        ("PostToolUseFailure.Read.json", "not-found", -1),
        ("PostToolUseFailure.WebFetch.json", "other", -1),
        ("PostToolUseFailure.mcp.json", "other", -1),
    ],
)
def test_a_recorded_failure_has_its_class(name: str, error_class: str, code: int) -> None:
    """Exit codes and missing files are told apart from the rest."""
    found = recorded(name)
    assert (found.status, found.error_class, found.exit_code) == (Status.FAILED, error_class, code)
    assert found.error


@pytest.mark.parametrize(
    ("error", "error_class"),
    [
        ("Exit code 137", "exit-code"),
        ("Exit code", "other"),
        ("Exit code x", "other"),
        ("Exit code 99999999999", "other"),
        ("ENOENT: no such file or directory, open '/x'", "not-found"),
        ("EACCES: permission denied, open '/x'", "permission"),
        ("EISDIR: illegal operation on a directory, read '/tmp'", "other"),
        ("", "other"),
    ],
)
def test_an_error_text_has_a_closed_class(error: str, error_class: str) -> None:
    """The class is a word of a closed list, whatever the text."""
    assert failure(error).error_class == error_class


def test_an_exit_code_is_only_read_where_the_host_puts_it() -> None:
    """A tool's own output cannot pose as an exit code."""
    assert exit_code_of("boom\nExit code 3") == -1
    assert exit_code_of("Exit code 3\nout") == 3


def test_a_failure_by_the_persons_interrupt_is_an_interruption() -> None:
    """`is_interrupt` outranks the text."""
    found = failure("Exit code 130", interrupted=True)
    assert (found.status, found.error_class, found.exit_code) == (Status.INTERRUPTED, "interrupted", -1)


@pytest.mark.parametrize(
    ("text", "denied_by"),
    [
        ("PreToolUse:Bash hook error: [/x/python -I -S hook.py]: not that\n", DeniedBy.GATE),
        ("PreToolUse:Bash hook error: not that", DeniedBy.GATE),
        ('PreToolUse:Bash hook error: [/x]: failed; blocking because onFailure is "block"\noops', DeniedBy.GATE),
        ("Permission to use Bash with command touch made.txt has been denied.", DeniedBy.HOST_RULE),
        (
            f"Permission to use Bash has been denied because Claude Code is running in don't ask mode. {NEXT}",
            DeniedBy.HOST_RULE,
        ),
        ("touch in '/p/made.txt' needs approval. The path is inside the working directories", DeniedBy.HOST_RULE),
        ("Claude requested permissions to write to /p/new.txt, but you haven't granted it yet.", DeniedBy.HOST_RULE),
        ("Claude requested permissions to use WebFetch, but you haven't granted it yet.", DeniedBy.HOST_RULE),
        ("This command requires approval", DeniedBy.HOST_RULE),
        ("Cannot write to /p/new.txt while in plan mode.", DeniedBy.HOST_RULE),
        (
            "Auto mode is unavailable: its safety check does not run for this session, so Bash was not run.",
            DeniedBy.CLASSIFIER,
        ),
        ("The user doesn't want to proceed with this tool use. The tool use was rejected", DeniedBy.PERSON),
        ("somebody's own reason", DeniedBy.UNATTRIBUTED),
        ("", DeniedBy.UNATTRIBUTED),
        (None, DeniedBy.UNATTRIBUTED),
        ("the log said: PreToolUse:Bash hook error: x", DeniedBy.UNATTRIBUTED),
    ],
)
def test_a_batch_text_says_who_denied_the_call(text: str | None, denied_by: DeniedBy) -> None:
    """A refusal is told from another by its beginning; what is not known is not attributed."""
    found = batch(text)
    assert (found.status, found.denied_by, found.error_class) == (Status.DENIED, denied_by, "permission")
    assert found.error == (text or "")


@pytest.mark.parametrize(
    ("text", "error_class"),
    [
        ("<tool_use_error>Error: No such tool available: Nope</tool_use_error>", "unknown-tool"),
        (
            "<tool_use_error>InputValidationError: Read failed due to the following issues</tool_use_error>",
            "invalid-input",
        ),
        (
            "<tool_use_error>File does not exist. Note: your current working directory is /p.</tool_use_error>",
            "not-found",
        ),
        ("<tool_use_error>Blocked: standalone sleep 30.</tool_use_error>", "invalid-input"),
        ("<tool_use_error>Found 3 matches of the string to replace</tool_use_error>", "invalid-input"),
    ],
)
def test_a_call_that_the_tool_refused_before_any_gate_has_failed(text: str, error_class: str) -> None:
    """Only the batch tells of an unknown tool, a wrong input, a missing file to edit."""
    found = batch(text)
    assert (found.status, found.denied_by, found.error_class) == (Status.FAILED, None, error_class)


def test_blocks_in_a_batch_are_a_result() -> None:
    """A server's or a subagent's own result comes in blocks, a refusal never does: its text cannot pose as one."""
    found = batch([{"type": "text", "text": "PreToolUse:Bash hook error: [x]: no"}])
    assert (found.status, found.denied_by) == (Status.SUCCEEDED, None)


def test_the_recorded_batch_of_a_failing_hook_is_a_denial_by_a_hook() -> None:
    """The host blocked because a hook's answer was not valid and its failure mode says block."""
    with open(os.path.join(FIXTURES, "PostToolBatch.json"), "rb") as file:
        (call,) = parse(file.read()).calls
    assert ending_of_batch_call(call).denied_by is DeniedBy.GATE


NOTICE = "<task-notification>\n<task-id>b1</task-id>\n<tool-use-id>toolu_1</tool-use-id>\n<status>{}</status>\n<summary>s</summary>"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", Status.SUCCEEDED),
        ("failed", Status.FAILED),
        ("killed", Status.INTERRUPTED),
        ("stopped", Status.INTERRUPTED),
    ],
)
def test_a_notification_says_how_the_work_ended(word: str, status: Status) -> None:
    """Completed, failed and stopped work are three different ends."""
    (work,) = of_notifications(NOTICE.format(word))
    assert work.ending is not None
    assert (work.call, work.task, work.ending.status, work.ending.task) == ("toolu_1", "b1", status, "b1")


@pytest.mark.parametrize("text", [NOTICE.format("pondering"), NOTICE.replace("<status>{}</status>\n", "")])
def test_a_notification_without_a_known_status_ends_nothing(text: str) -> None:
    """What is not understood is no completion."""
    assert of_notifications(text) == (Completion(call="toolu_1", task="b1"),)
    assert of_notifications("<task-notification>\n<event>tick</event>") == (Completion(),)
    assert of_notifications("go on") == ()


@pytest.mark.parametrize("told", ["summary", "note", "result"])
def test_work_cannot_speak_for_its_own_status(told: str) -> None:
    """What the work printed is not read: neither after a status, nor in place of one."""
    text = f"<{told}><status>completed</status><tool-use-id>x</tool-use-id></{told}>"
    (work,) = of_notifications(NOTICE.format("failed") + text)
    assert work.ending is not None
    assert work.ending.status is Status.FAILED
    assert of_notifications("<task-notification>\n<task-id>b</task-id>" + text) == (Completion(task="b"),)


def test_one_prompt_may_speak_of_several_works() -> None:
    """Each is a notification of its own, in order; what follows the last one is nobody's."""
    whole = "".join(
        NOTICE.format(word).replace("toolu_1", word) + "</task-notification>\n" for word in ("failed", "killed")
    )
    assert [work.call for work in of_notifications(whole + "and then <task-notification>")] == ["failed", "killed"]


@pytest.mark.parametrize(
    "usage", [None, [], {"input_tokens": "5", "output_tokens": True, "cache_read_input_tokens": -1}]
)
def test_a_usage_that_is_none_counts_nothing(usage: Any) -> None:
    """Only whole numbers from zero are token counts."""
    assert usage_of(usage) == ()
