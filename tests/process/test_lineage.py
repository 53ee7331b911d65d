"""Lineage through real hook processes, fed the recorded answers of a real client: who changed which line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.hooks import line, spawn

RECORDED = Path(__file__).parents[1] / "fixtures" / "claude-code"
ONE, TWO = "5cf52332-8a24-495e-b4ea-97f96aede000", "810063b6-3dbd-4c38-8238-62ae9fd58f6b"


class Machine:
    """A person's home with a governed project, and hooks that are processes."""

    def __init__(self, scratch: Path) -> None:
        self.user = scratch
        self.home = scratch / ".web4"
        self.home.mkdir(mode=0o700)
        (self.home / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
        self.project = scratch / "project"
        self.project.mkdir()

    def hook(self, name: str, session: str, tool: str = "", call: str = "", **fields: Any) -> int:
        """Feed one event of the recorded shape; its ids, directory and input are ours."""
        kind = f"{name}.{tool}" if (RECORDED / f"{name}.{tool}.json").exists() else name
        body = json.loads((RECORDED / f"{kind}.json").read_text())
        body.update(session_id=session, cwd=str(self.project), **fields)
        if call:
            body.update(tool_use_id=call)
        done = spawn(line(self.home, "--on-failure=block", "--deadline-ms=20000"), body, user_home=self.user)
        assert done.returncode in (0, 2), done.stderr
        return done.returncode

    def prompt(self, session: str, text: str) -> None:
        self.hook("UserPromptSubmit", session, prompt=text)

    def write(self, session: str, call: str, name: str, text: str) -> None:
        path = str(self.project / name)
        given = {"file_path": path, "content": text}
        self.hook("PreToolUse", session, "Write", call, tool_input=given)
        (self.project / name).write_text(text)
        response: dict[str, Any] = {
            "type": "create",
            "filePath": path,
            "content": text,
            "structuredPatch": [],
            "originalFile": None,
        }
        self.hook(
            "PostToolUse", session, "Write", call, tool_input=given, tool_response={**response, "userModified": False}
        )

    def edit(self, session: str, call: str, name: str, change: tuple[str, str], hunk: dict[str, Any]) -> None:
        path, (old, new) = self.project / name, change
        before = path.read_text()
        given = {"file_path": str(path), "old_string": old, "new_string": new, "replace_all": False}
        self.hook("PreToolUse", session, "Edit", call, tool_input=given)
        path.write_text(before.replace(old, new, 1))
        response = {"filePath": str(path), "oldString": old, "newString": new, "originalFile": before}
        more = {"structuredPatch": [hunk], "userModified": False, "replaceAll": False, "contentNotInModelContext": True}
        self.hook("PostToolUse", session, "Edit", call, tool_input=given, tool_response={**response, **more})

    def shell(self, session: str, call: str, command: str) -> None:
        given = {"command": command, "description": "d"}
        assert self.hook("PreToolUse", session, "Bash", call, tool_input=given) == 0
        subprocess.run(["sh", "-c", command], cwd=self.project, check=True, timeout=30)
        response = {"stdout": "", "stderr": "", "interrupted": False, "isImage": False, "noOutputExpected": False}
        self.hook("PostToolUse", session, "Bash", call, tool_input=given, tool_response=response)

    def web4(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(self.user), "COLUMNS": "80", "TZ": "UTC"}
        return subprocess.run(
            [sys.executable, "-m", "web4_governance", *words, "--home", str(self.home)],
            capture_output=True, text=True, timeout=60, check=False, env=environment, cwd=self.project,
        )  # fmt: skip

    def blamed(self, path: str) -> list[tuple[int, int, str, str, str | None]]:
        done = self.web4("blame", path, "--json")
        assert done.returncode in (0, 1), done.stderr
        return [(one["first"], one["last"], one["by"], one["call"], one["prompt"]) for one in json.loads(done.stdout)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def hunk(start: int, *lines: str) -> dict[str, Any]:
    old, new = (sum(one[0] in signs for one in lines) for signs in (" -", " +"))
    return {"oldStart": start, "oldLines": old, "newStart": start, "newLines": new, "lines": list(lines)}


def test_two_sessions_a_command_an_editor_and_a_move(machine: Machine) -> None:
    """The whole life of a file: each line says whose it is, by processes that share nothing but the ledger."""
    machine.prompt(ONE, "write the list")
    machine.write(ONE, "toolu_w", "list.txt", "one\ntwo\nthree\nfour\n")
    machine.prompt(TWO, "mend the second")
    machine.edit(TWO, "toolu_e", "list.txt", ("two", "TWO"), hunk(1, " one", "-two", "+TWO", " three", " four"))
    machine.shell(ONE, "toolu_s", "sed -i s/three/3/ list.txt")
    machine.shell(ONE, "toolu_m", "mv list.txt moved.txt")
    (machine.project / "moved.txt").write_text("one\nTWO\n3\nhand\n")
    assert machine.blamed("moved.txt") == [
        (1, 1, "call", "toolu_w", "write the list"),
        (2, 2, "call", "toolu_e", "mend the second"),
        (3, 3, "call", "toolu_s", "write the list"),
        (4, 4, "outside", "", None),
    ]
    told = machine.web4("blame", "moved.txt:2")
    assert told.returncode == 0
    assert "toolu" not in told.stdout
    assert "Edit" in told.stdout
    assert "mend the second" in told.stdout
    assert all(len(row) <= 80 for row in told.stdout.splitlines())
    assert machine.web4("verify").returncode == 0


def test_what_was_erased_is_found_in_no_file_of_the_home(machine: Machine) -> None:
    """Nor does blame accuse anyone of what stands in its place."""
    machine.write(ONE, "toolu_w", "f.txt", "zebulon\nrest\n")
    machine.shell(TWO, "toolu_s", "sed -i s/rest/REST/ f.txt")
    done = machine.web4("erase", "toolu_w", "--why", "a request", "--authority", "hers", "--yes")
    assert done.returncode == 0, done.stderr
    (machine.project / "f.txt").write_text("else\nREST\n")
    assert [row[2:4] for row in machine.blamed("f.txt")] == [("unknown", ""), ("call", "toolu_s")]
    assert machine.web4("verify").returncode == 0
    left = b"".join(path.read_bytes() for path in sorted(machine.home.rglob("*")) if path.is_file())
    assert b"zebulon" not in left
