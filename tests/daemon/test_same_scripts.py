"""A call that runs a script, judged by the resident gate and in the hook's process: same answers, same entries, byte for byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.test_same import alone, entries, resident
from support.resident import Ticks
from web4_governance.app import look, scripts
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    import pytest

CASES = Path(__file__).parent.parent / "corpus" / "files.jsonl"
ROOT = "/workspace/project/"


def payloads(project: Path) -> list[bytes]:
    """Give a call for each case of scripts in the project's own corpus, its files in a directory of its own."""
    found = []
    for number, row in enumerate(CASES.read_text(encoding="utf-8").splitlines()):
        case, cwd = json.loads(row), project / str(number)
        for path, text in case["facts"]["scripts"].items():
            there = cwd / path.removeprefix(ROOT)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text, encoding="utf-8")
            there.chmod(0o755)
        event: dict[str, object] = {
            "session_id": f"s-{number % 3}",
            "cwd": str(cwd),
            "hook_event_name": "PreToolUse",
            "tool_name": "Bash",
        }
        event |= {
            "tool_use_id": f"toolu_{number}",
            "tool_input": {"command": case["run"]},
            "permission_mode": "default",
        }
        found.append(json.dumps(event).encode())
    return found


def test_scripts_are_judged_the_same_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers, entries and openings (docs/spec/daemon.md R2), and each case's scripts are in its record.

    With time enough: which side of a bound in time a long script falls on depends on the machine's load.
    """
    for module, name in ((look, "WHOLE_S"), (look, "READING_S"), (scripts, "MOST_S")):
        monkeypatch.setattr(module, name, 60.0)
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
    open_writer(str(home), deadline=None).close()
    shutil.copytree(home, tmp_path / "start")
    events = payloads(project)
    first = alone(str(home), events, Ticks())
    expected = entries(str(home))
    home.rename(tmp_path / "first")
    (tmp_path / "start").rename(home)
    second, back = resident(str(home), events, Ticks())
    assert back == 0
    assert [pair for pair in zip(events, first, second, strict=True) if pair[1] != pair[2]] == []
    assert entries(str(home)) == expected
    said = [repr(openings) for _, openings in expected]
    assert sum('"scripts"' in one or "'scripts'" in one for one in said) > len(events) // 2
