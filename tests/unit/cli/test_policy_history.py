"""`web4 policy diff` and `suggest`: on recorded history (docs/spec/policy.md H5, H6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import rows

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
ASKS: dict[str, Any] = {
    "rules": [{"id": "own", "match": {"tools": ["Read"]}, "decision": "allow"}],
    "defaultPolicy": "ask",
    "enforce": True,
}


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks stands in no project."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A person who is asked about all but reading."""
    return World(tmp_path / "w", ASKS)


def policy(action: str, home: object, *words: str) -> Said:
    return call_main("policy", action, *words, "--home", str(home))


def ran(world: World, name: str, command: str, **fields: Any) -> None:
    world.bash(name, command, **fields)
    world.post(name, "Bash", {"command": command, "description": "d"}, {"stdout": ""}, **fields)


def refused(world: World, name: str, command: str) -> None:
    world.bash(name, command)
    world.batch((name, "Bash", {"command": command, "description": "d"}, REFUSED))


def written(world: World, name: str, path: str) -> None:
    given = {"file_path": str(world.project / path), "content": "x"}
    world.pre(name, "Write", given)
    world.post(name, "Write", given, {"type": "create", "filePath": given["file_path"], "content": "x"})


def suggested(world: World, *words: str) -> list[dict[str, Any]]:
    return policy("suggest", world.home, "--jsonl", *words).rows


def checked(world: World, tmp_path: Path, *words: str) -> dict[str, Any]:
    """The printed policy; `check` must take it."""
    said = policy("suggest", world.home, *words)
    assert said.code == 0, said.err
    file = tmp_path / "suggested.json"
    file.write_text(said.out)
    assert call_main("policy", "check", str(file)).code == 0
    found: dict[str, Any] = said.json
    return found


def test_two_policies_are_compared_call_by_call(told: World, tmp_path: Path) -> None:
    """With both decisions, and a count for each pair."""
    said = policy("diff", told.home, "safety", "strict", "--json")
    assert said.code == 0, said.err
    found = said.json
    assert (found["calls"], found["differ"], found["unknown"]) == (8, 3, 0)
    assert found["counts"] == [
        {"first": "allow", "second": "ask", "calls": 2},
        {"first": "allow", "second": "deny", "calls": 1},
    ]
    listed = policy("diff", told.home, "safety", "strict", "--jsonl").rows
    assert listed == found["listed"]
    assert all(set(row) == set(rows.COMPARED) for row in listed)
    out = policy("diff", told.home, "safety", "strict").out
    assert "8 calls, 3 decided otherwise" in out
    assert "allow by user/default, ask by strict/ask-out" in out
    file = tmp_path / "p.json"
    file.write_text(json.dumps({"rules": [{"match": {"tools": ["Read"]}, "decision": "deny"}]}))
    found = policy("diff", told.home, str(file), "permissive", "--jsonl").rows
    assert [row["first"] for row in found if row["tool"] == "Read"] == ["deny"]
    assert policy("diff", told.home, "safety", "strict", "--session", "aaaa", "--json").json["calls"] == 5


def test_one_policy_is_compared_with_what_is_in_force(told: World) -> None:
    """What is in force comes first."""
    same = policy("diff", told.home, str(told.home / "policy.json"), "--json").json
    assert (same["differ"], same["calls"]) == (0, 8)
    shown = call_main("policy", "show", "--json", "--home", str(told.home)).json
    assert policy("diff", told.home, "strict", "--json").json["first"] == shown["digest"]


def test_a_policy_does_not_differ_from_itself(told: World) -> None:
    """Nothing is listed."""
    assert policy("diff", told.home, "safety", "safety").out == "8 calls, 0 decided otherwise\n"


@pytest.mark.parametrize("words", [["no"], ["safety", "none.json"], ["safety", "no"]])
def test_a_policy_that_is_none_is_usage(told: World, words: list[str]) -> None:
    """Exit 3."""
    assert policy("diff", told.home, *words).code == 3


def test_calls_that_cannot_be_judged_are_counted(tmp_path: Path) -> None:
    """Where nothing is kept, nothing differs, and it is said."""
    world = World(tmp_path / "w", ASKS)
    (world.home / "config.toml").write_text('privacy = "metadata"')
    world.bash("c1", "ls")
    assert policy("diff", world.home, "safety", "strict").out == "1 calls, 0 decided otherwise, 1 could not be judged\n"
    assert suggested(world, "--least", "1") == []


