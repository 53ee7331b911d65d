"""The guide's pack, as it is shown: it loads, its examples hold, and the policy beside it stops what it speaks of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from docs.pages import blocks
from support.told import call_main
from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

PACK, POLICY, SECRETS = blocks("docs/guide/packs.md", "")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A home with the guide's two files."""
    world = World(tmp_path)
    (world.home / "tools.json").write_text(PACK)
    (world.home / "policy.json").write_text(POLICY)
    monkeypatch.chdir(world.project)
    return world


def test_the_guides_pack_holds(world: World) -> None:
    """By itself, and beside its policy; turned round, every example of it fails."""
    home = str(world.home)
    pack = world.home / "tools.json"
    assert call_main("policy", "check", "--pack", str(pack)).code == 0
    assert call_main("policy", "check", "--home", home).code == 0
    turned = json.loads(PACK)
    for section in ("tools", "paths"):
        for row in turned[section]:
            row["yes"], row["no"] = row["no"], row["yes"]
    pack.write_text(json.dumps(turned))
    said = call_main("policy", "check", "--pack", str(pack), "--json")
    assert said.code == 2
    assert len(said.json[0]["failures"]) == 8


def test_the_guides_format_of_secrets_holds(world: World) -> None:
    """By itself; turned round, each example of it fails."""
    pack = world.home / "tokens.json"
    pack.write_text(SECRETS)
    assert call_main("policy", "check", "--pack", str(pack)).code == 0
    turned = json.loads(SECRETS)
    row = turned["secrets"][0]
    row["yes"], row["no"] = row["no"], row["yes"]
    pack.write_text(json.dumps(turned))
    said = call_main("policy", "check", "--pack", str(pack), "--json")
    assert said.code == 2
    assert len(said.json[0]["failures"]) == 3


def test_the_guides_policy_stops_what_its_pack_speaks_of(world: World) -> None:
    """By program, by MCP tool, by name of a file; beside it life goes on."""
    live = {"account": "4711", "mode": "live"}
    assert world.bash("c1", "sudo teamdeploy wipe shop").exit_code == 2
    assert world.bash("c2", "teamdeploy status").stdout == b""
    assert b'"ask"' in world.pre("c3", "mcp__billing__create_refund", live).stdout
    assert world.pre("c4", "mcp__billing__create_refund", {**live, "mode": "test"}).stdout == b""
    world.bash("c5", "cat deploy.acme-key")
    assert "secret.read" in json.dumps(world.entries("intent")[-1]["request"]["deeds"])
    assert world.openings("rules.document")[-1]["layers"][-1]["packs"]
