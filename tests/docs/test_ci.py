"""The guide for CI runs: a governed run, its bundle checked by a home that has no ledger, a policy's tests on a change."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from docs.guides import run
from docs.pages import blocks
from support.world import SESSION, World

GUIDE = "docs/guide/ci.md"
AGENT = "claude -p"


def commands(n: int) -> list[list[str]]:
    return [
        shlex.split(line.removeprefix("$ web4 ").removeprefix("$ "))
        for line in blocks(GUIDE, "console")[n].splitlines()
    ]


def event(world: World, name: str, call: str, command: str) -> str:
    """An event as the client sends it."""
    given: dict[str, Any] = {
        "session_id": SESSION,
        "transcript_path": str(world.user_home / "none.jsonl"),
        "cwd": str(world.project),
        "hook_event_name": name,
        "permission_mode": "acceptEdits",
        "tool_name": "Bash",
        "tool_use_id": call,
        "tool_input": {"command": command, "description": "d"},
    }
    return json.dumps(given)


def govern(world: World) -> None:
    """What the client would do in the guide's run: a call that is let through, and one that is not."""
    line = ["hook", "claude-code", "--home", str(world.home), "--deadline-ms", "60000"]
    run(line, world, stdin=event(world, "PreToolUse", "toolu_1", "echo done > out.txt"))
    run(line, world, stdin=event(world, "PreToolUse", "toolu_2", "rm -rf ~"), code=2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "runner")
    made.home.rmdir()  # `web4 init` makes it
    return made


def test_a_governed_run_leaves_a_record_that_another_runner_checks(world: World, tmp_path: Path) -> None:
    """The first job's commands with recorded events in place of the client, then the second's elsewhere."""
    said = {}
    for words in commands(0):
        if " ".join(words).startswith(AGENT):
            govern(world)
        else:
            said[words[0]] = run(words, world)
    assert "rm -rf" in said["log"]
    assert said["report"] == "run.md: 2 calls, UNANCHORED, as md\n"
    assert "deny" in (world.project / "run.md").read_text()
    other = World(tmp_path / "other")
    (other.project / "run.tar").write_bytes((world.project / "run.tar").read_bytes())
    verify, listing = commands(1)
    assert run(verify, other).rstrip().endswith("UNANCHORED")
    (row,) = map(json.loads, run(listing, other).splitlines())
    assert (row["bundle"], row["call"]) == ("run", "toolu_1")
    run([*verify, "--require-anchor"], other, code=1)


def test_a_bundle_that_was_changed_fails_the_second_job(world: World, tmp_path: Path) -> None:
    """By its exit code; and its calls are not listed."""
    run(commands(0)[0], world)
    govern(world)
    run(commands(0)[-1], world)
    other = World(tmp_path / "other")
    data = (world.project / "run.tar").read_bytes()
    assert b'"decision":"deny"' in data
    (other.project / "run.tar").write_bytes(data.replace(b'"decision":"deny"', b'"decision":"warn"'))
    verify, listing = commands(1)
    run(verify, other, code=2)
    assert run(listing, other, code=1) == ""


POLICY: dict[str, Any] = {
    "rules": [
        {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "reason": "it cannot be undone"}
    ],
    "tests": [
        {"tool": "Bash", "input": {"command": "rm -rf build"}, "want": "deny"},
        {"tool": "Bash", "input": {"command": "ls"}, "want": "allow"},
    ],
    "defaultPolicy": "allow",
    "enforce": True,
}


def test_a_policy_is_tested_on_a_change(tmp_path: Path) -> None:
    """All pass: 0. One does not: 2, and the file says which."""
    world = World(tmp_path)
    file = world.project / ".web4" / "policy.json"
    file.parent.mkdir()
    file.write_text(json.dumps(POLICY))
    for words in commands(2):
        run(words, world)
    report = world.project / "policy-tests.xml"
    suite = ET.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")
    wrong = {**POLICY, "tests": [*POLICY["tests"], {"tool": "Bash", "input": {"command": "rm -rf x"}, "want": "allow"}]}
    file.write_text(json.dumps(wrong))
    run(commands(2)[1], world, code=2)
    suite = ET.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "wanted allow, said deny by no-rm"