def test_what_was_asked_about_and_always_let_through_becomes_an_allow(world: World, tmp_path: Path) -> None:
    """For the exact command and path; the printed policy is the person's own with the rules at its end, and it works."""
    for n in range(3):
        ran(world, f"m{n}", "make docs")
        written(world, f"w{n}", "src/a.py")
    ran(world, "once", "make once")
    found = suggested(world)
    assert [(one["side"], one["calls"], one["against"]) for one in found] == [("allow", 3, ""), ("allow", 3, "")]
    assert all(set(one) == set(rows.SUGGESTED) for one in found)
    printed = checked(world, tmp_path)
    assert printed["rules"][0] == ASKS["rules"][0]
    assert [rule["match"] for rule in printed["rules"][1:]] == [
        {"effects": ["code.run"], "targetPatterns": ["make docs"]},
        {"effects": ["file.write"], "paths": [str(world.project / "src/a.py")]},
    ]
    assert "3 times on 1 day" in printed["rules"][1]["reason"]
    said = policy("suggest", world.home)
    assert "suggested as suggested-1-1" in said.err
    world.policy(printed)
    ran(world, "after", "make docs")
    assert world.entries("intent")[-1]["rules"]["decision"] == "allow"
    assert suggested(world) == []


def test_what_is_suggested_again_gets_other_names(world: World, tmp_path: Path) -> None:
    """So that the whole loads, however often it is done."""
    for n in range(3):
        ran(world, f"m{n}", "make docs")
    world.policy(checked(world, tmp_path))
    for n in range(3):
        ran(world, f"t{n}", "make tables")
    printed = checked(world, tmp_path)
    assert [rule["match"]["targetPatterns"] for rule in printed["rules"][1:]] == [["make docs"], ["make tables"]]
    assert len({rule["id"] for rule in printed["rules"]}) == 3


def test_what_different_calls_have_in_common_becomes_one_rule(world: World, tmp_path: Path) -> None:
    """The directory of files in the project, and the words that commands begin with; not a program alone."""
    for name in ("a", "b", "c"):
        written(world, f"w{name}", f"docs/{name}.md")
        written(world, f"r{name}", f"{name}.md")
        ran(world, f"p{name}", f"make docs {name}")
        ran(world, f"n{name}", f"npm run-{name}")
    matches = [rule["match"] for rule in checked(world, tmp_path)["rules"][1:]]
    assert {"effects": ["file.write"], "paths": [f"{world.project}/docs/**"]} in matches
    assert {"effects": ["code.run"], "targetPatterns": ["make docs"]} in matches
    assert len(matches) == 2
    refused(world, "no", "make docs d")
    against = [one["against"] for one in suggested(world) if "make docs" in str(one["rules"])]
    assert "denied" in against[0]


def test_a_text_that_is_not_whole_speaks_for_nothing(world: World) -> None:
    """A secret was taken out of it."""
    for n in range(3):
        ran(world, f"m{n}", "make docs TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789")
    assert suggested(world) == []


@pytest.mark.parametrize("which", [0, 1])
def test_nobody_vouches_for_oneself(world: World, which: int) -> None:
    """What an agent's own call may have reported, the call or its end, is no evidence."""
    forged = {"peer": (7, 7, True)}
    for n in range(3):
        world.bash(f"m{n}", "make docs", context=forged if which == 0 else {})
        given = {"command": "make docs", "description": "d"}
        world.post(f"m{n}", "Bash", given, {"stdout": ""}, context=forged if which else {})
    assert suggested(world) == []


def test_what_was_denied_once_is_not_let_go(world: World) -> None:
    """Not by its own rule, nor by one that would cover it."""
    for n in range(3):
        ran(world, f"m{n}", "make docs")
    refused(world, "no", "make docs")
    (one,) = suggested(world)
    assert one["side"] == "allow"
    assert "denied or did not end" in one["against"]
    assert json.loads(policy("suggest", world.home).out) == ASKS
    assert "not suggested" in policy("suggest", world.home).err


def test_what_was_denied_again_and_again_becomes_a_deny(world: World, tmp_path: Path) -> None:
    """Unless it was let through as well."""
    for n in range(3):
        refused(world, f"d{n}", "make deploy")
    printed = checked(world, tmp_path)
    assert printed["rules"][1]["match"] == {"effects": ["code.run"], "targetPatterns": ["make deploy"]}
    assert printed["rules"][1]["decision"] == "deny"
    ran(world, "yes", "make deploy")
    (one,) = suggested(world)
    assert "also deny what was let through" in one["against"]
    world.policy({"rules": [{"match": {"tools": ["Bash"]}, "decision": "deny", "reason": "r"}], "enforce": True})
    assert suggested(world) == []


def test_a_rule_that_cannot_be_replaced_is_not_worked_around(tmp_path: Path) -> None:
    """It is named as what speaks against it."""
    asks = [{"id": "deploys", "match": {"targetPatterns": ["make deploy"]}, "decision": "ask"}]
    world = World(tmp_path / "w", {"rules": asks, "enforce": True})
    for n in range(3):
        ran(world, f"m{n}", "make deploy")
    (one,) = suggested(world)
    assert one["against"] == "deploys cannot be replaced from here"
    assert policy("suggest", world.home).json == {"rules": asks, "enforce": True}


