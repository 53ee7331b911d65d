"""What lies on disk after real calls: no secret anywhere, and lookups that agree with the entries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.world import World
from web4_governance import Ledger
from web4_governance.app.run import run
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ghp_" + "0a1B2c3D4e" * 4  # made up here
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "in a URL": ("Bash", {"command": f"curl https://x.example/?t={TOKEN}"}),
    "in a path": ("Read", {"file_path": f"/srv/{TOKEN}/a"}),
    "in a command's path": ("Bash", {"command": f"rm -rf /srv/{TOKEN}"}),
    "in many deeds": ("Bash", {"command": "ls " + " ".join(f"/{n}/{TOKEN}" for n in range(80))}),
    "in a fetch": ("WebFetch", {"url": f"https://u:{TOKEN}@x.example/", "prompt": "?"}),
    "in content": ("Write", {"file_path": "/srv/a", "content": f"key = {TOKEN}"}),
    "in an MCP call": ("mcp__probe__put", {"key": TOKEN, "list": [TOKEN]}),
    "in a directory": ("Bash", {"command": f"cd /srv/{TOKEN} && ls"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_secret_in_a_call_lies_nowhere_in_the_home(tmp_path: Path, name: str) -> None:
    """Not in entries, not in openings, not in what calls are found by, not in the mirror."""
    tool, given = CALLS[name]
    world = World(tmp_path, {"rules": [{"match": {"tools": [tool]}, "decision": "warn"}], "enforce": True})
    for event, more in (("PreToolUse", {}), ("PostToolUse", {"tool_response": {"stdout": TOKEN}})):
        fields = {"tool_name": tool, "tool_input": given, "tool_use_id": "toolu_1", **more}
        run(json.dumps(world.event(event, **fields)).encode(), world.context())
    files = [file for file in world.home.rglob("*") if file.is_file()]
    assert len(files) >= 3
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []
    report = verify_ledger(str(world.home))
    assert (report.verdict, report.findings) == (VerdictName.UNANCHORED, ())
    with Ledger.open(str(world.home)) as ledger:
        (record,) = ledger.query_audit(tool=tool)
    assert (record.status, record.decision) == ("succeeded", "warn")
    assert TOKEN not in json.dumps(record.to_json())
