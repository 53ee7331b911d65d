"""Runs the commands of a guide as a person would: each a process, in a project, with a home of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import web4_governance

if TYPE_CHECKING:
    from support.world import World

SOURCE = Path(web4_governance.__file__).parents[1]


def run(words: list[str], world: World, *, code: int = 0, stdin: str = "") -> str:
    """Run one `web4` command and give what it printed; it has to end with the code."""
    environment = {
        "HOME": str(world.user_home),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(SOURCE),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    done = subprocess.run(
        [sys.executable, "-m", "web4_governance", *words],
        cwd=world.project,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout
