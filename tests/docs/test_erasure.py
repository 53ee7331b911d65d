"""The guide about erasing runs, command by command, on a ledger of recorded calls; afterwards the value is nowhere."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import web4_governance
from docs.pages import blocks
from support.world import SESSION, World

SOURCE = Path(web4_governance.__file__).parents[1]


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


def raw(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())


def test_the_guide_runs(tmp_path: Path) -> None:
    """Each command ends well in its order; the value goes from the home, and what is shown is the commands alone."""
    world = World(tmp_path)
    world.bash("toolu_1", "cat /srv/zebulon.txt")
    world.bash("toolu_2", "ls /srv/quixotry")
    world.bash("toolu_3", "uname -a")
    commands = [line for block in blocks("docs/guide/erasure.md", "console") for line in block.splitlines()]
    assert len(commands) == 13
    told: dict[str, str] = {}
    for command in commands:
        ran = command.replace("s-1", SESSION) if "--hold" in command else command
        done = run(ran, world)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        told[command] = done.stdout + done.stderr
    listed, erased, *_rest = told.values()
    assert "zebulon" in listed
    assert "not reached" in erased
    assert b"zebulon" not in raw(world.home)
    assert "hold" in told["$ web4 retain --keep 90d"]
    assert "entries would take the place of" in told["$ web4 restore ledger-backup.db"]
    assert b"uname -a" in (world.project / "audit.tar").read_bytes()
    after = run("web4 verify", world)
    assert (after.returncode, "TAMPERED" in after.stdout) == (0, False)
