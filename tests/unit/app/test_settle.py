"""What became of calls: every pattern of events, and the end state it proves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.world import World
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.record.entry import at
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader

BASH = {"command": "ls", "description": "d"}
REFUSED = "PreToolUse:Bash hook error: [web4]: denied"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"rules": [{"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}], "enforce": True})


def transcript(world: World, *lines: dict[str, Any]) -> str:
    path = world.user_home / "t.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def assistant(message: str, *content: dict[str, Any], **usage: int) -> dict[str, Any]:
    return {
        "type": "assistant",
        "message": {"id": message, "role": "assistant", "model": "claude-x", "content": list(content), "usage": usage},
    }


def call_block(call: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": "Bash", "input": BASH}


def test_success_failure_interruption_and_start_are_told_apart(world: World) -> None:
    """The result is never assumed."""
    for call in "abcdef":
        world.bash(call, "ls")
    world.post("a", "Bash", BASH, {"stdout": "x", "interrupted": False})
    world.feed(
        "PostToolUseFailure", tool_use_id="b", tool_name="Bash", tool_input=BASH, error="Exit code 2\nno", duration_ms=3
    )
    world.feed("PostToolUseFailure", tool_use_id="c", tool_name="Bash", tool_input=BASH, error="x", is_interrupt=True)
    world.post("d", "Bash", BASH, {"stdout": "", "interrupted": True})
    world.post("e", "Bash", BASH, {"stdout": "", "interrupted": False, "backgroundTaskId": "b1"})
    world.feed("PermissionDenied", tool_use_id="f", tool_name="Bash", tool_input=BASH, reason="classifier")
    assert world.outcomes() == [
        ("a", "succeeded", ""),
        ("b", "failed", ""),
        ("c", "interrupted", ""),
        ("d", "interrupted", ""),
        ("e", "started", ""),
        ("f", "denied", "host-classifier"),
    ]
    results = [body["result"] for body in world.entries("outcome")]
    assert (results[0]["duration_us"], results[1]["duration_us"]) == (7000, 3000)
    assert (results[1]["exit_code"], results[1]["error_class"]) == (2, "exit-code")
    intents = {body["request"]["call"] for body in world.entries("intent")}
    assert intents == set("abcdef")
    leaves = {body["reference"]["intent"] for body in world.entries("outcome")}
    assert len(leaves) == 6


def test_a_batch_closes_what_nothing_else_did_and_only_that(world: World) -> None:
    """Denied by us, unknown to the host, already closed: one outcome each."""
    world.bash("ours", "rm -rf x")
    world.bash("done", "ls")
    world.post("done", "Bash", BASH, {"stdout": "x"})
    world.batch(
        ("ours", "Bash", {"command": "rm -rf x"}, REFUSED),
        ("done", "Bash", BASH, "x"),
        ("what", "Nope", {}, "<tool_use_error>Error: No such tool available: Nope</tool_use_error>"),
    )
    assert world.outcomes() == [("done", "succeeded", ""), ("ours", "denied", "gate"), ("what", "failed", "")]
    late = [body for body in world.entries("intent") if body.get("late")]
    assert [body["request"]["call"] for body in late] == ["what"]
    assert late[0]["rules"]["answer"] == "allow"


def test_another_hooks_denial_is_not_ours(world: World) -> None:
    """We said allow, some other hook of the host said no."""
    world.bash("a", "ls")
    world.batch(("a", "Bash", BASH, "PreToolUse:Bash hook error: [other]: no"))
    assert world.outcomes() == [("a", "denied", "host-rule")]


PERSONS = "The user doesn't want to proceed with this tool use. The tool use was rejected"


def flags(world: World) -> list[str]:
    (outcome,) = world.entries("outcome")
    assert verify_ledger(str(world.home)).findings == ()
    found: list[str] = outcome["result"].get("flags", [])
    return found


@pytest.mark.parametrize("text", ["hello", "", None, "somebody's own reason", PERSONS, PERSONS + " (just an echo)"])
def test_a_batchs_text_alone_denies_nothing(world: World, text: str | None) -> None:
    """Any tool can print it, and the event of a call that ran may be lost: it is not denied, and marked."""
    world.bash("a", "ls")
    world.batch(("a", "Bash", BASH, text))
    assert world.outcomes() == [("a", "succeeded", "")]
    assert flags(world) == ["unconfirmed"]


@pytest.mark.parametrize(
    "text", ["rm: it is dangerous to operate recursively", "", PERSONS, [{"type": "text", "text": "x"}]]
)
def test_what_a_batch_shows_of_a_call_that_we_denied_is_flagged(world: World, text: Any) -> None:
    """Neither the host's word for a hook's denial, nor any of its own: the call ran, as far as is seen."""
    world.bash("a", "rm -rf x")
    world.batch(("a", "Bash", {"command": "rm -rf x"}, text))
    assert world.outcomes() == [("a", "succeeded", "")]
    assert flags(world) == (["ran-despite-deny"] if isinstance(text, list) else ["ran-despite-deny", "unconfirmed"])


def test_a_refusal_of_a_call_about_which_a_person_was_asked_is_the_persons(world: World) -> None:
    """The host's question was seen, so the text is borne out."""
    world.bash("a", "touch x")
    world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": "touch x", "description": "d"})
    world.batch(("a", "Bash", {"command": "touch x"}, PERSONS))
    assert world.outcomes() == [("a", "denied", "person")]
    assert flags(world) == []


