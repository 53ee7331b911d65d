"""The guide about exports runs, command by command, on a ledger of recorded calls."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import web4_governance
from docs.pages import blocks
from support.traces import Taken, serving
from support.world import SESSION, World

GUIDE = "docs/guide/exports.md"
SOURCE = Path(web4_governance.__file__).parents[1]


def run(words: list[str], world: World) -> str:
    environment = {"HOME": str(world.user_home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCE), "LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=world.project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_guide_runs(tmp_path: Path) -> None:
    """Each command writes, prints or sends what it says."""
    world = World(tmp_path)
    world.bash("toolu_1", "ls")
    world.bash("toolu_2", "cat notes.txt")
    commands = [line for block in blocks(GUIDE, "console") for line in block.splitlines()]
    assert len(commands) == 7
    printed = ""
    with serving() as collector:
        for command in commands:
            text = command.removeprefix("$ web4 ").replace("http://127.0.0.1:4318", collector.url)
            words = shlex.split(text.replace("--session 0001", f"--session {SESSION[:8]}"))
            printed += run(["-m", "web4_governance", *words], world)
        assert_sent(collector)
    assert [json.loads(line)["type_uid"] for line in printed.splitlines() if line.startswith("{")] == [100701, 100701]
    assert set(os.listdir(world.project)) >= {"calls.jsonl", "denied.csv", "calls.parquet", "calls.cef", "spans.jsonl"}
    (query,) = blocks(GUIDE, "python")
    assert "Bash" in run(["-c", query], world)


def assert_sent(collector: Taken) -> None:
    """Both calls, once."""
    (body,) = collector.bodies
    (resource,) = json.loads(body)["resourceSpans"]
    assert len(resource["scopeSpans"][0]["spans"]) == 2