@pytest.mark.parametrize("where", ["extended", "organisation"])
def test_a_rule_that_offers_itself_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """One above the person's own that says `overridable`: of a document that theirs extends, or of the organisation."""
    offered = {"id": "deploys", "match": {"targetPatterns": ["make deploy"]}, "decision": "ask", "overridable": True}
    world = World(tmp_path / "w")
    monkeypatch.setattr("web4_governance.app.context.ORGANISATION", str(world.organisation))
    place, above = (world.home, "more.json") if where == "extended" else (world.organisation, "policy.json")
    (place / above).write_text(json.dumps({"rules": [offered], "enforce": True}))
    own = {"extends": ["./more.json"], "enforce": True} if where == "extended" else {"defaultPolicy": "allow"}
    world.policy(own)
    for n in range(3):
        ran(world, f"m{n}", "make deploy")
    (one,) = suggested(world)
    assert one["against"] == ""
    world.policy(policy("suggest", world.home).json)
    ran(world, "after", "make deploy")
    rules = world.entries("intent")[-1]["rules"]
    assert (rules["decision"], rules["replaced"]) == ("allow", [["deploys", "suggested-1-1"]])


def test_the_core_s_own_rule_and_what_nobody_can_see_are_never_loosened(tmp_path: Path) -> None:
    """Whoever let them through, in a dry run."""
    world = World(tmp_path / "w", {**ASKS, "enforce": False})
    for n in range(3):
        for name, command in (("t", "web4 policy use permissive"), ("o", "$X $Y"), ("h", 'curl "$(cat url)"')):
            ran(world, f"{name}{n}", command)
            world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": command, "description": "d"})
    assert [one for one in suggested(world) if not one["against"]] == []


def test_a_dry_run_speaks_where_the_host_asked(tmp_path: Path) -> None:
    """The person said yes to the host's own question, which we would have asked."""
    world = World(tmp_path / "w", {**ASKS, "enforce": False})
    for n in range(3):
        world.bash(f"m{n}", "make docs")
        world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": "make docs", "description": "d"})
        world.post(f"m{n}", "Bash", {"command": "make docs", "description": "d"}, {"stdout": ""})
        ran(world, f"u{n}", "make unasked")
    assert [one["rules"][0]["match"]["targetPatterns"] for one in suggested(world)] == [["make docs"]]


def test_hosts_and_servers_get_rules_of_their_own(world: World) -> None:
    """By address, and by the tool's name; two deeds of a call get two rules."""
    for n in range(2):
        fetch = {"url": "https://docs.example.com/a", "prompt": "p"}
        world.pre(f"f{n}", "WebFetch", fetch)
        world.post(f"f{n}", "WebFetch", fetch, {"result": "x"})
        server = {"mcp_server": {"name": "tracker", "source": "user"}}
        world.pre(f"s{n}", "mcp__tracker__list", {"q": "x"}, **server)
        world.post(f"s{n}", "mcp__tracker__list", {"q": "x"}, [{"type": "text", "text": "ok"}], **server)
        ran(world, f"b{n}", "mv a.txt b.txt")
    found = {
        json.dumps([rule["match"] for rule in one["rules"]])
        for one in suggested(world, "--least", "2")
        if not one["against"]
    }
    assert json.dumps([{"tools": ["mcp__tracker__list"]}]) in found
    assert any("docs.example.com" in text for text in found)
    assert any(text.count("effects") > 1 and "b.txt" in text for text in found)


def test_a_policy_in_another_format_is_read(tmp_path: Path) -> None:
    """What is printed is JSON all the same; and what it extends is found beside it."""
    world = World(tmp_path / "w")
    (world.home / "more.json").write_text(json.dumps({"defaultPolicy": "ask"}))
    (world.home / "policy.yaml").write_text("extends: [./more.json]\nenforce: true\n")
    for n in range(3):
        ran(world, f"m{n}", "make docs")
    found = policy("suggest", world.home).json
    assert found["extends"] == ["./more.json"]
    assert len(found["rules"]) == 1


def test_a_person_without_a_policy_has_the_default(tmp_path: Path) -> None:
    """Nothing speaks for anything yet."""
    world = World(tmp_path / "w")
    world.bash("c1", "ls")
    said = policy("suggest", world.home)
    assert said.json == {"extends": ["audit-only"]}
    assert "no further rule" in said.err


def test_no_evidence_is_no_rule(world: World) -> None:
    """Exit 3."""
    world.bash("c1", "ls")
    assert policy("suggest", world.home, "--least", "0").code == 3
