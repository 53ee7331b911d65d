"""Only the plugin was installed: the session says so, and the one command that it prints mends it, exactly as printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAUNCHER = Path("plugins") / "web4-governance" / "hooks" / "launch.sh"
SOURCE = ("src", "plugins", ".claude-plugin", "pyproject.toml", "native_wheel.py", "README.md", "LICENSE")
# What pip says when it cannot reach an index: then nothing was shown, and the test says so.
NO_INDEX = (
    "No matching distribution found",
    "Could not find a version",
    "Connection",
    "Temporary failure",
    "ProxyError",
)
DENIED = {
    "session_id": "s-1",
    "transcript_path": "",
    "cwd": "/tmp",
    "hook_event_name": "PreToolUse",
    "permission_mode": "default",
    "tool_name": "Bash",
    "tool_input": {"command": "rm -rf /", "description": ""},
    "tool_use_id": "toolu_1",
}


def copy_of_the_source(base: Path) -> Path:
    """The repository as a marketplace would have it, in a place with a blank in its name."""
    place = base / "market place"
    place.mkdir()
    for name in SOURCE:
        found = ROOT / name
        if found.is_dir():
            shutil.copytree(found, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif found.exists():
            shutil.copy(found, place / name)
    return place


@pytest.mark.skipif(os.name != "posix", reason="the launcher is a POSIX shell script")
def test_the_command_that_a_session_prints_mends_it(tmp_path: Path) -> None:
    """Word for word, in a shell: afterwards the same launcher reaches a gate that records, and can be made to deny."""
    path = str(copy_of_the_source(tmp_path) / LAUNCHER)
    person = tmp_path / "person"
    person.mkdir(mode=0o700)
    env = {**os.environ, "HOME": str(person)}

    def launch(event: str, data: str = "{}") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", path, event], input=data, capture_output=True, text=True, timeout=60, check=False, env=env
        )

    said = json.loads(launch("SessionStart").stdout)["systemMessage"]
    command = said.partition("run: ")[2]
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=600, check=False, env=env, cwd=person
    )
    if done.returncode and any(word in done.stderr for word in NO_INDEX):
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr
    assert "let through (exit 0)" in done.stdout
    event = json.dumps(DENIED)
    assert launch("PreToolUse", event).returncode == 0
    web4 = str(person / ".web4" / "venv" / "bin" / "web4")
    subprocess.run([web4, "policy", "use", "safety", "--enforce"], check=True, env=env, capture_output=True)
    done = launch("PreToolUse", event.replace("toolu_1", "toolu_2"))
    assert (done.returncode, done.stdout) == (2, "")
    log = subprocess.run([web4, "status", "--json"], check=False, env=env, capture_output=True, text=True, cwd=person)
    assert json.loads(log.stdout)["ledger"]["entries"] >= 5
