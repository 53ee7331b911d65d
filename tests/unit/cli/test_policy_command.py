"""`web4 policy`: the command, its exit codes, and the batch that judges calls nobody made."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from support.told import Said, call_main
from web4_governance.app import rows

if TYPE_CHECKING:
    from pathlib import Path

DENY_RM: dict[str, Any] = {
    "rules": [{"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "reason": "deletes trees"}],
    "defaultPolicy": "allow",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without a policy, in a project of theirs."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("WEB4_HOME", raising=False)
    (tmp_path / "user" / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "user" / "project")
    return tmp_path / "user"


def policy(*words: str) -> Said:
    return call_main("policy", *words)


def write(path: Path, document: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def test_show_says_what_is_in_force_by_layer(place: Path) -> None:
    """Without any policy that is the default preset, and nothing binds."""
    found = policy("show", "--json").json
    assert found["mode"] == "dry-run"
    assert [layer["layer"] for layer in found["layers"]] == ["user"]
    assert found["layers"][0]["pins"][0][0] == "audit-only"
    out = policy("show").out
    assert "dry run" in out
    assert found["digest"] in out
    assert all(rule["id"][:20] in out for rule in found["layers"][0]["rules"])
    assert place.exists()


def test_use_changes_what_is_in_force_and_whether_it_binds(place: Path) -> None:
    """As the next hook will see it."""
    assert "enforce: decisions bind" in policy("use", "safety", "--enforce").out
    assert policy("show", "--json").json["mode"] == "enforce"
    assert "observe" in policy("use", "safety", "--observe").out
    assert policy("show", "--json").json["mode"] == "dry-run"
    assert (place / ".web4" / "policy.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["use", "audit-only", "--enforce"],
        ["use", "nothing-of-that-name"],
        ["use", "safety", "--enforce", "--observe"],
        ["use", "none.json"],
        ["trust"],
        ["check", "none.json"],
        ["eval", "--command", "ls"],
        ["eval", "--preset", "safety"],
        ["eval", "--preset", "safest", "--command", "ls"],
        ["eval", "--preset", "safety", "--input", "none.jsonl"],
        ["frobnicate"],
        [],
    ],
)
@pytest.mark.usefixtures("place")
def test_what_makes_no_sense_is_a_usage_error(words: list[str]) -> None:
    """Exit 3 with a reason, and nothing on standard output."""
    said = policy(*words)
    assert (said.code, said.out) == (3, "")
    assert said.err


def test_a_projects_policy_is_shown_when_it_is_trusted(place: Path) -> None:
    """What it says is printed, safe for a terminal; before that it is named as not counted."""
    file = write(place / "project" / ".web4" / "policy.json", {**DENY_RM, "description": "quiet\u202e \x1b[2J"})
    assert f"not counted: {file}" in policy("show").out
    said = policy("trust")
    assert said.code == 0
    assert "no-rm" in said.out
    assert all(char == "\n" or char.isprintable() for char in said.out)
    assert [layer["layer"] for layer in policy("show", "--json").json["layers"]] == ["user", "project"]
    assert "no longer trusted: sha256:" in policy("trust", "--revoke").out
    assert policy("show", "--json").json["untrusted"] == [file]


def test_check_names_line_and_column_and_exits_3(place: Path) -> None:
    """On standard error for people, in the document for programs."""
    file = write(place / "p.json", '{"rules": [\n  {"match": {"tools": []}, "decision": "deny"}\n]}')
    said = policy("check", file)
    assert said.code == 3
    assert f"{file}:2:" in said.err
    (found,) = policy("check", file, "--json").json
    assert (found["ok"], found["line"]) == (False, 2)
    assert found["column"] > 1


def test_check_prints_how_patterns_are_read(place: Path) -> None:
    """And exits 0 where all is well."""
    said = policy("check", write(place / "p.json", DENY_RM))
    assert said.code == 0
    assert "`rm -rf` is a command pattern" in said.out


def test_check_says_what_the_home_lacks_for_a_rule_that_waits_for_a_head(place: Path) -> None:
    """Keys and a log policy, each until it is there; it is the home's lack, so `--strict` does not count it."""
    rule = {"match": {"tools": ["Bash"]}, "decision": "warn", "commitBeforeAct": True, "id": "careful"}
    file = write(place / "p.json", {"rules": [rule]})
    said = policy("check", file, "--strict")
    assert said.code == 0
    assert "home: careful: the home has no keys" in said.out
    assert "home: careful: the home has no `log-policy`" in said.out
    assert len(policy("check", file, "--json").json[0]["home"]) == 2
    write(place / ".web4" / "keys" / "first", "")
    assert "no keys" not in policy("check", file).out
    write(place / ".web4" / "log-policy", "")
    assert policy("check", file, "--json").json[0]["home"] == []
    assert policy("check", write(place / "q.json", DENY_RM), "--json").json[0]["home"] == []


