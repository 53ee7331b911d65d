"""Rules by trust, judged by the resident gate and in the hook's process: same answers, same entries, byte for byte."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from daemon.test_same import alone, entries, resident
from support.resident import Ticks
from web4_governance.app.trust import catch_up
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {
    "enforce": True,
    "rules": [
        {
            "match": {"paths": ["core/**"], "effects": ["file.write"]},
            "except": {"trust": {"consistency": "> 0.7"}},
            "decision": "deny",
        },
        {"match": {"trust": {"reliability": "< 0.5", "of": "session"}}, "decision": "warn"},
    ],
}


def story(project: str) -> list[bytes]:
    """An agent that writes elsewhere, then where it has to be trusted, then fails over and over; each event twice."""
    found: list[bytes] = []

    def event(name: str, n: int, path: str, **more: object) -> None:
        given = {"file_path": f"{project}/{path}", "content": "x"}
        body = {"session_id": "s", "cwd": project, "hook_event_name": name, "permission_mode": "default"}
        call = {"tool_use_id": f"t{n}", "tool_name": "Write", "tool_input": given}
        found.extend([json.dumps({**body, **call, **more}).encode()] * 2)

    for n in range(24):
        path = "core/a.py" if n % 6 == 0 else f"other/{n}.py"
        event("PreToolUse", n, path)
        event("PostToolUse", n, path, tool_response={"filePath": path}, duration_ms=n)
    for n in range(24, 44):
        event("PreToolUse", n, "other/same.py")
        event("PostToolUseFailure", n, "other/same.py", error="Error: no", duration_ms=3)
    event("PreToolUse", 44, "core/b.py")
    return found


def folded(home: Path) -> tuple[tuple[str, str], ...]:
    """The rows as of the ledger's end: the gate itself writes them now and then."""
    with open_writer(str(home), deadline=None) as writer:
        catch_up(writer)
        rows = writer.trust.rows()
        writer.commit()
    return rows


def test_rules_by_trust_give_the_same_bytes_both_ways(tmp_path: Path) -> None:
    """And the same rows of trust: denied at first, let through later, warned and denied at the end."""
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps(POLICY))
    open_writer(str(home), deadline=None).close()  # the ledger's secret is made once, for both
    shutil.copytree(home, tmp_path / "start")
    events = story(str(project))
    first = alone(str(home), events, Ticks())
    expected = entries(str(home))
    rows = folded(home)
    home.rename(tmp_path / "first")
    (tmp_path / "start").rename(home)
    second, back = resident(str(home), events, Ticks())
    assert (back, second) == (0, first)
    assert entries(str(home)) == expected
    assert folded(home) == rows
    codes = [code for code, _, _ in first]
    assert (codes[0], codes[18 * 4], codes[-1]) == (2, 0, 2)
    assert b"warns" in first[42 * 4][1]