@pytest.mark.parametrize(
    ("text", "denied_by", "flagged"),
    [
        ("web4-governance asks a person: copying (rule: by-hand).", "host-rule", []),
        (PERSONS, "person", []),
        ("copied", "", ["unconfirmed"]),
    ],
)
def test_what_a_batch_shows_of_a_call_that_we_asked_about(
    tmp_path: Path, text: str, denied_by: str, flagged: list[str]
) -> None:
    """Our own reason says that there was nobody to ask; a refusal is a person's; any other text is an output."""
    rule = {"id": "by-hand", "match": {"targetPatterns": ["cp "]}, "decision": "ask", "reason": "copying"}
    world = World(tmp_path, {"rules": [rule], "enforce": True})
    world.bash("a", "cp x y")
    world.batch(("a", "Bash", {"command": "cp x y"}, text))
    assert world.outcomes() == [("a", "denied" if denied_by else "succeeded", denied_by)]
    assert flags(world) == flagged


def test_the_transcript_decides_where_the_batch_cannot(world: World) -> None:
    """The client's own record of the call's end is evidence; then nothing is unconfirmed."""
    world.bash("a", "ls")
    result = {
        "type": "user",
        "toolDenialKind": "permission-rule",
        "permissionDecision": {"decision": "reject", "source": "hook"},
        "message": {
            "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": "their reason"}]
        },
    }
    path = transcript(world, assistant("msg_1", call_block("a")), result)
    world.batch(("a", "Bash", BASH, "their reason"), transcript_path=path)
    assert world.outcomes() == [("a", "denied", "host-rule")]
    assert flags(world) == []


def test_a_call_that_ran_despite_a_denial_is_flagged(world: World) -> None:
    """A host that ignores exit 2 is shown, not hidden."""
    world.bash("a", "rm -rf x")
    world.post("a", "Bash", {"command": "rm -rf x", "description": "d"}, {"stdout": ""})
    (outcome,) = world.entries("outcome")
    assert outcome["result"]["status"] == "succeeded"
    assert outcome["result"]["flags"] == ["ran-despite-deny"]


def test_an_outcome_without_an_intent_makes_a_late_one(world: World) -> None:
    """The gap is derived: the call was never judged before it ran."""
    world.post("a", "Bash", {"command": "rm -rf x"}, {"stdout": ""})
    intent, outcome = world.entries("intent")[0], world.entries("outcome")[0]
    assert intent["late"] is True
    assert (intent["rules"]["decision"], intent["rules"]["answer"]) == ("deny", "allow")
    assert "ran-despite-deny" not in outcome["result"].get("flags", [])


