"""`web4 identity`: who has acted has a signed document after a head is signed; a changed model is another, linked to it."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import anchor, identity, signing
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, None)
    world.feed("SessionStart", source="startup", model="m-1")
    world.bash("toolu_1", "ls")
    return world


def web4(world: World, *words: str) -> Said:
    return call_main("identity", *words, "--home", str(world.home))


def listed(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(web4(world, "list", "--json").out)
    return found


def sign(world: World) -> None:
    anchor.make_key(str(world.home))
    anchor.anchor(str(world.home), now_us=world.now_us)


def test_nobody_has_a_document_before_a_head_is_signed(world: World) -> None:
    """A hook names entities and never signs; a home without keys signs nothing."""
    assert listed(world) == []
    assert "no identity" in web4(world, "list").err
    assert identity.issue(str(world.home), now_us=1) == 0
    assert web4(world, "verify").code == 1


def test_everybody_who_acted_has_one_after_it(world: World) -> None:
    """Each with its parent: machine and agents of the operator, sessions of the machine, subagents of their session."""
    world.bash("toolu_2", "ls", agent_id="a1", agent_type="Explore")
    # Whoever of no known model acted is named when the call ends, and has a document from then on.
    given, said = {"command": "ls", "description": "d"}, {"stdout": "", "stderr": "", "interrupted": False}
    world.post("toolu_2", "Bash", given, said, agent_id="a1", agent_type="Explore")
    world.pre("toolu_3", "mcp__db__query", {}, mcp_server={"name": "db", "source": "project"})
    sign(world)
    found = {row["name"]: row for row in listed(world)}
    assert found.keys() >= {
        "operator",
        "machine",
        f"session:{SESSION}",
        "agent:claude-code/main/m-1",
        "agent:claude-code/Explore/unknown",
        f"subagent:{SESSION}/a1",
        "server:db/project",
    }
    assert sum(row["kind"] == "policy" for row in found.values()) == 1
    parents = {name: row["parent"] for name, row in found.items()}
    operator, machine = found["operator"]["id"], found["machine"]["id"]
    assert (parents["operator"], parents["machine"], parents["agent:claude-code/main/m-1"]) == ("", operator, operator)
    assert (parents[f"session:{SESSION}"], parents["server:db/project"]) == (machine, machine)
    assert parents[f"subagent:{SESSION}/a1"] == found[f"session:{SESSION}"]["id"]
    assert found["operator"]["binds"]["key"] == signing.read(str(world.home)).first.to_text()
    assert web4(world, "verify").code == 0
    assert verify_ledger(str(world.home)).findings == ()


def test_documents_are_made_once_and_outlive_a_change_of_keys(world: World) -> None:
    """The next head makes none anew, and an earlier epoch's signature still counts."""
    sign(world)
    before = listed(world)
    signing.rotate(str(world.home))
    world.feed("SessionStart", source="startup", model="m-1", session_id="second")
    world.bash("toolu_2", "ls", session_id="second")
    sign(world)
    after = listed(world)
    assert after[: len(before)] == before
    assert [row["name"] for row in after[len(before) :]] == ["session:second"]
    assert web4(world, "verify", "session:second").code == 0


def test_a_changed_model_is_a_new_identity_with_a_linked_history(world: World) -> None:
    """It starts with nothing, and says whose place it took."""
    sign(world)
    world.feed("SessionStart", source="startup", model="m-2")
    world.bash("toolu_2", "ls")
    sign(world)
    new, old = (json.loads(web4(world, "show", f"main/m-{n}", "--json").out) for n in (2, 1))
    assert (new["after"], old["after"]) == (old["id"], "")
    assert old["before"] == [new["id"]]
    said = web4(world, "show", new["id"])
    assert said.code == 0
    assert "agent:claude-code/main/m-1" in said.out
    assert "software" in said.out


def test_names_that_are_none_or_several_are_refused(world: World) -> None:
    """With the command that lists them."""
    sign(world)
    assert web4(world, "show", "lct:").code == 3
    assert "web4 identity list" in web4(world, "show", "nobody").err
    assert "operator" in web4(world, "list").out


def edit(world: World, old: str, new: str) -> None:
    with sqlite3.connect(world.home / "ledger.db") as database:
        statement = (
            "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), ?, ?) AS BLOB) WHERE kind = 'identity'"
        )
        database.execute(statement, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("m-1", "m-9", "does not follow"),
        ('\\"made_us\\":1', '\\"made_us\\":2', "no key of this log"),
        ("web4-governance identity v1", "another kind of text", "an identity is"),
        ('"note":"', '"note":"\u0007', "not JSON"),
        ('"note":"', '"note":"a', "an identity is"),
    ],
)
def test_a_document_that_somebody_changed_is_named(world: World, old: str, new: str, why: str) -> None:
    """2, with the entry and what is wrong with it."""
    sign(world)
    edit(world, old, new)
    said = web4(world, "verify")
    assert said.code == 2
    assert why in said.out


def test_a_document_of_another_ledger_or_without_keys_is_not_vouched_for(world: World, tmp_path: Path) -> None:
    """Signed by nobody whom this home knows."""
    sign(world)
    (world.home / "keys").rename(tmp_path / "keys")
    assert "no keys here" in web4(world, "verify").out
    (tmp_path / "keys").rename(world.home / "keys")
    origin = signing.read(str(world.home)).first.name
    edit(world, f"\\n{origin}\\n", "\\nexample.test/other\\n")
    assert "of the ledger `example.test/other`" in web4(world, "verify").out


def test_a_link_that_leads_nowhere_is_named(world: World) -> None:
    """A parent has to be there before its child."""
    sign(world)
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute(
            "UPDATE entries SET kind = 'anchor' WHERE kind = 'identity' AND CAST(bytes AS TEXT) LIKE '%\"machine\"%'"
        )
    assert "is not there before it" in web4(world, "verify").out
