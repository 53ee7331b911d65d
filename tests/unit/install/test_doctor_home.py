"""What is wrong with a home, its policies and its ledger is found; what can be mended is, and nothing is lost."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.doctored import MINUTE, NOW, found, mended, notes
from web4_governance.app import doctor, install, off, policy_admin
from web4_governance.app.checks import ledger
from web4_governance.app.checks.finding import Level
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.verify import verify_ledger
from web4_governance.core.record.entry import at
from web4_governance.storage import Home, defect, mirror, open_reader

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings


# The home.


def test_finds_a_home_that_others_can_write_and_closes_it(well: Surroundings) -> None:
    """The gate refuses it, so nothing would be decided."""
    os.chmod(well.home, 0o777)
    assert found(well)["home-refused"] is Level.ERROR
    assert mended(well)["home-refused"]
    assert found(well) == {}
    os.chmod(well.home, 0o755)
    assert found(well) == {"home-readable": Level.WARNING}
    assert mended(well) == {"home-readable": True}


def test_finds_a_home_that_is_no_directory(person: Surroundings) -> None:
    """Nothing of it is touched."""
    Path(person.home).write_text("x")
    assert found(person)["home-refused"] is Level.ERROR
    assert not mended(person)["home-refused"]
    assert Path(person.home).read_text() == "x"


def test_finds_files_in_the_home_that_others_can_read(well: Surroundings) -> None:
    """And closes them all."""
    for name in ("ledger.db", "policy.json"):
        os.chmod(Path(well.home) / name, 0o644)
    assert found(well) == {"files-open": Level.WARNING}
    assert mended(well) == {"files-open": True}


def test_finds_settings_that_make_no_sense(well: Surroundings) -> None:
    """Until they do, no call can be decided."""
    path = Path(well.home) / "config.toml"
    path.write_text("privacy = 'none'")
    path.chmod(0o600)
    assert found(well) == {"config-invalid": Level.ERROR}


def test_says_that_the_gate_is_switched_off(well: Surroundings) -> None:
    """Somebody may have forgotten."""
    off.switch_off(well.home, until_us=NOW + 5 * MINUTE)
    assert found(well) == {"off": Level.WARNING}


# Policies.


def test_finds_a_broken_policy(well: Surroundings) -> None:
    """With its place, whether or not a good copy is kept."""
    assert found(well) == {}
    (Path(well.home) / "policy.json").write_text('{"rules": 5}')
    assert found(well) == {"policy-broken": Level.ERROR}
    for name in os.listdir(Path(well.home) / "lastgood"):
        (Path(well.home) / "lastgood" / name).unlink()
    assert found(well) == {"policy-broken": Level.ERROR}


def test_finds_a_project_policy_that_does_not_count(well: Surroundings) -> None:
    """Until the person trusts it."""
    path = Path(well.project) / ".web4" / "policy.json"
    path.parent.mkdir()
    path.write_text('{"extends": ["safety"]}')
    assert found(well) == {"policy-untrusted": Level.WARNING}


def test_finds_that_a_projects_policy_binds_and_no_line_fails_closed_for_it(well: Surroundings) -> None:
    """A line for all projects follows the person's own policy."""
    (Path(well.home) / "policy.json").write_text('{"extends": ["safety"], "enforce": false}')
    mended(well)
    path = Path(well.project) / ".web4" / "policy.json"
    path.parent.mkdir()
    path.write_text('{"extends": ["safety"], "enforce": true}')
    policy_admin.trust(well.home, well.project, user_home=well.user_home)
    os.chmod(Path(well.home) / "trusted.json", 0o600)
    assert found(well) == {"project-open": Level.WARNING}
    install.install(well, agent="claude-code", scope=Scope.PROJECT, enforcing=True)
    assert found(well) == {}


def test_finds_that_a_rule_waits_for_a_head_that_nobody_can_sign(well: Surroundings) -> None:
    """Without keys each such call fails; without a log policy nobody else holds the head; a layer that observes asks neither."""
    rule = {"match": {"tools": ["Bash"]}, "decision": "warn", "commitBeforeAct": True, "id": "careful"}
    policy_file = Path(well.home) / "policy.json"
    policy_file.write_text(json.dumps({"extends": ["safety"], "enforce": True, "rules": [rule]}))
    assert found(well) == {"commit-no-keys": Level.WARNING}
    assert "commit-alone" in notes(well)
    (said,) = (one for one in doctor.examine(well, now_us=NOW) if one.id == "commit-no-keys")
    assert "`careful`" in said.what
    assert "anchor key --make" in said.how
    keys = Path(well.home) / "keys"
    keys.mkdir(mode=0o700)
    (keys / "first").touch(mode=0o600)
    assert (found(well), "commit-alone" in notes(well)) == ({}, True)
    (Path(well.home) / "log-policy").touch(mode=0o600)
    assert "commit-alone" not in notes(well)
    for name in ("log-policy", "keys/first"):
        (Path(well.home) / name).unlink()
    policy_file.write_text(json.dumps({"extends": ["safety"], "enforce": False, "rules": [rule]}))
    assert not {"commit-no-keys", "commit-alone"} & (found(well).keys() | notes(well))