def ends(world: World) -> dict[tuple[str, str], list[str]]:
    """By agent and command of each intent: the states of the outcomes that name it."""
    assert verify_ledger(str(world.home)).findings == ()
    with Ledger.open(str(world.home)) as ledger:
        return {
            (record.role.agent_id, str(record.request.input["command"])): [
                str(at(outcome.body(), "result.status"))
                for outcome in ledger.reader.outcomes_of(record.reference.idx)
                if at(outcome.body(), "reference.intent") == record.id
            ]
            for record in ledger.query(Filters())
            if isinstance(record.request.input, dict)
        }


def test_an_equal_id_of_another_agent_closes_only_its_own_call(world: World) -> None:
    """The subagent's outcome is the subagent's, whoever came first, and what is open stays open."""
    world.bash("dup", "ls")
    world.bash("dup", "rm z", agent_id="s1", agent_type="Explore")
    world.post(
        "dup", "Bash", {"command": "rm z", "description": "d"}, {"stdout": ""}, agent_id="s1", agent_type="Explore"
    )
    assert ends(world) == {("", "ls"): [], ("s1", "rm z"): ["succeeded"]}
    with open_reader(str(world.home)) as reader:
        assert len(reader.find(Filters(status="unclosed"), limit=9)) == 1
    world.feed("PostToolUseFailure", tool_use_id="dup", tool_name="Bash", tool_input=BASH, error="Exit code 1")
    assert ends(world) == {("", "ls"): ["failed"], ("s1", "rm z"): ["succeeded"]}


def test_an_equal_id_with_another_input_names_its_own_intent(world: World) -> None:
    """Of one agent, the input tells which call has ended."""
    world.bash("dup", "ls")
    world.bash("dup", "rm z")
    world.post("dup", "Bash", {"command": "rm z", "description": "d"}, {"stdout": ""})
    assert ends(world) == {("", "ls"): [], ("", "rm z"): ["succeeded"]}


def test_a_call_of_an_agent_that_was_never_seen_before_is_its_own(world: World) -> None:
    """An equal id of another agent with another input is no reason to close that one's call."""
    world.bash("dup", "ls")
    world.post("dup", "Bash", {"command": "rm z", "description": "d"}, {"stdout": ""}, agent_id="s1")
    assert ends(world) == {("", "ls"): [], ("s1", "rm z"): ["succeeded"]}


def test_a_batch_that_lists_another_agents_call_closes_that_one(world: World) -> None:
    """With the same input it is that call, and the outcome is its agent's."""
    world.bash("k", "ls", agent_id="s1", agent_type="Explore")
    world.batch(("k", "Bash", BASH, [{"type": "text", "text": "x"}]))
    assert ends(world) == {("s1", "ls"): ["succeeded"]}
    assert world.entries("outcome")[0]["role"]["agent_id"] == "s1"


def test_a_call_is_closed_once(world: World) -> None:
    """A second delivery and a contradicting later event change nothing."""
    world.bash("a", "ls")
    world.post("a", "Bash", BASH, {"stdout": "x"})
    world.post("a", "Bash", BASH, {"stdout": "x"})
    world.feed("PostToolUseFailure", tool_use_id="a", tool_name="Bash", tool_input=BASH, error="late lie")
    world.batch(("a", "Bash", BASH, REFUSED))
    assert world.outcomes() == [("a", "succeeded", "")]


def test_background_work_is_started_and_then_completed(world: World) -> None:
    """Its completion comes in as a prompt of the host's own."""
    world.pre("toolu_bg1", "Agent", {"description": "b1", "prompt": "x", "subagent_type": "general-purpose"})
    world.post(
        "toolu_bg1",
        "Agent",
        {"prompt": "x"},
        {"isAsync": True, "status": "async_launched", "agentId": "ab4a99f74003ff825"},
    )
    note = (
        "<task-notification>\n<task-id>ab4a99f74003ff825</task-id>\n<tool-use-id>toolu_bg1</tool-use-id>\n"
        "<output-file>/x</output-file>\n<status>completed</status>\n<summary>done</summary>\n</task-notification>"
    )
    world.feed("UserPromptSubmit", prompt=note)
    world.feed("UserPromptSubmit", prompt=note + " ")
    assert world.outcomes() == [("toolu_bg1", "started", ""), ("toolu_bg1", "succeeded", "")]
    first = world.entries("outcome")[0]
    assert first["result"]["child_agent"] == "ab4a99f74003ff825"


