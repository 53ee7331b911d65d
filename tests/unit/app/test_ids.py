"""Ids that a host makes up: whatever they look like, calls are joined by them, and a secret never stands in the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.world import World
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record import build
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader

TOKEN = "ghp_" + "a1B2" * 9
KEY = "AKIA" + "QWERTZUIOPASDFGH"
GIVEN = {"command": "ls", "description": "d"}
IDS = {
    "a token": TOKEN,
    "a token behind a prefix": "toolu_sk-ant-api03-" + "a" * 95,
    "an access key": KEY,
    "long": "x" * 300,
    "very long": "y" * 100_000,
    "long with a token": TOKEN + "z" * 5_000,
    "a token far behind": "z" * 70_000 + TOKEN,
    "just short enough": "x" * 200,
    "beyond one character": "\U0001f600" * 250,
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def assert_kept_out(world: World, *texts: str) -> None:
    for path in [world.home / "ledger.db", world.home / "ledger.db-wal", *(world.home / "audit").iterdir()]:
        if path.exists():
            data = path.read_bytes()
            assert not [text for text in texts if text.encode() in data], path.name


def assert_sound(world: World) -> None:
    report = verify_ledger(str(world.home))
    assert (report.verdict, report.findings) == (VerdictName.UNANCHORED, ())


@pytest.mark.parametrize("name", IDS)
def test_a_call_is_joined_and_found_by_any_id(world: World, name: str) -> None:
    """From its intent to its outcome, in the batch, by a filter; and verifying finds nothing."""
    call = IDS[name]
    world.bash(call, "ls")
    world.bash(call, "ls")
    world.post(call, "Bash", GIVEN, {"stdout": "x"})
    world.batch((call, "Bash", GIVEN, "x"))
    assert len(world.entries("intent")) == 1
    ((recorded, status, _),) = world.outcomes()
    assert (recorded, status) == (build.ident(call), "succeeded")
    assert world.entries("outcome")[0]["reference"]["intent"]
    with open_reader(str(world.home)) as reader:
        (place,) = reader.find(Filters(call=call), limit=9)
        assert reader.outcomes_of(place)
    assert_sound(world)
    if "token" in name or "key" in name:
        assert_kept_out(world, call, TOKEN)


@pytest.mark.parametrize("name", IDS)
def test_a_subagent_and_a_session_are_the_same_by_any_id(world: World, name: str) -> None:
    """A subagent's calls belong together, and so do a session's entries."""
    text = IDS[name]
    fields: dict[str, Any] = {"agent_id": text, "agent_type": "Explore", "prompt_id": text, "session_id": text}
    world.bash("a", "ls", **fields)
    world.post("a", "Bash", GIVEN, {"stdout": "x"}, **fields)
    world.bash("b", "ls", **fields)
    world.feed("Stop", **fields)
    assert {body["role"]["agent_id"] for body in world.entries("intent")} == {build.ident(text)}
    assert {body["session"] for body in world.entries("intent")} == {build.ident(text)}
    with open_reader(str(world.home)) as reader:
        assert len(reader.find(Filters(agent=text, session=text), limit=9)) == 2
    assert_sound(world)
    if "token" in name or "key" in name:
        assert_kept_out(world, text, TOKEN)


def test_a_message_is_known_again_by_any_id(world: World) -> None:
    """The words of one message are recorded once."""
    content = [{"type": "text", "text": "Listing."}, *({"type": "tool_use", "id": call} for call in (KEY, "b"))]
    line = {"type": "assistant", "message": {"id": TOKEN, "content": content}}
    (world.user_home / "t.jsonl").write_text(json.dumps(line) + "\n")
    for call in (KEY, "b"):
        world.bash(call, "ls", transcript_path=str(world.user_home / "t.jsonl"))
    assert len(world.entries("words")) == 1
    assert_sound(world)
    assert_kept_out(world, TOKEN, KEY)


def test_background_work_of_any_id_is_completed(world: World) -> None:
    """The notification names the call as the host does."""
    world.pre(TOKEN, "Agent", {"prompt": "x"})
    world.post(TOKEN, "Agent", {"prompt": "x"}, {"status": "async_launched", "agentId": TOKEN})
    note = f"<task-notification>\n<task-id>{TOKEN}</task-id>\n<tool-use-id>{TOKEN}</tool-use-id>\n<status>completed</status>"
    world.feed("UserPromptSubmit", prompt=note)
    assert [status for _, status, _ in world.outcomes()] == ["started", "succeeded"]
    assert_sound(world)
    assert_kept_out(world, TOKEN)


@pytest.mark.parametrize("name", IDS)
def test_a_call_of_any_id_is_found_in_the_transcript(world: World, name: str) -> None:
    """The sweep at the turn's end closes what no event closed, and takes up the words before it."""
    call = IDS[name]
    asked = {
        "id": "m",
        "content": [{"type": "text", "text": "Look."}, {"type": "tool_use", "id": call, "name": "Bash"}],
    }
    ended = {"content": [{"type": "tool_result", "tool_use_id": call, "content": "done"}]}
    lines = [{"type": "assistant", "message": asked}, {"type": "user", "message": ended}]
    path = world.write("transcript.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    world.pre(call, "Bash", GIVEN)
    world.feed("Stop", transcript_path=path)
    assert world.outcomes() == [(build.ident(call), "succeeded", "")]
    assert len(world.entries("words")) == 1
    assert_sound(world)
