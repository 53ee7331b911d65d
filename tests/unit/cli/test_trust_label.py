"""`web4 trust label`: whom a verdict moves, by how much, what is refused, and what the ledger keeps of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import label as label_module
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

AGENT = "agent:claude-code/main/unknown"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, None)
    for n in range(3):
        given = {"file_path": str(world.project / f"{n}.py"), "content": "x"}
        world.pre(f"toolu_{n}", "Write", given)
        world.post(f"toolu_{n}", "Write", given, {"filePath": given["file_path"], "content": "x"})
    world.bash("toolu_read", "ls", session_id="only-reads")
    listed = {"stdout": "0.py", "stderr": "", "interrupted": False, "isImage": False}
    world.post("toolu_read", "Bash", {"command": "ls", "description": "d"}, listed, session_id="only-reads")
    return world


def web4(world: World, *words: str) -> Said:
    return call_main("trust", *words, "--home", str(world.home))


def label(world: World, *words: str) -> dict[str, Any]:
    said = web4(world, "label", *words, "--json")
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def reliability(world: World, entity: str = AGENT, role: str = "file_write") -> dict[str, Any]:
    (row,) = json.loads(web4(world, entity, "--role", role, "--json").out)
    found: dict[str, Any] = row["dimensions"]["reliability"]
    return found


def test_a_verdict_on_a_call_moves_all_who_acted_in_it(world: World) -> None:
    """By three calls' weight, in the roles of the call, with who said it and why beside the entry."""
    before = reliability(world)["mean"]
    row = label(world, "toolu_1", "--bad", "--why", "it wrote the wrong file")
    assert (row["good"], row["weight"], row["roles"], row["dimensions"]) == (
        False,
        3.0,
        ["file_write"],
        ["reliability"],
    )
    assert row["entities"][:3] == ["operator", f"session:{SESSION}", AGENT]
    assert row["entities"][3].startswith("policy:")
    assert reliability(world)["mean"] < before
    (entry,) = world.entries("label")
    assert entry["reference"]["intent"] == label_of(world)
    assert world.openings("why")[-1] == "it wrote the wrong file"
    assert verify_ledger(str(world.home)).findings == ()


def label_of(world: World) -> str:
    said = call_main("show", "toolu_1", "--json", "--home", str(world.home))
    return str(json.loads(said.out)["id"])


def test_an_exit_code_of_zero_is_good_and_any_other_is_not(world: World) -> None:
    """As CI has it; it needs no reason and no person, and speaks of a session's changes."""
    assert label(world, SESSION, "--exit-code", "0")["good"] is True
    row = label(world, SESSION, "--exit-code", "3")
    assert (row["good"], row["event"], row["weight"]) == (False, "ci", 2.0)
    assert AGENT in row["entities"]
    assert world.openings("why")[-1] == "exit code 3"


def test_an_endorsement_vouches_for_a_newcomer_in_every_dimension(world: World) -> None:
    """In a role in which nothing is known of it; failures can take it away again."""
    row = label(world, AGENT, "--role", "network", "--endorse", "--why", "mine")
    assert (row["weight"], len(row["dimensions"])) == (15.0, 6)
    assert reliability(world, role="network")["lcb05"] > 0.8


def test_an_entity_is_labelled_in_the_roles_in_which_it_is_known(world: World) -> None:
    """Unless a role is said."""
    assert label(world, AGENT, "--good", "--why", "w")["roles"] == ["command", "file_read", "file_write"]
    assert label(world, "main/unknown", "--endorse", "--why", "w", "--role", "mcp")["entities"] == [AGENT]


@pytest.mark.parametrize(
    "words",
    [
        ("label", "toolu_1", "--bad", "--why", "w"),
        ("label", "--bad", "toolu_1", "--why", "w"),
        ("--bad", "label", "--why", "w", "toolu_1"),
        ("--why", "w", "--bad", "label", "toolu_1"),
    ],
)
def test_options_stand_where_one_likes(world: World, words: tuple[str, ...]) -> None:
    """Before or behind what the verdict is about."""
    assert web4(world, *words).code == 0
    assert web4(world, "--check").code == 0
    assert world.entries("label")[-1]["label"]["good"] is False


def test_several_roles_can_be_said_at_once(world: World) -> None:
    """The request's rule by network reliability asks in two: those of a command that fetches."""
    words = ("--role", "network", "--role", "command", "--role", "network")
    assert label(world, AGENT, "--endorse", "--why", "w", *words)["roles"] == ["network", "command"]
    shown = json.loads(web4(world, AGENT, "--role", "network", "--role", "file_read", "--json").out)
    assert [row["role"] for row in shown] == ["file_read", "network"]


