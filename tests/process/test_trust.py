"""The request's two sentences as real hook processes meet them: from an empty ledger to an open gate, and closed again.

"Allow network calls only if agent reliability > 0.7"
"Only agents with consistency > 0.8 can edit core files"
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from support.hooks import event, line, spawn
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = {"match": {"categories": ["network"]}, "except": {"trust": {"reliability": "> 0.7"}}, "decision": "deny"}
CORE = {
    "match": {"paths": ["src/core/**"], "effects": ["file.write"]},
    "except": {"trust": {"consistency": "> 0.8"}},
    "decision": "deny",
}
AGENT = "agent:claude-code/main/unknown"


class Client:
    """One session of a client: each event is a process of its own, as the host starts it."""

    def __init__(self, scratch: Path, *rules: dict[str, Any], options: tuple[str, ...] = ()) -> None:
        self.home, self.project = scratch / ".web4", scratch / "project"
        self.home.mkdir(mode=0o700)
        (self.project / ".git").mkdir(parents=True)
        (self.home / "policy.json").write_text(json.dumps({"rules": rules, "defaultPolicy": "allow", "enforce": True}))
        self.command = line(self.home, "--on-failure=block", "--deadline-ms=20000", *options)
        self.calls = 0

    def feed(self, name: str, call: str, tool: str, **fields: Any) -> subprocess.CompletedProcess[bytes]:
        body = event(name, call, tool, cwd=str(self.project), permission_mode="default", **fields)
        return spawn(self.command, body, user_home=self.home.parent)

    def may(self, tool: str, given: dict[str, Any], *, works: bool = True) -> bool:
        """Ask for a call and, if it may run, say how it ended."""
        self.calls += 1
        call = f"toolu_{self.calls}"
        said = self.feed("PreToolUse", call, tool, tool_input=given)
        assert said.returncode in (0, 2), said.stderr
        if said.returncode == 2:
            assert b"not trusted so far" in said.stderr
            return False
        if works:
            self.feed("PostToolUse", call, tool, tool_input=given, tool_response={"stdout": "ok"}, duration_ms=3)
        else:
            self.feed("PostToolUseFailure", call, tool, tool_input=given, error="Exit code 1\nno", duration_ms=3)
        return True

    def fetch(self, n: int, *, works: bool = True) -> bool:
        return self.may("Bash", {"command": f"curl -s https://host{n}.example.test/", "description": "d"}, works=works)

    def write(self, path: str, content: str = "x", *, works: bool = True) -> bool:
        return self.may("Write", {"file_path": str(self.project / path), "content": content}, works=works)

    def web4(self, *words: str) -> str:
        command = [sys.executable, "-m", "web4_governance", *words, "--home", str(self.home)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_sound(self) -> bool:
        """Say whether the ledger verifies, trust is what it says, and each call is judged again as it was."""
        self.web4("trust", "--check")
        replayed = json.loads(self.web4("policy", "simulate", "--recorded", "--json"))
        text = json.dumps(replayed)
        return verify_ledger(str(self.home)).findings == () and '"sameness": "different"' not in text


def test_network_calls_wait_for_an_endorsement_and_end_with_failures(tmp_path: Path) -> None:
    """Closed to a newcomer; the operator vouches; failures close it, and the label and each entry are named."""
    client = Client(tmp_path, NETWORK)
    assert not client.fetch(0)
    for role in ("network", "command"):
        client.web4("trust", "label", AGENT, "--role", role, "--endorse", "--why", "I know this one")
    assert client.fetch(1)
    worked = 0
    while client.fetch(100 + worked, works=False):
        worked += 1
        assert worked < 15
    assert worked > 0
    moves = json.loads(client.web4("trust", AGENT, "--role", "network", "--explain", "--limit", "0", "--json"))
    assert next(row["kind"] for row in moves if row["dimension"] == "reliability") == "label"
    assert sum(not row["good"] for row in moves if row["dimension"] == "reliability") == worked
    assert client.is_sound()


def test_network_calls_that_a_person_was_asked_about_open_the_gate(tmp_path: Path) -> None:
    """The other way to begin: `ask` until it is trusted, and the calls that the person let through are the history."""
    client = Client(tmp_path, {**NETWORK, "decision": "ask"})
    asked = []
    for n in range(14):
        body = {"command": f"curl -s https://host{n}.example.test/", "description": "d"}
        said = client.feed("PreToolUse", f"toolu_{n}", "Bash", tool_input=body)
        asked.append(b'"ask"' in said.stdout)
        client.feed("PostToolUse", f"toolu_{n}", "Bash", tool_input=body, tool_response={"stdout": ""}, duration_ms=3)
    assert asked[:8] == [True] * 8
    assert asked[-1] is False
    assert client.is_sound()


def test_core_files_are_for_those_who_were_consistent_elsewhere(tmp_path: Path) -> None:
    """Earned where the agent may work all along; lost by doing what just failed over and over."""
    client = Client(tmp_path, CORE)
    assert not client.write("src/core/a.py")
    for n in range(16):
        assert client.write(f"src/other/{n}.py")
    assert client.write("src/core/a.py")
    for _ in range(10):
        client.write("src/other/same.py", works=False)
    assert not client.write("src/core/b.py")
    assert client.is_sound()
