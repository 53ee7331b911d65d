"""The guide about omission runs, command by command, on a ledger beside recorded telemetry of a real session."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import web4_governance
from docs.pages import ROOT, blocks
from support.world import World

TELEMETRY = ROOT / "tests" / "fixtures" / "claude-code" / "telemetry" / "session.jsonl"
SOURCE = Path(web4_governance.__file__).parents[1]
CODES = {"--otel": 2, "init": 0, "--listen": 0}


def run(command: str, world: World) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(command.removeprefix("$ "))
    assert program == "web4"
    environment = {"HOME": str(world.user_home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(SOURCE), "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "web4_governance", *words],
        cwd=world.project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_guide_runs(tmp_path: Path) -> None:
    """Each command ends as the guide says it does, in its order."""
    world = World(tmp_path)
    world.bash("toolu_1", "ls")
    commands = [line for block in blocks("docs/guide/omission.md", "console") for line in block.splitlines()]
    assert len(commands) == 5
    for command in commands:
        done = run(command, world)
        wanted = next((code for word, code in CODES.items() if word in command), 1)
        assert done.returncode == wanted, f"{command}\n{done.stdout}\n{done.stderr}"
        if "--listen" in command:
            shutil.copy(TELEMETRY, world.project / "telemetry.jsonl")
    assert "OTEL_LOGS_EXPORTER=otlp" in run(commands[1], world).stdout
    verified = run("web4 verify", world)
    assert (verified.returncode, "GAPS" in verified.stdout) == (1, True)
    assert os.path.exists(world.user_home / ".claude" / "settings.json")
