"""What is probably not meant, planted into whole policies: each fault is named with its rule, and clean policies are quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docs.pages import blocks
from support.told import call_main

ROOT = Path(__file__).resolve().parents[3]
POLICIES = sorted((ROOT / "policies").glob("*/policy.json"))
BASH: dict[str, Any] = {"tools": ["Bash"]}
WIDE: dict[str, Any] = {"effects": ["file.*"], "paths": ["infra/**"]}

# Each fault: what `check` calls it, and the rules that make it; the faulty one is called `bad`.
FAULTS: list[tuple[str, list[dict[str, Any]]]] = [
    ("never", [{"match": {"categories": ["database"], "effects": ["file.write"]}, "decision": "deny"}]),
    ("never", [{"match": {"tools": ["Read"], "effects": ["vcs.push"]}, "decision": "deny"}]),
    ("never", [{"match": {"tools": ["Bash"], "mcpServers": ["shop"]}, "decision": "ask"}]),
    ("never", [{"match": BASH, "except": {"tools": ["*"]}, "decision": "deny"}]),
    ("never", [{"match": {"tools": ["bash"]}, "decision": "warn"}]),
    ("never", [{"match": {"tools": ["mcp_shop_buy"]}, "decision": "ask"}]),
    ("never", [{"match": {"hosts": ["https://example.com"]}, "decision": "ask"}]),
    ("never", [{"match": {"hosts": ["example.com:8443", "example.org/api"]}, "decision": "ask"}]),
    ("never", [{"match": {"permissionModes": ["bypass"]}, "decision": "deny"}]),
    ("never", [{"match": {"effects": ["mcp.call"], "paths": ["src/**"]}, "decision": "deny"}]),
    ("never", [{"match": {"effects": ["delegate", "state"], "places": ["home"]}, "decision": "deny"}]),
    ("shadowed", [{"id": "all", "match": {"effects": ["file.write"], "paths": ["a/**", "b/**"]}, "decision": "deny"},
                  {"match": {"effects": ["file.write"], "paths": ["b/**"]}, "decision": "ask"}]),
    ("shadowed", [{"id": "all", "match": {"mcpServers": ["*"]}, "decision": "deny"},
                  {"match": {"mcpServers": ["shop"], "tools": ["mcp__shop__*"]}, "decision": "warn"}]),
    ("shadowed", [{"id": "one", "match": {"hosts": ["a.test", "b.test"]}, "decision": "ask"},
                  {"match": {"hosts": ["b.test", "a.test"]}, "decision": "ask"}]),
    ("shadowed", [{"id": "all", "match": {"effects": ["db.*"]}, "decision": "deny"},
                  {"match": {"effects": ["db.drop"], "targetPatterns": ["DROP TABLE"]}, "decision": "allow"}]),
    ("contradicts", [{"id": "no", "match": WIDE, "decision": "deny"}, {"match": WIDE, "decision": "warn"}]),
    ("contradicts", [{"id": "no", "match": {"paths": ["x/**", "y/**"]}, "decision": "ask"},
                     {"match": {"paths": ["y/**", "x/**"]}, "decision": "allow"}]),
    ("ignored", [{"id": "no", "match": {"targetPatterns": ["git push"]}, "decision": "ask"},
                 {"match": {"targetPatterns": ["git fetch origin docs"]}, "decision": "allow"}]),
    ("shadowed", [{"id": "no", "match": {"targetPatterns": ["git push"]}, "decision": "ask"},
                  {"match": {"targetPatterns": ["git push origin docs"]}, "decision": "allow"}]),
    ("misread", [{"match": {"paths": ["secrets/"], "effects": ["file.write"]}, "decision": "deny"}]),
    ("misread", [{"match": {"paths": ["$HOME/keys/**"]}, "decision": "deny"}]),
    ("misread", [{"match": {"paths": ["https://example.com/**", "k/**"]}, "decision": "deny"}]),
    ("misread", [{"match": {"paths": ["C:\\keys\\**"]}, "decision": "deny"}]),
    ("misread", [{"match": {"targetPatterns": ["mcp__shop__buy"]}, "decision": "deny"}]),
    ("misread", [{"match": {"hosts": ["*.test", "http://b.test"]}, "decision": "deny"}]),
    ("loosens", [{"match": BASH, "decision": "allow", "hostAllow": True}]),
    ("unknown", []),
]  # fmt: skip  # a fault a line
CLEAN: list[dict[str, Any]] = [
    {"extends": ["safety"], "enforce": True},
    {"rules": [{"match": {"targetPatterns": ["npm test"]}, "decision": "allow"}], "defaultPolicy": "allow"},
    {"extends": ["strict"], "rules": [{"match": {"paths": ["./src/**"], "effects": ["file.*"]}, "decision": "allow"}]},
    {"rules": [{"match": {"permissionModes": ["bypass*"]}, "decision": "deny"}]},
    {"rules": [{"match": {"tools": ["Read", "mcp__*", "powershell"], "paths": ["~/.ssh/**", "/etc/**", "."]}, "decision": "ask"}]},
    {"rules": [{"match": {"hosts": ["*.test", "::1", "localhost"]}, "decision": "ask"}, {"match": {"hosts": ["a.test"]}, "decision": "deny"}]},
    {"rules": [{"match": WIDE, "except": {"effects": ["file.read"]}, "decision": "deny"}, {"match": WIDE, "decision": "warn"}]},
    {"rules": [{"match": {"tools": ["WebFetch"], "hosts": ["docs.test"]}, "decision": "allow", "hostAllow": True}]},
]  # fmt: skip  # a policy a line


def faulty(kind: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    named = [rule if "id" in rule else {"id": "bad", **rule} for rule in rules]
    if kind == "unknown":
        own = [{"id": "ok", "match": BASH, "decision": "ask"}]
        return {"rules": own, "tests": [{"run": "ls", "want": "ask", "rule": "bad"}]}
    return {"rules": named, "defaultPolicy": "allow", "enforce": True}


def checked(tmp_path: Path, document: Any) -> tuple[int, list[dict[str, Any]], list[str]]:
    file = tmp_path / "policy.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    said = call_main("policy", "check", str(file), "--strict", "--json")
    assert said.code != 3, said.err
    return said.code, said.json[0]["remarks"], said.json[0]["warnings"]


@pytest.mark.parametrize(("kind", "rules"), FAULTS)
def test_a_planted_fault_is_named_with_its_rule(tmp_path: Path, kind: str, rules: list[dict[str, Any]]) -> None:
    """As the only thing that is odd, at the line where it stands."""
    code, remarks, _ = checked(tmp_path, faulty(kind, rules))
    assert code == (0 if kind == "loosens" else 2)
    assert {(one["kind"], one["rule"]) for one in remarks} == {(kind, "bad")}
    assert all(one["line"] == 1 < one["column"] for one in remarks)


def test_faults_that_stand_together_are_all_named(tmp_path: Path) -> None:
    """One policy with every fault that stands in one rule alone: none hides another."""
    alone = [(kind, rules[0]) for kind, rules in FAULTS if len(rules) == 1 and kind != "loosens"]
    named = [{"id": f"bad-{n}", **rule} for n, (_, rule) in enumerate(alone)]
    _, remarks, _ = checked(tmp_path, {"rules": named, "enforce": True})
    assert {f"bad-{n}" for n in range(len(alone))} <= {one["rule"] for one in remarks}


@pytest.mark.parametrize("document", CLEAN)
def test_a_clean_policy_is_quiet(tmp_path: Path, document: dict[str, Any]) -> None:
    """What may be meant is not remarked on."""
    assert checked(tmp_path, document) == (0, [], [])


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.parent.name)
def test_the_examples_are_quiet(file: Path) -> None:
    """Every policy that the repository shows."""
    said = call_main("policy", "check", str(file), "--strict", "--json")
    assert (said.code, said.json[0]["warnings"]) == (0, [])
    assert {one["kind"] for one in said.json[0]["remarks"]} <= {"loosens"}  # a rule that `without` leaves out


@pytest.mark.parametrize("text", blocks("docs/guide/policy-cookbook.md", "json"))
def test_the_cookbook_is_quiet(tmp_path: Path, text: str) -> None:
    """But where a recipe loosens, which it says."""
    _, remarks, _ = checked(tmp_path, text)
    assert {one["kind"] for one in remarks} <= {"loosens"}


@pytest.mark.parametrize(
    ("document", "kind", "rule"),
    [
        ({"extends": ["safety"], "without": ["safety/rewrite-own"]}, "loosens", "safety/rewrite-own"),
        ({"extends": ["strict"], "defaultPolicy": "allow"}, "ignored", "defaultPolicy"),
    ],
)
def test_what_a_document_says_beside_its_rules_is_looked_at(
    tmp_path: Path, document: dict[str, Any], kind: str, rule: str
) -> None:
    """What it leaves out, and a default that is no stricter than what it extends."""
    _, remarks, _ = checked(tmp_path, document)
    assert [(one["kind"], one["rule"]) for one in remarks] == [(kind, rule)]


def test_what_is_printed_is_the_persons_own(tmp_path: Path) -> None:
    """How the patterns of presets are read is asked for with `--all`."""
    file = tmp_path / "policy.json"
    file.write_text(
        json.dumps({"extends": ["safety"], "rules": [{"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}]})
    )
    said = call_main("policy", "check", str(file)).out.splitlines()
    assert said[0].endswith("does not say whether it binds")
    assert ": 1 rule of its own and " in said[0]
    assert said[1:] == ["  rule-1: `rm -rf` is a command pattern"]
    assert len(call_main("policy", "check", str(file), "--all").out.splitlines()) > 50