def notice(*, task: str = "", call: str = "", status: str = "", more: str = "") -> str:
    fields = {"task-id": task, "tool-use-id": call, "status": status}
    lines = "".join(f"<{name}>{text}</{name}>\n" for name, text in fields.items() if text)
    return f"<task-notification>\n{lines}{more}</task-notification>\n"


def in_background(world: World, *calls: str) -> None:
    for call in calls:
        world.bash(call, "make")
        world.post(call, "Bash", {"command": "make"}, {"stdout": "", "backgroundTaskId": f"task-{call}"})


@pytest.mark.parametrize("status", ["", "pondering"])
def test_work_of_which_no_end_is_told_has_none(world: World, status: str) -> None:
    """Nothing is closed by a word that says nothing; a later one that does is heard."""
    in_background(world, "a")
    world.feed(
        "UserPromptSubmit", prompt=notice(call="a", status=status, more="<result><status>completed</status></result>")
    )
    assert world.outcomes() == [("a", "started", "")]
    world.feed("UserPromptSubmit", prompt=notice(call="a", status="failed"))
    assert world.outcomes()[1:] == [("a", "failed", "")]
    assert verify_ledger(str(world.home)).findings == ()


def test_stopped_work_is_interrupted(world: World) -> None:
    """Not succeeded."""
    in_background(world, "a", "b")
    world.feed("UserPromptSubmit", prompt=notice(call="a", status="stopped"))
    world.feed("UserPromptSubmit", prompt=notice(call="b", status="killed"))
    assert world.outcomes()[2:] == [("a", "interrupted", ""), ("b", "interrupted", "")]


def test_each_notification_of_a_prompt_is_heard(world: World) -> None:
    """Several works may end between two prompts."""
    in_background(world, "a", "b", "c")
    ends = {"a": "completed", "b": "failed", "c": "stopped"}
    world.feed("UserPromptSubmit", prompt="".join(notice(call=call, status=end) for call, end in ends.items()))
    assert world.outcomes()[3:] == [("a", "succeeded", ""), ("b", "failed", ""), ("c", "interrupted", "")]


def test_work_is_closed_by_its_task_where_no_call_is_named(world: World) -> None:
    """The task is known from the call's start; one that nobody started closes nothing."""
    in_background(world, "a", "b")
    world.feed(
        "UserPromptSubmit", prompt=notice(task="task-a", status="failed") + notice(task="other", status="failed")
    )
    world.feed("UserPromptSubmit", prompt=notice(status="failed"))
    assert world.outcomes()[2:] == [("a", "failed", "")]


def test_a_host_that_asked_and_a_batch_that_refuses_is_a_persons_denial(world: World) -> None:
    """The host's question names no call id: it is joined by the equal action among the open intents."""
    world.bash("a", "touch x")
    world.bash("b", "touch y")
    world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": "touch x", "description": "d"})
    asked = [body for body in world.entries("event") if body["event"] == "PermissionRequest"]
    intent = world.entries("intent")[0]
    assert intent["request"]["call"] == "a"
    assert len(asked) == 1
    world.post("b", "Bash", {"command": "touch y"}, {"stdout": ""})
    world.post("a", "Bash", {"command": "touch x"}, {"stdout": ""})
    authorised = {body["request"]["call"]: body["result"]["authorised_by"] for body in world.entries("outcome")}
    assert authorised["a"] == {"by": "person", "how": "inferred"}
    assert authorised["b"]["by"] == "mode"


def test_the_words_before_a_call_are_recorded_once_a_message(world: World) -> None:
    """The transcript may lag: read at the intent, else at the outcome, as an entry of its own."""
    text = {"type": "text", "text": "I will list the files."}
    path = transcript(
        world, assistant("msg_1", text, input_tokens=100, output_tokens=20), assistant("msg_1", call_block("a"))
    )
    world.bash("a", "ls", transcript_path=path)
    world.post("a", "Bash", BASH, {"stdout": ""}, transcript_path=path)
    assert world.kinds().count("words") == 1
    assert "I will list the files." in world.openings("request.text")
    words = world.entries("words")[0]
    assert words["reference"]["call"] == "a"


