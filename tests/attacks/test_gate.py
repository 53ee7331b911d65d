"""Attacks on the gate from an agent's own call: what it may not do is denied, and the attempt is on record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from support.hooks import event, line, spawn
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "command", ["web4 policy grant --help", "sh -c 'web4 policy grant x'", "python3 -m web4_governance policy grant x"]
)
def test_a_policy_grant_from_bash_is_denied_and_recorded(tmp_path: Path, command: str) -> None:
    """An agent that could let itself through would need no policy; the denial is an entry, and the ledger verifies."""
    user, home = tmp_path / "user", tmp_path / "user" / ".web4"
    home.mkdir(parents=True, mode=0o700)
    (home / "policy.json").write_text('{"defaultPolicy":"allow","enforce":true}')
    body = event("PreToolUse", "toolu_1", tool_input={"command": command}, cwd=str(user))
    done = spawn(line(home, "--on-failure=block", "--deadline-ms=20000"), body, user_home=user)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"core/self-tamper" in done.stderr
    with closing(sqlite3.connect(home / "ledger.db")) as db:
        assert db.execute("SELECT decision FROM records WHERE kind = 'intent'").fetchall() == [("deny",)]
        assert db.execute("SELECT count(*) FROM entries WHERE kind = 'grant'").fetchone() == (0,)
    assert str(verify_ledger(str(home)).verdict) == "UNANCHORED"
