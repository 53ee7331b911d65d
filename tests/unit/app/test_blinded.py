"""A lookup that was changed so that a query no longer finds a call: the verifier says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from support.world import World
from web4_governance.app.verify import verify_ledger


@pytest.mark.parametrize("change", ["effects = ''", "project = '/elsewhere'", "effects = ' file.read '"])
@pytest.mark.parametrize("command", ["rm -rf build", "touch " + " ".join(f"f{n}" for n in range(90))])
def test_a_blinded_lookup_is_tampering(tmp_path: Path, change: str, command: str) -> None:
    """Effects and project are compared with the entry's deeds and its opening."""
    world = World(tmp_path, {"defaultPolicy": "allow", "enforce": True})
    world.bash("a", command)
    assert str(verify_ledger(str(world.home)).verdict.name).upper() == "UNANCHORED"
    with sqlite3.connect(world.home / "ledger.db") as database:
        changed = database.execute(f"UPDATE records SET {change} WHERE kind = 'intent'").rowcount
    database.close()
    assert changed == 1
    assert str(verify_ledger(str(world.home)).verdict.name).upper() == "TAMPERED"
