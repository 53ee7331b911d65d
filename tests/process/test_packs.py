"""A policy's packs in real hook processes: they count, and a broken one leaves the last good policy in force."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.hooks import event, line, spawn

if TYPE_CHECKING:
    from pathlib import Path

POLICY: dict[str, Any] = {
    "packs": ["./tools.json"],
    "rules": [{"id": "no-wipe", "match": {"effects": ["infra.destroy"]}, "decision": "deny"}],
    "enforce": True,
}
PACK: dict[str, Any] = {
    "family": "team",
    "programs": [
        {
            "program": "teamdeploy",
            "source": "the team's handbook",
            "sub": {"wipe": {"effects": [{"effect": "infra.destroy", "on": "operands", "kind": "resource"}]}},
            "yes": {"teamdeploy wipe shop": ["infra.destroy shop"]},
            "no": {"teamdeploy status": ["infra.destroy"]},
        }
    ],
}


def test_a_pack_counts_in_a_hook_and_stays_while_it_is_broken(tmp_path: Path) -> None:
    """What it adds is denied before and after somebody broke it; what it does not speak of is free."""
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps(POLICY))
    (home / "tools.json").write_text(json.dumps(PACK))

    def code(call: str, command: str) -> int:
        given = event("PreToolUse", call, tool_input={"command": command, "description": "d"})
        return spawn(line(home, "--on-failure=block"), given, user_home=tmp_path).returncode

    assert [code("toolu_1", "teamdeploy wipe shop"), code("toolu_2", "teamdeploy status")] == [2, 0]
    (home / "tools.json").write_text("{")
    assert [code("toolu_3", "teamdeploy wipe shop"), code("toolu_4", "teamdeploy status")] == [2, 0]
