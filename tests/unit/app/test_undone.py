"""An edit that is taken back: by the same agent it speaks against its consistency, by another it says nothing of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from support.editing import OTHER, edit, git, now, shell, write
from support.world import World
from web4_governance.app import touched, trust
from web4_governance.app.verify import verify_ledger
from web4_governance.core.record.entry import at
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

AGENT = "agent:claude-code/main/unknown"
CHILD = {"agent_id": "a1", "agent_type": "reviewer"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)  # what is bounded is tried elsewhere
    made = World(tmp_path, {"extends": ["permissive"]})
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def taken_back(world: World) -> list[tuple[str, list[str], bool]]:
    """(call, the calls that it takes back, whether it is flagged) of every outcome that takes one back."""
    with open_reader(str(world.home)) as reader:
        return [
            (
                body["request"]["call"],
                [str(at(reader.by_leaf(leaf)[0].body(), "request.call")) for leaf in body["reference"]["reverts"]],
                "reverted" in body["result"].get("flags", []),
            )
            for body in world.entries("outcome")
            if "reverts" in body["reference"]
        ]


def inconsistent(world: World) -> list[int]:
    """The entries that spoke against the agent's consistency, in any role."""
    with open_reader(str(world.home)) as reader:
        found = trust.moves(reader, AGENT)
    return sorted({one.idx for one in found if str(one.seen.dimension) == "consistency" and not one.seen.good})


def test_an_edit_of_before_the_model_was_known_is_the_sessions_agents_own(world: World) -> None:
    """In its session; in another it may be another model's, and in another agent's name it is not its own."""
    first = "agent:claude-code/main/m-1"
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "two")
    world.feed("SessionStart", source="resume", model="m-1")
    edit(world, "c", "f.txt", "two", "one")
    assert [body["role"]["entities"]["agent"] for body in world.entries("intent")] == [AGENT, AGENT, first]
    assert taken_back(world) == [("c", ["b"], True)]
    edit(world, "d", "f.txt", "one", "two", session_id=OTHER)
    edit(world, "e", "f.txt", "two", "one")
    assert taken_back(world)[1:] == [("d", ["c"], False), ("e", ["d"], False)]


def test_an_edit_back_takes_the_edit_back_and_speaks_against_consistency(world: World) -> None:
    """By the digests, whatever was written in between."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "two")
    edit(world, "c", "f.txt", "two", "three")
    assert inconsistent(world) == []
    edit(world, "d", "f.txt", "three", "one")
    assert taken_back(world) == [("d", ["b", "c"], True)]
    (place,) = inconsistent(world)
    with open_reader(str(world.home)) as reader:
        entry = reader.entry(place)
        assert entry is not None
        assert at(entry.body(), "request.call") == "d"
    assert verify_ledger(str(world.home)).findings == ()


@pytest.mark.parametrize("command", ["git checkout -- f.txt", "git restore f.txt", "git stash", "git reset --hard -q"])
def test_git_puts_a_file_back(world: World, command: str) -> None:
    """The file is as it was committed, and so as it was before the edit."""
    world.write("f.txt", "one\n")
    git(world, "init", "-q")
    git(world, "add", "f.txt")
    git(world, "commit", "-qm", "first")
    edit(world, "a", "f.txt", "one", "two")
    shell(world, "b", command, really=f"git -c user.name=a -c user.email=a@b {command.removeprefix('git ')}")
    assert (world.project / "f.txt").read_text() == "one\n"
    assert taken_back(world) == [("b", ["a"], True)]
    assert len(inconsistent(world)) == 1


def test_a_revert_of_what_was_committed_takes_the_edit_back(world: World) -> None:
    """Though no effect of the command names the file: git lists nothing either, but the ledger knows the file."""
    world.write("f.txt", "one\n")
    git(world, "init", "-q")
    git(world, "add", "f.txt")
    git(world, "commit", "-qm", "first")
    edit(world, "a", "f.txt", "one", "two")
    git(world, "commit", "-qam", "second")
    shell(world, "b", "git revert --no-edit HEAD", really="git -c user.name=a -c user.email=a@b revert --no-edit HEAD")
    assert (world.project / "f.txt").read_text() == "one\n"
    assert taken_back(world) == [("b", ["a"], True)]


def test_git_that_ran_beside_another_call_is_not_known_to_have_done_it(world: World) -> None:
    """Where two could have, nobody is told to have."""
    world.write("f.txt", "one\n")
    git(world, "init", "-q")
    git(world, "add", "f.txt")
    git(world, "commit", "-qm", "first")
    edit(world, "a", "f.txt", "one", "two")
    now(world)
    world.bash("beside", "make")
    shell(world, "b", "git stash", really="git -c user.name=a -c user.email=a@b stash")
    assert (world.project / "f.txt").read_text() == "one\n"
    assert taken_back(world) == []


def test_what_another_agent_takes_back_says_nothing_of_whose_edit_it_was(world: World) -> None:
    """Or anybody could spoil anybody's trust; the record names the edit all the same."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "two")
    edit(world, "c", "f.txt", "two", "one", **CHILD)
    assert taken_back(world) == [("c", ["b"], False)]
    assert inconsistent(world) == []


