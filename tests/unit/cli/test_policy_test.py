"""`web4 policy test`: a policy's own tests, and those beside it (docs/spec/policy.md D12)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import Said, call_main

if TYPE_CHECKING:
    from pathlib import Path

RULE: dict[str, Any] = {
    "id": "no-rm",
    "match": {"targetPatterns": ["rm -rf"]},
    "decision": "deny",
    "reason": "deletes trees",
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("WEB4_HOME", raising=False)
    (tmp_path / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def run(*words: str) -> Said:
    return call_main("policy", "test", *words)


def write(path: Path, *tests: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rules": [RULE], "tests": list(tests)} if tests else {"rules": [RULE]}, indent=1))
    return str(path)


def test_what_holds_passes(place: Path) -> None:
    """By decision and by rule."""
    file = write(place / "p.json", {"run": "rm -rf x", "want": "stop", "rule": "no-rm"}, {"run": "ls", "want": "pass"})
    said = run(file)
    assert (said.code, said.out) == (0, "2 of 2 tests of 1 policy pass\n")


def test_what_does_not_is_shown_with_its_place_and_what_was_said(place: Path) -> None:
    """And the exit code is 2."""
    file = write(
        place / "p.json",
        {"run": "rm -rf x", "want": "allow", "why": "it is ours"},
        {"run": "rm -rf x", "want": "deny", "rule": "other"},
        {"tool": "Read", "input": {"file_path": "x"}, "want": "deny"},
    )
    said = run(file)
    assert said.code == 2
    assert f"{file}:15:3: rm -rf x\n  wanted allow (it is ours)\n  said   deny by no-rm\n" in said.out
    assert "wanted deny by other" in said.out
    assert 'Read {"file_path": "x"}\n  wanted deny\n  said   allow by no rule' in said.out
    assert said.out.endswith("0 of 3 tests of 1 policy pass\n")
    found = run(file, "--json").json
    assert [row["ok"] for row in found] == [False, False, False]
    assert (found[0]["line"], found[0]["decision"], found[0]["rules"]) == (15, "deny", ["no-rm"])


def test_the_cases_beside_are_run_too(place: Path) -> None:
    """As `policy eval` takes them, with what is wanted."""
    file = write(place / "p.json")
    line = {"tool": "Bash", "input": {"command": "rm -rf x"}, "facts": {"permission_mode": "plan"}}
    (place / "cases.jsonl").write_text(
        json.dumps({**line, "decision": "deny"}) + "\n\n" + '{"run": "ls", "want": "ask"}\n'
    )
    said = run(file)
    assert said.code == 2
    assert "cases.jsonl:3:1: ls" in said.out
    for broken in ("{", '{"run": "ls"}', "[]", '{"run": "ls", "want": "deny", "facts": {"moon": 1}}'):
        (place / "cases.jsonl").write_text(broken)
        assert run(file).code == 3


def test_without_a_file_all_that_speak_here_are_run(place: Path) -> None:
    """Trusted or not: a test is no judgement."""
    write(
        place / ".web4" / "policy.json",
        {"run": "rm -rf x", "want": "deny"},
        {"run": "ls", "want": "allow", "cwd": "/srv"},
    )
    assert run().out == "2 of 2 tests of 1 policy pass\n"
    (place / ".web4" / "policy.json").write_text('{"tests": []}')
    assert run().code == 3


def test_a_fact_that_is_none_is_refused_with_its_place(place: Path) -> None:
    """Else it would be ignored."""
    said = run(write(place / "p.json", {"run": "ls", "want": "allow", "facts": {"moon": "full"}}))
    assert said.code == 3
    assert "p.json:15:3" in said.err
    assert "no fact `moon`" in said.err


def test_check_remarks_what_is_probably_not_meant(place: Path) -> None:
    """With line, column and rule; only `--strict` makes it an exit code (docs/spec/policy.md D13)."""
    wide = {"id": "wide", "match": {"tools": ["*"]}, "decision": "deny"}
    document = {"rules": [RULE, wide], "tests": [{"run": "ls", "want": "deny", "rule": "gone"}]}
    (place / "p.json").write_text(json.dumps(document, indent=1))
    said = call_main("policy", "check", "p.json")
    assert said.code == 0
    assert "  3:3: shadowed: no-rm: changes nothing: `wide` says deny of all that it matches\n" in said.out
    assert "  24:3: unknown: gone: test 1 wants a rule that is not there\n" in said.out
    assert call_main("policy", "check", "--strict", "p.json").code == 2
    (row,) = call_main("policy", "check", "--json", "p.json").json
    assert row["remarks"][0]["kind"] == "shadowed"
    assert (row["remarks"][0]["line"], row["remarks"][0]["column"], row["remarks"][0]["rule"]) == (3, 3, "no-rm")
    assert call_main("policy", "check", "--strict", write(place / "q.json")).code == 0


PACK: dict[str, Any] = {
    "family": "team",
    "programs": [
        {
            "program": "teamdeploy",
            "source": "the team's handbook",
            "effects": [{"effect": "infra.destroy", "on": "operands", "kind": "resource"}],
            "yes": {"teamdeploy shop": ["infra.destroy shop"]},
            "no": {"ls": ["infra.destroy"]},
        }
    ],
}


def test_a_policy_s_packs_count_and_their_examples_are_checked(place: Path) -> None:
    """In `eval`, `explain` and `test`; `check` runs the examples, with the policy or by themselves."""
    document = {
        "packs": ["./tools.json"],
        "rules": [{"match": {"effects": ["infra.destroy"]}, "decision": "deny"}],
        "tests": [{"run": "teamdeploy shop", "want": "deny"}],
    }
    (place / "p.json").write_text(json.dumps(document))
    (place / "tools.json").write_text(json.dumps(PACK))
    assert run("p.json").code == 0
    assert call_main("policy", "explain", "--policy", "p.json", "--json", "teamdeploy shop").json["decision"] == "deny"
    assert call_main("policy", "check", "p.json").code == 0
    assert "its examples hold" in call_main("policy", "check", "--pack", "tools.json").out
    PACK["programs"][0]["no"] = {"teamdeploy shop": ["infra.destroy"]}
    (place / "tools.json").write_text(json.dumps(PACK))
    said = call_main("policy", "check", "p.json")
    assert (said.code, "pack: teamdeploy: `teamdeploy shop` gives `infra.destroy`" in said.out) == (2, True)
    said = call_main("policy", "check", "--pack", "tools.json", "--json")
    assert (said.code, said.json[0]["failures"][0]["program"]) == (2, "teamdeploy")
    assert "1 examples do not hold" in call_main("policy", "check", "--pack", "tools.json").out
    (place / "tools.json").write_text("{}")
    assert [call_main("policy", "check", *words).code for words in (["--pack", "tools.json"], ["p.json"])] == [3, 3]


def test_a_project_s_packs_count_once_they_are_trusted(place: Path) -> None:
    """And no longer when one of them changed."""
    where = place / ".web4"
    where.mkdir()
    rules = [{"match": {"effects": ["infra.destroy"]}, "decision": "deny"}]
    (where / "policy.json").write_text(json.dumps({"packs": ["./tools.json"], "rules": rules}))
    (where / "tools.json").write_text(json.dumps({**PACK, "family": "first"}))

    def decided() -> str:
        return str(call_main("policy", "explain", "--json", "teamdeploy shop").json["decision"])

    assert decided() != "deny"
    assert "teamdeploy" in call_main("policy", "trust").out
    assert decided() == "deny"
    (where / "tools.json").write_text(json.dumps({**PACK, "family": "second"}))
    assert decided() != "deny"