def test_check_without_a_file_looks_at_all_that_speak_here(place: Path) -> None:
    """The user's and the project's, the broken one named."""
    assert "the default" in policy("check").out
    policy("use", "safety")
    write(place / "project" / ".web4" / "policy.json", "{")
    said = policy("check", "--json")
    assert said.code == 3
    assert [(os.path.relpath(one["file"], place), one["ok"]) for one in said.json] == [
        (".web4/policy.json", True),
        ("project/.web4/policy.json", False),
    ]


@pytest.mark.usefixtures("place")
def test_presets_are_listed_and_printed() -> None:
    """Four of them; each printed document loads."""
    found = policy("presets", "--json").json
    assert [row["name"] for row in found] == ["audit-only", "permissive", "safety", "strict"]
    assert policy("presets", "--jsonl").rows == found
    assert all(row["name"] in policy("presets").out for row in found)
    assert json.loads(policy("presets", "strict").out)["rules"]


@pytest.mark.usefixtures("place")
def test_the_schema_is_printed() -> None:
    """A JSON Schema that names the fields of a policy."""
    schema = json.loads(policy("schema").out)
    assert "rules" in schema["properties"]


def lines(*inputs: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in inputs)


BASH = {"tool": "Bash", "input": {"command": "rm -rf x"}}
READ = {"tool": "Read", "input": {"file_path": "/workspace/project/a.py"}}


def test_eval_answers_every_line_in_order(place: Path) -> None:
    """Exit 0 whatever was decided; four fields a line."""
    file = write(place / "in.jsonl", lines(BASH, READ, BASH))
    said = policy("eval", "--policy", write(place / "p.json", DENY_RM), "--input", file, "--json")
    assert said.code == 0
    assert [row["decision"] for row in said.rows] == ["deny", "allow", "deny"]
    assert all(list(row) == list(rows.EVAL) for row in said.rows)
    assert said.rows[0]["rules"] == ["no-rm"]
    assert "deletes trees" in said.rows[0]["reasons"][0]
    assert said.rows[1]["effects"] == ["file.read"]


def test_eval_reads_standard_input(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is not a file's name."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines(BASH).encode())))
    said = policy("eval", "--policy", write(place / "p.json", DENY_RM), "--input", "-", "--json")
    assert [row["decision"] for row in said.rows] == ["deny"]


def test_eval_of_nothing_is_nothing(place: Path) -> None:
    """An empty batch has an empty answer."""
    said = policy("eval", "--preset", "safety", "--input", write(place / "in.jsonl", ""), "--json")
    assert (said.code, said.out) == (0, "")


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        '{"tool": "Bash"}',
        '{"input": {}}',
        '{"tool": 7, "input": {}}',
        '{"tool": "Bash", "input": "ls"}',
        '{"tool": "Bash", "input": {}, "cwd": 1}',
        '{"tool": "Bash", "input": {}, "facts": []}',
        '{"tool": "Bash", "input": {}, "facts": {"moon": 1}}',
        '{"tool": "Bash", "input": {}, "facts": {"now_us": "now"}}',
        '{"tool": "Bash", "input": {}, "facts": {"real": 1}}',
        '{"tool": "Bash", "input": {}, "facts": {"limits": {"a": true}}}',
        "",
    ],
)
def test_a_bad_line_is_named_and_nothing_is_answered(place: Path, bad: str) -> None:
    """Exit 3 with the line's number, before any answer: half a batch would be taken for a whole one."""
    file = write(place / "in.jsonl", lines(READ) + bad + "\n" + lines(READ))
    said = policy("eval", "--preset", "safety", "--input", file, "--json")
    assert (said.code, said.out) == (3, "")
    assert f"{file}:2: " in said.err


def test_a_call_without_arguments_is_judged_all_the_same(place: Path) -> None:
    """Null is what some hosts send for no input; it is not the same as a line that forgot it."""
    batch = write(place / "in.jsonl", lines({"tool": "Read", "input": None}))
    said = policy("eval", "--policy", write(place / "p.json", DENY_RM), "--input", batch, "--json")
    assert (said.code, said.rows[0]["decision"]) == (0, "allow")


@pytest.mark.parametrize(
    ("document", "facts", "decision"),
    [
        ({"match": {"permissionModes": ["plan"]}, "decision": "deny"}, {"permission_mode": "plan"}, "deny"),
        ({"match": {"permissionModes": ["plan"]}, "decision": "deny"}, {"permission_mode": "default"}, "allow"),
        ({"match": {"tools": ["Bash"]}, "decision": "ask"}, {"permission_mode": "bypassPermissions"}, "deny"),
        ({"match": {"tools": ["Bash"]}, "decision": "ask"}, {}, "ask"),
        ({"match": {"agents": ["Explore"]}, "decision": "deny"}, {"agent_id": "a1", "agent_type": "Explore"}, "deny"),
    ],
)
def test_facts_of_a_line_are_judged_by(place: Path, document: Any, facts: dict[str, Any], decision: str) -> None:
    """What the line says of mode and agent counts; what it does not say is unknown."""
    file = write(place / "p.json", {"rules": [document], "defaultPolicy": "allow"})
    batch = write(place / "in.jsonl", lines({"tool": "Bash", "input": {"command": "ls"}, "facts": facts}))
    assert policy("eval", "--policy", file, "--input", batch, "--json").rows[0]["decision"] == decision


