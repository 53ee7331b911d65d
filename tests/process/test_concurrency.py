"""Eight at once: nothing lost, nothing forked, and everything verifies."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.hooks import event, line, spawn
from web4_governance.app.verify import verify_ledger

PROCESSES = 8
CALLS = 50


def drive(home: Path, worker: int, session: str) -> list[int]:
    """One agent's calls, one after the other, each hook a process of its own."""
    codes = []
    command = line(home, "--on-failure=block", "--deadline-ms=20000")
    for n in range(CALLS):
        call = f"toolu_{worker}_{n}"
        pre = event("PreToolUse", call, session_id=session)
        post = event("PostToolUse", call, session_id=session, tool_response={"stdout": str(n)}, duration_ms=n)
        codes += [spawn(command, body, user_home=home.parent).returncode for body in (pre, post)]
    return codes


@pytest.mark.parametrize("sessions", [1, PROCESSES])
def test_eight_processes_lose_nothing(tmp_path: Path, sessions: int) -> None:
    """400 intents and 400 outcomes, each chain without a gap, each intent closed, the ledger verified."""
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    with ThreadPoolExecutor(PROCESSES) as pool:
        done = [pool.submit(drive, home, worker, f"s{worker % sessions}") for worker in range(PROCESSES)]
        codes = [code for one in done for code in one.result()]
    assert codes == [0] * (PROCESSES * CALLS * 2)
    database = sqlite3.connect(home / "ledger.db")
    rows = database.execute("SELECT session, seq, kind, bytes FROM entries ORDER BY idx").fetchall()
    database.close()
    kinds = [row[2] for row in rows]
    assert (kinds.count("intent"), kinds.count("outcome")) == (PROCESSES * CALLS, PROCESSES * CALLS)
    assert set(kinds) == {"intent", "outcome", "policy"}
    for session in {row[0] for row in rows}:
        assert [row[1] for row in rows if row[0] == session] == list(range(sum(row[0] == session for row in rows)))
    closed = [json.loads(row[3])["reference"]["intent"] for row in rows if row[2] == "outcome"]
    assert len(set(closed)) == PROCESSES * CALLS
    report = verify_ledger(str(home))
    assert str(report.verdict.name).upper() == "UNANCHORED"
    for session in range(sessions):
        mirror = (home / "audit" / f"s{session}.jsonl").read_text().splitlines()
        assert len(mirror) == 2 * CALLS * PROCESSES // sessions