def test_words_that_come_late_are_filled_in_at_the_outcome(world: World) -> None:
    """Never by changing an entry: a later one names the intent."""
    world.bash("a", "ls", transcript_path=str(world.user_home / "t.jsonl"))
    assert "words" not in world.kinds()
    text = {"type": "text", "text": "Listing."}
    path = transcript(world, assistant("msg_1", text, call_block("a"), input_tokens=100, output_tokens=20))
    world.post("a", "Bash", BASH, {"stdout": ""}, transcript_path=path)
    (words,) = world.entries("words")
    assert len(words["reference"]["intent"]) == 64
    (outcome,) = world.entries("outcome")
    assert outcome["resource"]["tokens"]["input_tokens"] == 100
    assert (outcome["resource"]["model"], outcome["resource"]["measured"]) == ("claude-x", True)


def test_words_are_not_read_where_the_person_does_not_want_it(world: World) -> None:
    """A setting, off by one line."""
    (world.home / "config.toml").write_text("words = false")
    path = transcript(world, assistant("msg_1", {"type": "text", "text": "Listing."}, call_block("a")))
    world.bash("a", "ls", transcript_path=path)
    assert "words" not in world.kinds()


def test_a_resumed_session_goes_on_in_its_chain(world: World) -> None:
    """Start, end, resume, compact, end: one chain, no second first entry."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("SessionStart", {"source": "startup"}),
        ("SessionEnd", {"reason": "other"}),
        ("SessionStart", {"source": "resume"}),
        ("SessionStart", {"source": "compact"}),
        ("SessionEnd", {"reason": "other"}),
    ]
    for name, fields in steps:
        world.feed(name, **fields)
    sessions = world.entries("session")
    assert [body["detail"] for body in sessions] == ["start", "end", "resume", "compact", "end"]
    assert [body["reference"]["seq"] for body in sessions] == [0, 1, 2, 3, 4]
    assert sum(body["reference"]["prev"] == "" for body in sessions) == 1


def test_a_sessions_start_tells_the_agent_that_it_is_governed(world: World) -> None:
    """One short paragraph, unless the person does not want it."""
    said = json.loads(world.feed("SessionStart", source="startup").stdout)
    context = said["hookSpecificOutput"]["additionalContext"]
    assert "governed" in context
    assert "enforced" in context
    (world.home / "config.toml").write_text("session_notice = false")
    assert world.feed("SessionStart", source="startup", session_id="other").stdout == b""


def test_subagents_name_their_parent(world: World) -> None:
    """The host writes beside the transcript which call made the subagent."""
    note = world.user_home / "t" / "subagents" / "agent-abc123.meta.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"toolUseId":"toolu_parent","parentAgentId":"a0","spawnDepth":1,"agentType":"Explore"}')
    path = str(world.user_home / "t.jsonl")
    world.bash("a", "ls", agent_id="abc123", agent_type="Explore", transcript_path=path)
    role = world.entries("intent")[0]["role"]
    assert (role["agent_id"], role["agent_type"]) == ("abc123", "Explore")
    assert role["parent"]["call"] == "toolu_parent"


def test_an_mcp_call_keeps_server_and_source(world: World) -> None:
    """Which server, and where the host says it comes from."""
    world.pre("a", "mcp__probe__echo", {"msg": "x"}, mcp_server={"name": "probe", "source": "project"})
    world.feed(
        "PostToolUseFailure",
        tool_use_id="a",
        tool_name="mcp__probe__echo",
        tool_input={"msg": "x"},
        error="probe failed",
        mcp_server={"name": "probe", "source": "project"},
    )
    intent = world.entries("intent")[0]
    assert intent["request"]["mcp"] == {"name": "probe", "source": "project"}
    assert "mcp" in intent["request"]["categories"]
    assert world.outcomes() == [("a", "failed", "")]


def test_an_edit_records_the_file_before_and_after(world: World) -> None:
    """Digests, as an opening: content stays out of the entry."""
    given = {"file_path": "/p/a", "old_string": "hello", "new_string": "bye"}
    world.pre("a", "Edit", given)
    response = {
        "filePath": "/p/a",
        "oldString": "hello",
        "newString": "bye",
        "originalFile": "hello\n",
        "replaceAll": False,
    }
    world.post("a", "Edit", given, response)
    ((row,),) = world.openings("result.files")
    assert row["path"] == "/p/a"
    assert row["before"] != row["after"]


def test_unknown_events_and_fields_are_kept(world: World) -> None:
    """A host's next version loses nothing."""
    world.feed("TomorrowsEvent", novelty={"deep": [1, 2.5]})
    (entry,) = world.entries("event")
    assert entry["event"] == "TomorrowsEvent"
    assert world.openings("extra")[0]["novelty"] == {"deep": [1, "2.5"]}


