"""`web4 policy add`: a rule from a recorded call decides that call, or is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import policy_add, policy_file

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


def test_what_no_words_can_name_is_every_call_of_its_kind(world: World) -> None:
    """A statement in a variable's database has no words that a rule could hold; the effect has to be said."""
    world.bash("c7", "psql \"$DATABASE_URL\" -c 'drop table orders_old'")
    said = add(world, "c7")
    assert (said.code, "no rule can name just what this call does: db.drop" in said.err) == (3, True)
    assert add(world, "c7", "--effect", "db.drop").code == 0
    assert policy(world)["rules"][1]["match"] == {"effects": ["db.drop"]}


def test_a_rule_from_words_alone(world: World) -> None:
    """Without a call there is nothing that it is tried on."""
    assert add(world, "--effect", "file.delete", "--path", "/srv/**").code == 0
    assert policy(world)["rules"][1]["match"] == {"effects": ["file.delete"], "paths": ["/srv/**"]}


def test_a_file_on_one_line_is_made_readable(world: World) -> None:
    """As `init` and `use` write it; what a person laid out stays so."""
    (world.home / "policy.json").write_text('{"enforce":true,"extends":["safety"]}\n')
    assert add(world, "c1").code == 0
    assert (world.home / "policy.json").read_text().startswith('{\n  "enforce": true,\n  "extends": [')
    assert policy(world)["rules"][0]["id"] == "added-1"


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
    assert (said.code, "writing it anew" in said.err) == (3, True)
    assert add(world, "c1", "--print").json["enforce"] is True
    assert not (world.home / "policy.json").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("policy.toml", "# mine\nenforce = true\ndefaultPolicy = 'allow'\n"),
        ("policy.toml", "[[rules]]\nid = 'a'\nmatch = { tools = ['Bash'] }\ndecision = 'warn' # only that\n"),
        ("policy.json", '{"enforce": true,\n\t"rules": [ {"id":"a", "match":{"tools":["Bash"]},"decision":"warn"} ] }'),
        ("policy.json", '{\r\n  "enforce":   true\r\n}\r\n'),
    ],
)
def test_the_rest_of_the_file_stays_as_it_is(world: World, name: str, text: str) -> None:
    """Comments, order and blanks: taking the new lines out gives the old text."""
    (world.home / "policy.json").unlink()
    (world.home / name).write_bytes(text.encode())
    assert add(world, "c1", "--id", "mine", "--reason", 'say "no" — ü \\').code == 0
    after = (world.home / name).read_bytes().decode()
    assert "mine" in after
    left = iter(after)
    assert all(letter in left for letter in text.rstrip())  # in order, nothing of it lost
    found = call_main("policy", "show", "--json", "--home", str(world.home)).json["layers"][-1]
    assert found["rules"][-1]["reason"] == 'say "no" — ü \\'


@pytest.mark.parametrize("rules", ["rules = [{ id = 'a', match = { tools = ['Bash'] }, decision = 'warn' }]"])
def test_a_text_that_cannot_be_added_to_is_left_alone(world: World, rules: str) -> None:
    """Rules on one line of TOML take none behind them."""
    (world.home / "policy.json").unlink()
    (world.home / "policy.toml").write_text(rules)
    assert "writing it anew" in add(world, "c1").err
    assert (world.home / "policy.toml").read_text() == rules


def test_what_an_editor_saved_meanwhile_is_not_overwritten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no lock; its change is seen by the last look."""
    real = policy_add.tried

    def saving(*words: Any) -> str:
        text = real(*words)
        (world.home / "policy.json").write_text(json.dumps({**OWN, "enforce": False}))
        return text

    monkeypatch.setattr(policy_add, "tried", saving)
    assert "was changed meanwhile" in add(world, "c1").err
    assert policy(world) == {**OWN, "enforce": False}


def test_a_lock_that_is_held_is_waited_for_and_no_longer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is changed, and said so."""
    monkeypatch.setattr(policy_file, "WAIT_S", 0.05)
    with policy_file.changing(str(world.home)):
        assert "another process is changing policies" in add(world, "c1").err
        assert call_main("policy", "use", "strict", "--home", str(world.home)).code == 3
    assert policy(world) == OWN
    assert add(world, "c1").code == 0


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