def test_the_same_agent_in_another_session_is_the_same_agent(world: World) -> None:
    """Trust is kept of the agent, not of the session."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "two")
    edit(world, "c", "f.txt", "two", "one", session_id=OTHER)
    assert taken_back(world) == [("c", ["b"], True)]


def test_what_is_no_return_takes_nothing_back(world: World) -> None:
    """A new content, the same content again, a file that is taken away, and one that is made again."""
    write(world, "a", "f.txt", "one\n")
    write(world, "b", "f.txt", "two\n")
    write(world, "c", "f.txt", "two\n")
    write(world, "d", "f.txt", "three\n")
    shell(world, "e", "rm f.txt")
    assert taken_back(world) == []
    write(world, "f", "g.txt", "one\n")
    assert taken_back(world) == []


def test_each_edit_is_taken_back_once_by_whoever_came_next(world: World) -> None:
    """To and fro: each return names the edits since the file was last so."""
    write(world, "a", "f.txt", "one\n")
    for n, (old, new) in enumerate([("one", "two"), ("two", "one"), ("one", "two"), ("two", "one")]):
        edit(world, f"e{n}", "f.txt", old, new)
    assert taken_back(world) == [("e1", ["e0"], True), ("e2", ["e1"], True), ("e3", ["e2"], True)]


def test_how_far_back_is_looked_is_bounded(world: World) -> None:
    """After sixteen changes of the file a return is a change like any other."""
    write(world, "a", "f.txt", "v0\n")
    for n in range(1, 18):
        edit(world, f"e{n}", "f.txt", f"v{n - 1}", f"v{n}")
    edit(world, "back", "f.txt", "v17", "v0")
    assert taken_back(world) == []
    edit(world, "near", "f.txt", "v0", "v16")
    assert [call for call, _made, _own in taken_back(world)] == ["near"]


def test_what_was_not_proven_to_be_a_call_s_work_is_taken_back_from_nobody(world: World) -> None:
    """A file that changed while a call ran, by whom is not known."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "make", really="printf 'two\\n' > f.txt")
    edit(world, "c", "f.txt", "two", "one")
    assert taken_back(world) == []


def test_a_person_who_puts_a_file_back_is_no_call(world: World) -> None:
    """Outside any call nobody's judgement is recorded, and the next call does not inherit it."""
    write(world, "a", "f.txt", "one\n")
    edit(world, "b", "f.txt", "one", "two")
    now(world)
    world.write("f.txt", "one\n")
    now(world)
    edit(world, "c", "f.txt", "one", "four")
    assert taken_back(world) == []
