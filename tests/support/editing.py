"""Calls that change files, with the events that a host sends before and after them, and the change itself in between."""

from __future__ import annotations

import subprocess
import time
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from support.world import World

OTHER = "0" * 8 + "-8a24-495e-b4ea-97f96aede000"


def now(world: World) -> None:
    """Let the ledger's clock be the disk's."""
    time.sleep(0.02)
    world.now_us = time.time_ns() // 1000 - 1_000_000
    time.sleep(0.02)


def edit(world: World, call: str, name: str, old: str, new: str, **fields: Any) -> None:
    path = world.project / name
    before = path.read_text()
    given = {"file_path": str(path), "old_string": old, "new_string": new}
    world.pre(call, "Edit", given, **fields)
    path.write_text(before.replace(old, new, 1))
    response = {"filePath": str(path), "oldString": old, "newString": new, "originalFile": before, "replaceAll": False}
    world.post(call, "Edit", given, response, **fields)


def write(world: World, call: str, name: str, text: str, **fields: Any) -> None:
    path = world.project / name
    before = path.read_text() if path.exists() else None
    given = {"file_path": str(path), "content": text}
    world.pre(call, "Write", given, **fields)
    path.write_text(text)
    response = {
        "type": "update" if before else "create",
        "filePath": str(path),
        "content": text,
        "originalFile": before,
    }
    world.post(call, "Write", given, response, **fields)


def shell(world: World, call: str, command: str, *, really: str = "", **fields: Any) -> None:
    """Run a harmless command between its two events."""
    now(world)
    given = {"command": command, "description": "d"}
    world.pre(call, "Bash", given, **fields)
    subprocess.run(["sh", "-c", really or command], cwd=world.project, check=True, timeout=30)
    now(world)
    world.post(call, "Bash", given, {"stdout": "", "stderr": "", "interrupted": False}, **fields)


def git(world: World, *words: str) -> None:
    subprocess.run(["git", "-C", str(world.project), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True, timeout=30)  # fmt: skip
