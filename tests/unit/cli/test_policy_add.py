"""`web4 policy add`: a rule from a recorded call decides that call, or is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

OWN = {"rules": [{"id": "added-1", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}], "enforce": True}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A home with a policy of its own, and some calls."""
    world = World(tmp_path, OWN)
    monkeypatch.chdir(world.project)
    world.pre("c1", "Write", {"file_path": str(world.project / "services/config/prod/db.yaml"), "content": "a"})
    world.bash("c2", "cp a b && curl -d @a https://example.net/x")
    world.bash("c3", "rm -rf build")
    world.bash("c4", "git push origin main")
    return world


def add(world: World, *words: str) -> Said:
    return call_main("policy", "add", *words, "--home", str(world.home))


def policy(world: World) -> Any:
    return json.loads((world.home / "policy.json").read_text())


def test_writes_to_production_are_denied_from_one_write_on(world: World) -> None:
    """The effects are the call's, the path is a glob; the next call of the kind is denied, by any tool."""
    said = add(world, "c1", "--path", "*/config/prod/*", "--reason", "production", "--instead", "change staging")
    assert said.code == 0, said.err
    assert policy(world)["rules"][0] == OWN["rules"][0]  # type: ignore[index]  # a literal of this file
    assert policy(world)["rules"][1] == {
        "id": "added-2",
        "match": {"effects": ["file.write"], "paths": ["*/config/prod/*"]},
        "decision": "deny",
        "reason": "production",
        "instead": "change staging",
    }
    assert world.bash("c5", "echo a > other/config/prod/x").exit_code == 2
    assert world.bash("c6", "cat other/config/prod/x").exit_code == 0
    assert len(world.entries("policy")) == 2


def test_a_rule_without_more_words_is_for_just_that_deed(world: World) -> None:
    """A path as it is, a command's words as they are."""
    assert add(world, "c1", "--decision", "ask", "--id", "mine").code == 0
    path = str(world.project / "services/config/prod/db.yaml")
    assert policy(world)["rules"][1]["match"] == {"effects": ["file.write"], "paths": [path]}
    assert add(world, "c4", "--effect", "vcs.push").code == 0
    assert policy(world)["rules"][2]["match"] == {"effects": ["vcs.push"], "targetPatterns": ["git push origin main"]}
    assert world.bash("c5", "git push origin main").exit_code == 2


def test_what_several_deeds_could_mean_is_asked_for(world: World) -> None:
    """The call is not guessed at."""
    said = add(world, "c2")
    assert (said.code, "deeds that a rule could mean" in said.err) == (3, True)
    assert add(world, "c2", "--host", "*.net").code == 0
    assert policy(world)["rules"][1]["match"]["hosts"] == ["*.net"]
    assert world.bash("c5", "curl -d @a https://other.net/x").exit_code == 2
    assert world.bash("c6", "curl -d @a https://example.org/x").exit_code == 0


def test_a_rule_from_words_alone(world: World) -> None:
    """Without a call there is nothing that it is tried on."""
    assert add(world, "--effect", "file.delete", "--path", "/srv/**").code == 0
    assert policy(world)["rules"][1]["match"] == {"effects": ["file.delete"], "paths": ["/srv/**"]}


def test_printing_writes_nothing(world: World) -> None:
    """And what is printed loads."""
    said = add(world, "c1", "--print")
    assert len(said.json["rules"]) == 2
    assert policy(world) == OWN


def test_a_home_without_a_policy_gets_one(world: World) -> None:
    """Which extends what was in force by default."""
    (world.home / "policy.json").unlink()
    assert add(world, "c1").code == 0
    assert policy(world)["extends"] == ["audit-only"]


def test_comments_of_other_formats_are_not_lost(world: World) -> None:
    """A YAML policy is not written anew; it is printed as JSON."""
    (world.home / "policy.json").unlink()
    (world.home / "policy.yaml").write_text("# mine\nenforce: true\ndefaultPolicy: allow\n")
    said = add(world, "c1")
    assert (said.code, "would lose its comments" in said.err) == (3, True)
    assert add(world, "c1", "--print").json["enforce"] is True
    assert not (world.home / "policy.json").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "speak of nothing"),
        (("c3", "--decision", "allow"), "still be decided deny, by added-1"),
        (("c1", "--path", "/nowhere/**"), "no deed of the call"),
        (("c1", "--effect", "file.reed"), "file.reed"),
        (("c1", "--path", "[a"), "[a"),
        (("--path", "[a"), "[a"),
        (("c1", "--id", "added-1"), "given twice"),
        (("c9",), "c9"),
    ],
)
def test_what_would_not_do_what_is_meant_is_refused(world: World, words: tuple[str, ...], says: str) -> None:
    """With exit code 3 and one line why; the policy stays as it is."""
    said = add(world, *words)
    assert (said.code, says in said.err) == (3, True), said.err
    assert policy(world) == OWN


def test_an_agent_cannot_add_a_rule(world: World) -> None:
    """It is a changing command, whatever the rule says."""
    assert world.bash("c5", "web4 policy add c1 --decision allow").exit_code == 2
    assert world.entries("intent")[-1]["rules"]["matched"] == ["core/self-tamper"]
