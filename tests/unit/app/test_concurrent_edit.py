"""The state `concurrent-edit`: another agent changed a file since this one last saw it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from support.editing import OTHER, edit, now, shell, write
from support.world import World
from web4_governance.app import touched
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.record.recall import recall

RULE = {
    "id": "stale",
    "match": {"state": ["concurrent-edit"], "effects": ["file.write", "file.delete"]},
    "decision": "deny",
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    made = World(tmp_path, {"rules": [RULE], "enforce": True})
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def wants(world: World, call: str, name: str, **fields: Any) -> bool:
    """Say whether the agent may write a file now."""
    given = {"file_path": str(world.project / name), "old_string": "a", "new_string": "b"}
    return world.pre(call, "Edit", given, **fields).exit_code == 0


def reads(world: World, call: str, name: str, **fields: Any) -> None:
    given = {"file_path": str(world.project / name)}
    world.pre(call, "Read", given, **fields)
    world.post(call, "Read", given, {"type": "text", "file": {"content": "x"}}, **fields)


def test_what_another_session_wrote_since_is_a_concurrent_edit(world: World) -> None:
    """Until the file is read again."""
    write(world, "a", "f.txt", "one\ntwo\n")
    edit(world, "b", "f.txt", "two", "2", session_id=OTHER)
    assert not wants(world, "c", "f.txt")
    assert wants(world, "d", "f.txt", session_id=OTHER)
    reads(world, "e", "f.txt")
    assert wants(world, "f", "f.txt")


def test_a_reader_is_warned_as_a_writer_is(world: World) -> None:
    """What it saw is what the other one found."""
    world.write("f.txt", "one\ntwo\n")
    reads(world, "a", "f.txt")
    edit(world, "b", "f.txt", "two", "2", session_id=OTHER)
    assert not wants(world, "c", "f.txt")


def test_a_subagent_is_another_agent(world: World) -> None:
    """Of the same session."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "1", agent_id="sub", agent_type="writer")
    assert not wants(world, "c", "f.txt")
    assert wants(world, "d", "f.txt", agent_id="sub", agent_type="writer")


@pytest.mark.parametrize("command", ["sed -i s/one/1/ f.txt", "rm f.txt"])
def test_a_command_counts_on_either_side(world: World, command: str) -> None:
    """As the writer before, and as the one that is stopped."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", command, session_id=OTHER)
    assert not wants(world, "c", "f.txt")
    assert world.bash("d", "echo x > f.txt").exit_code == 2
    assert world.bash("e", "cat f.txt").exit_code == 0


def test_what_was_put_back_is_no_concurrent_edit(world: World) -> None:
    """The file lies there as the agent saw it."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "1", session_id=OTHER)
    edit(world, "c", "f.txt", "1", "one", session_id=OTHER)
    assert wants(world, "d", "f.txt")


def test_of_a_file_that_it_never_saw_an_agent_is_not_warned(world: World) -> None:
    """Nor of a hand's change: no other agent wrote it."""
    write(world, "a", "f.txt", "one\n", session_id=OTHER)
    assert wants(world, "b", "f.txt")
    write(world, "c", "g.txt", "one\n")
    now(world)
    world.write("g.txt", "hand\n")
    assert wants(world, "d", "g.txt")


def test_it_is_recorded_and_judged_again_as_it_was(world: World) -> None:
    """The fact stands in the intent, with the paths at which there was nothing."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "1", session_id=OTHER)
    assert not wants(world, "c", "f.txt")
    with Ledger.open(str(world.home)) as ledger:
        from web4_governance.app.query import read  # noqa: PLC0415  # as a replay does

        intents = [read(ledger.reader, stored) for stored in ledger.reader.of_kind("intent")]
    first, *_, last = [recall(one).facts for one in intents if one is not None]
    path = str(world.project / "f.txt")
    assert (first.absent, first.edited, last.absent, last.edited) == ((path,), (), (), (path,))
    assert verify_ledger(str(world.home)).findings == ()


def test_nothing_is_asked_where_no_rule_does(world: World) -> None:
    """And the preset `safety` warns, and lets the call go on."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "1", session_id=OTHER)
    world.policy({"rules": [{"match": {"tools": ["Bash"]}, "decision": "deny"}], "enforce": True})
    assert wants(world, "c", "f.txt")
    world.policy({"extends": ["safety"], "enforce": True})
    given = {"file_path": str(world.project / "f.txt"), "old_string": "1", "new_string": "b"}
    reply = world.pre("d", "Edit", given)
    assert reply.exit_code == 0
    assert "another agent changed this file" in json.loads(reply.stdout)["systemMessage"]
    assert "read the file again" in json.loads(reply.stdout)["hookSpecificOutput"]["additionalContext"]