def test_an_unknown_count_is_the_careful_case(place: Path) -> None:
    """A limit of which nobody says how often it was taken holds."""
    rule = {"id": "slow", "match": {"tools": ["Bash"], "rateLimit": {"max": 2, "per": "1m"}}, "decision": "deny"}
    file = write(place / "p.json", {"rules": [rule], "defaultPolicy": "allow"})
    batch = write(place / "in.jsonl", lines({"tool": "Bash", "input": {"command": "ls"}}))
    assert policy("eval", "--policy", file, "--input", batch, "--json").rows[0]["decision"] == "deny"


def test_a_line_says_where_it_runs(place: Path) -> None:
    """Paths are resolved against its `cwd` and `home`; without one it runs in a project of its own."""
    rule = {"id": "here", "match": {"paths": ["/srv/app/**"]}, "decision": "deny"}
    file = write(place / "p.json", {"rules": [rule], "defaultPolicy": "allow"})
    read = {"tool": "Read", "input": {"file_path": "a.py"}}
    batch = write(place / "in.jsonl", lines({**read, "cwd": "/srv/app"}, read))
    said = policy("eval", "--policy", file, "--input", batch, "--json")
    assert [row["decision"] for row in said.rows] == ["deny", "allow"]


def test_eval_touches_no_file_system(place: Path) -> None:
    """A symlink that would change the answer is not looked at: the answer is the same with and without it."""
    rule = {"id": "etc", "match": {"paths": ["/etc/**"]}, "decision": "deny"}
    file = write(place / "p.json", {"rules": [rule], "defaultPolicy": "allow"})
    link = {"tool": "Read", "input": {"file_path": str(place / "link")}, "cwd": str(place)}
    batch = write(place / "in.jsonl", lines(link))
    before = policy("eval", "--policy", file, "--input", batch, "--json").out
    (place / "link").symlink_to("/etc/passwd")
    assert policy("eval", "--policy", file, "--input", batch, "--json").out == before


def test_eval_of_one_command_is_for_people(place: Path) -> None:
    """The decision, what was seen, the rule."""
    said = policy("eval", "--policy", write(place / "p.json", DENY_RM), "--command", "rm -rf x")
    assert said.code == 0
    assert said.out.startswith("deny ")
    assert "deletes trees" in said.out
    assert "no-rm" in said.out


def test_a_broken_policy_is_named_while_its_last_good_copy_counts(place: Path) -> None:
    """What was in force stays in force, and `show` says why."""
    policy("use", "safety", "--enforce")
    before = policy("show", "--json").json["digest"]
    (place / ".web4" / "policy.json").write_text("{")
    found = policy("show", "--json").json
    assert found["digest"] == before
    assert len(found["broken"]) == 1
    assert "broken, its last good copy counts" in policy("show").out


def test_show_prints_exceptions_and_numbers(place: Path) -> None:
    """A rule on one line: what it matches, and what it leaves out."""
    match = {"tools": ["Bash"], "rateLimit": {"max": 2, "per": "1m"}}
    rule = {"id": "slow", "match": match, "except": {"paths": ["/tmp/**"]}, "decision": "deny"}
    policy("use", write(place / "p.json", {"rules": [rule], "enforce": True}))
    (line,) = [line for line in policy("show").out.splitlines() if "slow" in line]
    assert line.split()[:2] == ["deny", "slow"]
    assert "tools=Bash" in line
    assert "except paths=/tmp/**" in line


def test_a_new_digest_is_shown_beside_the_old_one(place: Path) -> None:
    """Who trusts again sees that something changed; who never trusted has nothing to take back."""
    assert "nothing was trusted" in policy("trust", "--revoke").out
    path = place / "project" / ".web4" / "policy.json"
    write(path, DENY_RM)
    assert "before" not in policy("trust").out.splitlines()[-1]
    write(path, {**DENY_RM, "name": "second"})
    assert policy("trust").out.splitlines()[-1].startswith("before ")


def test_a_projects_warnings_are_printed(place: Path) -> None:
    """What a project says that only organisation and user may say is ignored, and told."""
    rule = {"id": "lax", "match": {"tools": ["Bash"]}, "decision": "allow", "hostAllow": True}
    file = write(place / "project" / ".web4" / "policy.json", {"rules": [rule]})
    said = policy("check")
    assert said.code == 0
    assert f"{file}: 1 rule" in said.out
    assert "warning: " in said.out


def test_using_a_policy_makes_the_installed_lines_agree(place: Path) -> None:
    """The hook line fails closed as soon as something binds, and no longer when nothing does."""
    (place / ".claude").mkdir()
    assert call_main("init", "--agent", "claude-code").code == 0
    settings = place / ".claude" / "settings.json"
    assert "--on-failure=block" not in settings.read_text()
    assert str(settings) in policy("use", "safety", "--enforce").out
    assert "--on-failure=block" in settings.read_text()
    policy("use", "safety", "--observe")
    assert "--on-failure=block" not in settings.read_text()
