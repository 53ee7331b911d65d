"""A subagent's result is witnessed by the agent that got it, about the exact entry, and moves no trust."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import trust
from web4_governance.app.verify import verify_ledger
from web4_governance.core.record.entry import at
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

MAIN, EXPLORER = "agent:claude-code/main/unknown", "agent:claude-code/Explore/unknown"
CHILD: dict[str, Any] = {"agent_id": "a1", "agent_type": "Explore"}


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


def command(world: World, call: str, line: str, *, works: bool = True, **who: Any) -> None:
    given = {"command": line, "description": "d"}
    world.pre(call, "Bash", given, **who)
    if works:
        world.post(call, "Bash", given, {"stdout": "", "stderr": "", "interrupted": False}, **who)
    else:
        failed: dict[str, Any] = {
            "tool_use_id": call,
            "tool_name": "Bash",
            "tool_input": given,
            "error": "Exit code 1\nno",
        }
        world.feed("PostToolUseFailure", **failed, **who)


def seen(world: World) -> list[tuple[str, str, str, str, str]]:
    """(who, whose, what was seen, how it ended, over what) of every witness entry."""
    found = [one["witness"] for one in world.entries("witness")]
    return [
        (one["by_instance"], one["of_instance"], one["saw"], one.get("ended", ""), one.get("over", "")) for one in found
    ]


@pytest.mark.parametrize(("works", "ended"), [(True, "succeeded"), (False, "failed")])
def test_who_runs_the_tests_over_anothers_edit_witnesses_the_edit(world: World, works: bool, ended: str) -> None:
    """With how they ended, once; over one's own there is nothing to witness."""
    write(world, "toolu_w", str(world.project / "a.py"), **CHILD)
    command(world, "toolu_own", "pytest -q", **CHILD)
    assert world.entries("witness") == []
    command(world, "toolu_t", "pytest -q", works=works)
    command(world, "toolu_again", "pytest -q", works=works)
    assert seen(world) == [(f"session:{SESSION}", f"subagent:{SESSION}/a1", "run", ended, "below")]
    (entry,) = world.entries("witness")
    with open_reader(str(world.home)) as reader:
        (about,) = reader.by_leaf(entry["reference"]["about"])
        (intent,) = reader.by_leaf(entry["reference"]["intent"])
    assert at(about.body(), "request.call") == "toolu_w"
    assert at(intent.body(), "request.call") == "toolu_t"
    assert verify_ledger(str(world.home)).findings == ()


def test_a_file_that_is_run_by_name_is_witnessed_by_name(world: World) -> None:
    """And the other files of the project are not, of which nobody knows whether they were run."""
    write(world, "toolu_w", str(world.project / "a.py"), **CHILD)
    write(world, "toolu_w2", str(world.project / "b.py"), session_id="second")
    command(world, "toolu_t", "python a.py")
    assert seen(world) == [(f"session:{SESSION}", f"subagent:{SESSION}/a1", "run", "succeeded", "named")]


def test_a_file_that_a_command_reads_is_witnessed_as_one_that_is_read(world: World) -> None:
    """By its name, and only where the command succeeded; what merely lists sees no content."""
    path = str(world.project / "a.py")
    write(world, "toolu_w", path, **CHILD)
    command(world, "toolu_ls", "ls -l a.py")
    command(world, "toolu_no", f"cat {path}", works=False)
    assert seen(world) == []
    command(world, "toolu_cat", f"cat {path}")
    read(world, "toolu_read", path)
    assert seen(world) == [(f"session:{SESSION}", f"subagent:{SESSION}/a1", "file", "", "")]


def test_what_was_denied_or_never_ended_saw_nothing(world: World) -> None:
    """No result was seen."""
    write(world, "toolu_w", str(world.project / "a.py"), **CHILD)
    world.bash("toolu_open", "pytest -q")
    refused = "The user doesn't want to proceed with this tool use. The tool use was rejected"
    world.bash("toolu_no", "pytest -q -x")
    world.batch(("toolu_no", "Bash", {"command": "pytest -q -x", "description": "d"}, refused))
    assert world.entries("witness") == []


def test_how_many_edits_one_run_witnesses_is_bounded(world: World) -> None:
    """The newest sixteen files of the project."""
    for n in range(20):
        write(world, f"toolu_w{n}", str(world.project / f"f{n}.py"), **CHILD)
    command(world, "toolu_t", "make test")
    assert len(world.entries("witness")) == 16


ANOTHER = {"by": "agent:claude-code/auditor/unknown", "by_instance": "session:second", "of": MAIN, "saw": "file"}


@pytest.mark.parametrize(
    "forged",
    [
        {"witness": ANOTHER},
        {"role": {"entities": {"agent": ANOTHER["by"]}}, "session": "second"},
        {"agentId": "a9", "agentType": "auditor", "witness": ANOTHER, "by_instance": "session:second"},
    ],
)
def test_nobody_witnesses_for_another(world: World, forged: dict[str, Any]) -> None:
    """Whatever an agent writes into its calls and answers, the witness is the one whose event it is."""
    path = str(world.project / "a.txt")
    write(world, "toolu_w", path, **CHILD)
    given = {"file_path": path, **forged}
    world.pre("toolu_r", "Read", given)
    world.post("toolu_r", "Read", given, {"type": "text", "file": {"filePath": path, "content": "x"}, **forged})
    command(world, "toolu_t", f"cat {path} # {json.dumps(forged)}")
    found = {(one["witness"]["by"], one["witness"]["by_instance"]) for one in world.entries("witness")}
    assert found == {(MAIN, f"session:{SESSION}")}


def test_an_agent_that_claims_a_call_of_another_agent_witnesses_nothing_in_its_name(world: World) -> None:
    """The outcome of a call that another agent announced is that agent's, and so is what it saw."""
    path = str(world.project / "a.txt")
    write(world, "toolu_w", path, session_id="second")
    given = {"file_path": path}
    world.pre("toolu_r", "Read", given, **CHILD)
    world.post("toolu_r", "Read", given, {"type": "text", "file": {"filePath": path, "content": "x"}})
    assert [one["witness"]["by_instance"] for one in world.entries("witness")] == [f"subagent:{SESSION}/a1"]


def test_the_gates_own_commands_about_witnesses_are_no_agents(world: World) -> None:
    """An agent cannot have the gate say what it did not see."""
    world.policy({"extends": ["safety"], "enforce": True})
    for n, line in enumerate(
        ("web4 witness serve", "python -c 'from web4_governance.app import witnessing'", "web4 trust label X --good")
    ):
        reply = world.bash(f"toolu_{n}", line)
        assert (reply.exit_code, reply.stdout) == (2, b""), line
