"""An erasure reaches the memory of the resident gate: the process that judged the value ends with it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from support.hooks import event, line, spawn
from support.resident import gate
from web4_governance.app import erase, resident
from web4_governance.app.knock import AGAIN_S
from web4_governance.app.query import Ledger
from web4_governance.core.record.where import condition

NAME = "zebulon-quixotry-ledger"
WHY = {"who": "ada", "why": "a request", "authority": "the person's own"}

pytestmark = pytest.mark.skipif(not os.access("/proc/self/mem", os.R_OK), reason="needs a readable /proc/PID/mem")


def holds(pid: int, words: bytes) -> bool:
    """Whether any memory of a process that can be read has these bytes."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for row in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, mode, *_rest = row.split()
            first, last = (int(end, 16) for end in place.split("-"))
            if mode.startswith("r") and "[v" not in row:
                try:
                    memory.seek(first)
                    if words in memory.read(last - first):
                        return True
                except (OSError, ValueError, OverflowError):
                    continue
    return False


def call(home: Path, name: str, command: str) -> None:
    body = event("PreToolUse", name, tool_input={"command": command, "description": "d"})
    told = spawn(line(home, "--on-failure=block", "--deadline-ms=8000", "--resident"), body, user_home=home)
    assert told.returncode == 0, told.stderr


def erased(home: Path) -> erase.Done:
    with Ledger.open(str(home)) as ledger:
        pieces = erase.choose(ledger, erase.Asked(where=(condition(f"*~{NAME}"),)))
    assert pieces
    return erase.erase(str(home), pieces, now_us=time.time_ns() // 1000, **WHY)


def test_a_gate_that_judged_a_value_is_gone_after_its_erasure(tmp_path: Path) -> None:
    """Its memory held the value; of the next gate's nothing does, and that one serves."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text(json.dumps({"rules": [{"match": {"tools": ["*"]}, "decision": "allow"}]}))
    told = resident.start(str(home))
    assert told is not None
    first = int(told["pid"])
    try:
        call(home, "t1", f"cat /srv/{NAME}.txt")
        assert holds(first, NAME.encode()), "or the test looks in the wrong place"
        done = erased(home)
        assert erase.GATE not in done.unreached
        assert resident.status(str(home)) is None
        assert not resident.is_served(str(home))
        time.sleep(AGAIN_S)
        again = resident.start(str(home))
        assert again is not None
        call(home, "t2", "ls")
        assert int(again["pid"]) != first
        assert not holds(int(again["pid"]), NAME.encode())
    finally:
        resident.stop(str(home))


def test_a_gate_that_cannot_be_ended_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's, or one that does not answer."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with gate(str(home)):
        monkeypatch.setattr(resident, "stop", lambda _home: False)
        call(home, "t1", f"cat /srv/{NAME}.txt")
        assert erased(home).unreached[0] == erase.GATE
