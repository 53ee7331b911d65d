"""Real hook processes: the script as it is installed, spawned the way a host spawns it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from web4_governance import hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

HOOK = hook.__file__
SESSION = "5cf52332-8a24-495e-b4ea-97f96aede000"


def line(home: Path, *options: str) -> list[str]:
    return [sys.executable, "-I", "-S", HOOK, "claude-code", "--home", str(home), *options]


def event(name: str, call: str = "", tool: str = "Bash", **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"session_id": SESSION, "cwd": "/home/dev/project", "hook_event_name": name, **fields}
    if call:
        body.update(tool_use_id=call, tool_name=tool)
        body.setdefault("tool_input", {"command": "ls", "description": "d"})
    return body


def spawn(
    command: list[str], data: bytes | dict[str, Any], *, user_home: Path, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Run one hook; bounded in time, with nothing of this process's environment but PATH."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    environment = {"PATH": os.environ["PATH"], "HOME": str(user_home), "COVERAGE_PROCESS_START": ""}
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        environment["COVERAGE_PROCESS_CONFIG"] = os.environ["COVERAGE_PROCESS_CONFIG"]
    return subprocess.run(command, input=raw, capture_output=True, env=environment, timeout=60, check=False, **options)