@pytest.mark.parametrize(
    "words",
    [
        (AGENT, "--good", "--role", "nonsense"),
        (AGENT, "--good", "--role", "network", "--role", ""),
        (AGENT, "--good", "--role", "witness"),
        ("ledger:elsewhere", "--good", "--role", "network"),
        (AGENT, "--good", "--weight", "nan"),
        (AGENT, "--good", "--weight", "inf"),
        (AGENT, "--good", "--weight=-1"),
        ("agent:a/b", "--good", "--role", "network"),
        ("agent:a/b/c/d", "--good", "--role", "network"),
        ("agent:a//c", "--good", "--role", "network"),
        ("agent:a/b/c\n", "--good", "--role", "network"),
        ("agent:a/b/c\tnetwork", "--good", "--role", "network"),
        ("agent:a/b/\u202ec", "--good", "--role", "network"),
        ("server:x", "--good", "--role", "mcp"),
        ("subagent:x", "--good", "--role", "mcp"),
        ("session:", "--good", "--role", "mcp"),
        ("policy:", "--good", "--role", "mcp"),
        ("toolu_1", "--good", "--role", "network"),
    ],
)
def test_a_verdict_that_would_move_nobody_is_refused(world: World, words: tuple[str, ...]) -> None:
    """A role that no call has, a name that nobody can have, a weight that is no number: said, and nothing recorded."""
    said = web4(world, "label", *words, "--why", "w")
    assert (said.code, said.out) == (3, "")
    assert world.entries("label") == []


@pytest.mark.parametrize(
    "name",
    [
        "agent:claude-code/x%2Fy/m#" + "ab" * 16,
        "server:probe/project#" + "ab" * 16,
        "subagent:s/a1",
        "session:s 1",
        "operator",
        "policy:" + "ab" * 16,
    ],
)
def test_whoever_can_act_can_be_labelled_before_they_did(world: World, name: str) -> None:
    assert label(world, name, "--good", "--why", "w", "--role", "mcp")["entities"] == [name]


def test_words_too_many_are_said_wherever_they_stand(world: World) -> None:
    """As before; nothing is recorded."""
    for words in (("label", "--good", "toolu_1", "toolu_2", "--why", "w"), ("operator", "--explain", "more")):
        assert web4(world, *words).code == 3
    assert world.entries("label") == []


def test_weight_and_dimension_can_be_said(world: World) -> None:
    """Each once."""
    words = ("--dimension", "relevance", "--dimension", "consistency", "--dimension", "relevance", "--weight", "0.5")
    row = label(world, "toolu_0", "--good", "--why", "w", *words)
    assert (row["weight"], row["dimensions"]) == (0.5, ["relevance", "consistency"])


@pytest.mark.parametrize(
    "words",
    [
        ("label",),
        ("label", "toolu_0"),
        ("label", "toolu_0", "--good"),
        ("label", "toolu_0", "--good", "--bad", "--why", "w"),
        ("label", "nothing-of-that-name", "--good", "--why", "w"),
        ("label", "toolu_0", "--good", "--why", "w", "--weight", "99"),
        ("label", "toolu_0", "--good", "--why", "w", "--weight", "-1"),
        ("label", "agent:nobody", "--good", "--why", "w"),
        ("label", "only-reads", "--exit-code", "1"),
        ("operator", "toolu_0"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(world: World, words: tuple[str, ...]) -> None:
    """3, and no entry."""
    assert web4(world, *words).code == 3
    assert world.entries("label") == []


def test_nobody_vouches_against_somebody() -> None:
    """That is a verdict, with a reason."""
    with pytest.raises(UsageError, match="an endorsement is good"):
        label_module.label_of(label_module.ENDORSED, good=False)


def test_people_read_what_was_moved(world: World) -> None:
    """One line for the verdict, one for each whom it moves."""
    said = web4(world, "label", "toolu_0", "--good", "--why", "w")
    first, *names = said.out.splitlines()
    assert first.endswith("+3 reliability in file_write")
    assert len(names) == 4


def test_an_agents_own_call_cannot_make_one(tmp_path: Path) -> None:
    """Its trust is not its to say."""
    world = World(tmp_path, {"defaultPolicy": "allow", "enforce": True})
    assert world.bash("toolu_1", f"web4 trust label {AGENT} --endorse --role network --why me").exit_code == 2
    assert world.bash("toolu_2", "web4 trust --explain operator").exit_code == 0
