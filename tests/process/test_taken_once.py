"""What is counted is taken exactly, by real processes that judge at once and know nothing of one another."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from support.hooks import event, line, spawn
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 8
LIMIT = 10
ALL_OR = {"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "id": "no-rm"}


def home_with(tmp_path: Path, *rules: dict[str, Any]) -> Path:
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps({"rules": rules, "enforce": True}))
    return home


def fire(home: Path, calls: int, **fields: Any) -> list[int]:
    """So many calls, each a process of its own, eight at once; their exit codes."""
    command = line(home, "--on-failure=block", "--deadline-ms=20000")

    def one(n: int) -> int:
        body = event("PreToolUse", f"toolu_{n}", session_id=f"s{n % 3}", **fields)
        return spawn(command, body, user_home=home.parent).returncode

    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(one, range(calls)))


def web4(home: Path, *words: str) -> str:
    command = [sys.executable, "-m", "web4_governance", "policy", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("calls", [LIMIT + 1, 4 * LIMIT])
def test_a_limit_of_ten_lets_exactly_ten_through(tmp_path: Path, calls: int) -> None:
    """Over eight processes and three sessions; a later process, which is a restart, finds it spent."""
    limit = {"match": {"tools": ["Bash"], "rateLimit": {"max": LIMIT, "per": "1h"}}, "decision": "deny"}
    home = home_with(tmp_path, limit)
    codes = fire(home, calls)
    assert (codes.count(0), codes.count(2)) == (LIMIT, calls - LIMIT)
    database = sqlite3.connect(home / "ledger.db")
    said = [json.loads(row[0])["rules"] for row in database.execute("SELECT bytes FROM entries WHERE kind = 'intent'")]
    database.close()
    assert sorted(one["limits"][0]["count"] for one in said if one["answer"] == "allow") == list(range(LIMIT))
    assert fire(home, calls) == codes  # second deliveries: each gets the answer that it got


def test_a_window_holds_in_every_process(tmp_path: Path) -> None:
    """A rule for every hour of every day stops all; one whose hours are never now stops none."""
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    home = home_with(tmp_path, {"match": {"timeWindow": {"days": days}}, "decision": "deny"})
    assert fire(home, PROCESSES) == [2] * PROCESSES


def test_a_grant_for_one_call_lets_exactly_one_through(tmp_path: Path) -> None:
    """Eight processes ask for the same action at once; the eighth's neighbours are denied, and the ledger verifies."""
    home = home_with(tmp_path, ALL_OR)
    removing = {"tool_input": {"command": "rm -rf build", "description": "d"}}
    assert fire(home, 1, **removing) == [2]
    web4(home, "grant", "toolu_0", "--count", "1", "--why", "the build directory is stale")
    codes = fire(home, PROCESSES + 1, **removing)[1:]
    assert (codes.count(0), codes.count(2)) == (1, PROCESSES - 1)
    report = verify_ledger(str(home))
    assert str(report.verdict.name).upper() == "UNANCHORED"
    (row,) = json.loads(web4(home, "grant", "--list", "--json"))
    assert (row["used"], row["count"], row["state"]) == (1, 1, "used up")
