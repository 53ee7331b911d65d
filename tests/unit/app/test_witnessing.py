"""A subagent's result is witnessed by the agent that got it, about the exact entry, and moves no trust."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import trust
from web4_governance.app.verify import verify_ledger
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

MAIN, EXPLORER = "agent:claude-code/main/unknown", "agent:claude-code/Explore/unknown"
CHILD = {"agent_id": "a1", "agent_type": "Explore"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, None)


def delegate(world: World, *, works: bool = True, status: str = "completed") -> None:
    """A subagent that runs one command, and the result that its parent gets."""
    task = {"prompt": "look", "description": "d", "subagent_type": "Explore"}
    world.pre("toolu_task", "Agent", task)
    if works:
        world.bash("toolu_child", "ls", **CHILD)
        world.post("toolu_child", "Bash", {"command": "ls", "description": "d"}, {"stdout": "a"}, **CHILD)
    response = {
        "status": status,
        "agentId": "a1",
        "agentType": "Explore",
        "content": [{"type": "text", "text": "done"}],
    }
    world.post("toolu_task", "Agent", task, response)


def test_the_parent_witnesses_the_last_thing_that_its_subagent_did(world: World) -> None:
    """By name and leaf; the gate signs for it, and says so."""
    delegate(world)
    (entry,) = world.entries("witness")
    child = next(one for one in world.entries("outcome") if one["request"]["call"] == "toolu_child")
    with open_reader(str(world.home)) as reader:
        (about,) = reader.by_leaf(entry["reference"]["about"])
        origin = reader.origin
    assert about.body() == child
    assert entry["session"] == "-"
    assert entry["witness"] == {
        "by": MAIN,
        "by_instance": f"session:{SESSION}",
        "of": EXPLORER,
        "of_instance": f"subagent:{SESSION}/a1",
        "domain": origin,
        "saw": "result",
        "status": "succeeded",
        "signed_by": "head",
    }
    assert verify_ledger(str(world.home)).findings == ()


@pytest.mark.parametrize("how", [{"works": False}, {"status": "async_launched"}])
def test_what_was_not_seen_is_not_witnessed(world: World, how: dict[str, Any]) -> None:
    """A subagent that did nothing, or is still at work."""
    delegate(world, **how)
    assert world.entries("witness") == []


def read(world: World, call: str, path: str, **who: Any) -> None:
    given = {"file_path": path}
    world.pre(call, "Read", given, **who)
    world.post(call, "Read", given, {"type": "text", "file": {"filePath": path, "content": "x"}}, **who)


def write(world: World, call: str, path: str, **who: Any) -> None:
    given = {"file_path": path, "content": "x"}
    world.pre(call, "Write", given, **who)
    with open(path, "w") as file:
        file.write("x")
    response: dict[str, Any] = {
        "type": "create",
        "filePath": path,
        "content": "x",
        "structuredPatch": [],
        "originalFile": None,
    }
    world.post(call, "Write", given, response, **who)


def test_who_reads_what_another_wrote_witnesses_the_write(world: World) -> None:
    """Once for each write, whoever it was: a subagent, or another session; and not one's own."""
    path = str(world.project / "a.txt")
    write(world, "toolu_w", path, **CHILD)
    read(world, "toolu_own", path, **CHILD)
    assert world.entries("witness") == []
    for n in range(2):
        read(world, f"toolu_r{n}", path)
    read(world, "toolu_other", path, session_id="second")
    found = world.entries("witness")
    assert [(one["witness"]["by_instance"], one["witness"]["of_instance"], one["witness"]["saw"]) for one in found] == [
        (f"session:{SESSION}", f"subagent:{SESSION}/a1", "file"),
        ("session:second", f"subagent:{SESSION}/a1", "file"),
    ]
    write(world, "toolu_w2", path, **CHILD)
    read(world, "toolu_r9", path)
    assert len(world.entries("witness")) == 3
    assert verify_ledger(str(world.home)).findings == ()


def test_being_seen_is_told_and_moves_no_trust(world: World) -> None:
    """Within one ledger a witness adds nothing, however often."""
    delegate(world)
    with open_reader(str(world.home)) as reader:
        known = {(one.entity, one.role): one for one in trust.known(reader)[0]}
        moved = {one.idx for one in trust.moves(reader, EXPLORER)}
        (entry,) = reader.of_kind("witness")
    seen = known[EXPLORER, "command"]
    assert seen.witnesses == (MAIN,)
    assert known[MAIN, "delegation"].witnesses == ()
    assert entry.idx not in moved
    said = call_main("trust", EXPLORER, "--home", str(world.home)).out
    assert f"{MAIN} (of this ledger: it adds nothing)" in said
    rows = json.loads(call_main("trust", EXPLORER, "--json", "--home", str(world.home)).out)
    assert rows[0]["witnesses"] == [MAIN]