# The ledger.


def test_sets_a_damaged_ledger_aside_and_begins_a_new_one(well: Surroundings) -> None:
    """The old one is kept, its readable copies too, and the new one begins by saying so."""
    database = Path(well.home) / "ledger.db"
    for end in ("-wal", "-shm"):
        Path(str(database) + end).unlink(missing_ok=True)
    damaged = b"SQLite format 3\x00" + b"damage" * 1000
    database.write_bytes(damaged)
    assert found(well) == {"ledger-corrupt": Level.ERROR}
    assert mended(well) == {"ledger-corrupt": True}
    (aside,) = Path(well.home).glob("ledger.db.corrupt-*")
    assert aside.read_bytes() == damaged
    with open_reader(well.home) as opened:
        (gap,) = opened.entries()
    assert (gap.kind, at(gap.body(), "gap.why")) == ("gap", "ledger-set-aside")
    assert len(str(at(gap.body(), "gap.sha256"))) == 64
    assert list(Path(well.home).glob("audit.corrupt-*/-.jsonl"))
    assert verify_ledger(well.home).findings == ()
    assert found(well) == {}


def test_finds_damage_inside_a_ledger_that_still_opens(well: Surroundings) -> None:
    """A page overwritten with something else."""
    database = Path(well.home) / "ledger.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(database.read_bytes())
    data[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    database.write_bytes(data)
    assert "ledger-corrupt" in found(well)


def test_finds_a_ledger_of_a_newer_program(well: Surroundings) -> None:
    """It is neither set aside nor written."""
    connection = sqlite3.connect(Path(well.home) / "ledger.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert found(well) == {"ledger-newer": Level.ERROR}
    assert mended(well) == {"ledger-newer": False}


def test_finds_who_holds_the_lock(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs keeps every hook from recording."""
    monkeypatch.setattr(ledger, "LOCK_WAIT_S", 0.05)
    with open(Home(well.home).lock, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = [each for each in doctor.examine(well, now_us=NOW) if each.id == "ledger-locked"]
    assert [f"process {os.getpid()}" in each.what for each in held] == [os.path.exists("/proc/locks")]
    assert found(well) == {}


def test_finds_a_lock_that_cannot_be_opened(well: Surroundings) -> None:
    """A symlink in its place is not followed."""
    os.unlink(Home(well.home).lock)
    os.symlink("/dev/null", Home(well.home).lock)
    assert found(well)["ledger-unwritable"] is Level.ERROR


def test_finds_a_ledger_that_is_no_file(well: Surroundings) -> None:
    """Neither damaged nor missing, and of no use."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    os.mkdir(Home(well.home).ledger)
    assert set(found(well)) & {"ledger-unusable", "ledger-unwritable", "ledger-corrupt"}


def test_finds_a_ledger_that_cannot_be_written(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only home records nothing (the question is put to the system, which would let root write anything)."""
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("ledger.db"))
    assert [each.what for each in ledger.check(well.home, now_us=NOW) if each.id == "ledger-unwritable"] == [
        f"`{well.home}/ledger.db` cannot be written, so nothing can be recorded"
    ]


def test_a_system_that_does_not_tell_who_holds_a_lock_is_survived(tmp_path: Path) -> None:
    """The finding then names nobody."""
    assert ledger.holders_of(str(tmp_path / "missing")) == ()


def test_a_ledger_that_vanished_is_set_aside_without_a_digest(well: Surroundings) -> None:
    """Whoever was faster, a new ledger begins and says that one is missing."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    ledger.set_aside(Home(well.home), now_us=NOW)
    with open_reader(well.home) as opened:
        assert [at(entry.body(), "gap.sha256") for entry in opened.entries()] == [""]


def test_writes_a_missing_mirror_anew(well: Surroundings) -> None:
    """From the ledger, as it was."""
    path = Path(mirror.path_of(Home(well.home), "-"))
    before = path.read_bytes()
    path.unlink()
    assert found(well) == {"mirror-missing": Level.WARNING}
    assert mended(well) == {"mirror-missing": True}
    assert path.read_bytes() == before


def test_notes_that_nothing_is_recorded_yet(well: Surroundings) -> None:
    """A fresh home is nothing to worry about."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    assert found(well) == {}
    assert "ledger-missing" in notes(well)


@pytest.mark.parametrize(("version", "said"), [((3, 40, 1), True), ((3, 51, 3), False)])
def test_notes_the_defect_only_where_it_is(
    well: Surroundings, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], said: bool
) -> None:
    """Which SQLite an interpreter brings is the machine's choice."""
    monkeypatch.setattr(defect, "sqlite_version", lambda: version)
    assert ("sqlite-defect" in notes(well)) is said