def test_a_refusal_that_only_the_transcript_tells_is_swept_up(world: World) -> None:
    """A person's no in the interactive client ends the turn without an event for the call."""
    world.bash("a", "touch x")
    refusal = (
        "The user doesn't want to proceed with this tool use. The tool use was rejected"
        " (eg. if it was a file edit, the new_string was NOT written to the file). STOP what you are doing."
    )
    result = {
        "type": "user",
        "toolDenialKind": "user-rejected",
        "toolDenialBeforeRun": True,
        "message": {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": refusal}],
        },
    }
    path = transcript(world, assistant("msg_1", call_block("a")), result)
    world.feed("UserPromptSubmit", prompt="go on", transcript_path=path)
    (row,) = world.outcomes()
    assert row[:2] == ("a", "denied")
    assert row[2] == "person"


def test_an_outcome_that_names_no_call_closes_no_others(world: World) -> None:
    """It is a call of its own, first seen at its end; never joined to the session's first."""
    world.bash("a", "ls")
    world.feed("PostToolUse", tool_name="Bash", tool_input={"command": "ls"}, tool_response="x")
    assert len([body for body in world.entries("intent") if body.get("late")]) == 1
    assert world.outcomes()[0][0] == ""
    world.post("a", "Bash", {"command": "ls"}, "x")
    assert [call for call, _, _ in world.outcomes()] == ["", "a"]


def test_secrets_in_words_that_stand_in_the_clear_are_taken_out(world: World) -> None:
    """Of a tool, a type of agent, a model: in entries and in lookups; the entry names what it was."""
    token = "ghp_" + "a" * 36
    world.pre("a", f"mcp__x__{token}", {"a": "b"}, agent_id="s1", agent_type=f"Explore {token}", model=token)
    (body,) = world.entries("intent")
    assert token not in json.dumps(world.entries())
    assert body["secrets_removed"] == ["github-token"]
    assert token.encode() not in b"".join(file.read_bytes() for file in world.home.rglob("*") if file.is_file())
    assert verify_ledger(str(world.home)).findings == ()


@pytest.mark.parametrize(
    ("tool", "given", "told", "flags"),
    [
        ("Read", {"file_path": "/a"}, {"file_path": "/b"}, ["input-changed"]),
        ("Read", {"file_path": "/a"}, {"file_path": "/a"}, None),
        ("Edit", {"file_path": "/a"}, {"file_path": "/a", "replace_all": False}, None),
        ("Edit", {"file_path": "/a"}, {"file_path": "/a", "replace_all": True}, ["input-changed"]),
    ],
)
def test_an_input_that_another_hook_changed_is_marked_at_the_calls_end(
    world: World, tool: str, given: dict[str, Any], told: dict[str, Any], flags: list[str] | None
) -> None:
    """The host tells the input that ran; what it fills in itself changes nothing."""
    world.pre("toolu_1", tool, given)
    world.post("toolu_1", tool, told, {"type": "text"})
    (outcome,) = world.entries("outcome")
    assert outcome["result"].get("flags") == flags


def test_without_the_judged_input_no_change_is_claimed(world: World) -> None:
    """At level `metadata` nothing is kept to compare with."""
    (world.home / "config.toml").write_text('privacy = "metadata"')
    world.pre("toolu_1", "Read", {"file_path": "/a"})
    world.post("toolu_1", "Read", {"file_path": "/b"}, {"type": "text"})
    assert "flags" not in world.entries("outcome")[0]["result"]
