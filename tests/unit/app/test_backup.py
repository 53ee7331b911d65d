"""A backup is the ledger at one moment; putting one back is said, keeps what it replaces, and brings no erased value back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.ledgers import Scribe, fill
from support.processes import KILLED, die, run
from web4_governance.app import backup, erase
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import InputError, LedgerError, UsageError
from web4_governance.core.ledger.verdict import VerdictName, exit_code
from web4_governance.core.record.where import condition
from web4_governance.storage.database import Database
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

NOW = 1_795_000_900_000_000


def made(home: str, file: Path) -> backup.Copied:
    return backup.backup(home, str(file), who="ada", now_us=NOW)


def put(home: str, file: Path) -> backup.Restored:
    return backup.restore(home, str(file), who="ada", why="the disk died", now_us=NOW + 1)


def prompt(home: str, text: str) -> None:
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="late").prompt(text)
        writer.commit()


def leaves(home: str) -> list[bytes]:
    with open_reader(home) as reader:
        return [entry.leaf for entry in reader.entries()]


def beside(home: str) -> set[str]:
    return {
        name for name in os.listdir(home) if name not in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.lock")
    }


def test_a_backup_is_one_private_file_that_holds_the_ledger_and_is_on_record(tmp_path: Path) -> None:
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    before = leaves(home)
    done = made(home, file)
    assert (done.size, done.idx) == (len(before), len(before))
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "home"]
    assert file.stat().st_mode & 0o777 == 0o600
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    assert [row[0] for row in db.execute("SELECT leaf FROM entries ORDER BY idx")] == before
    db.close()
    with open_reader(home) as reader:
        entry = reader.entry(done.idx)
        assert entry is not None
        body: Any = entry.body()
        assert (entry.kind, body["event"], body["backup"]["size"]) == ("event", "backup", done.size)
        assert reader.opening(done.idx, "backup.file") == str(file)
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED


def test_a_backup_beside_a_writer_is_of_one_moment(tmp_path: Path) -> None:
    """What is committed while it is written is not in it; nothing is half in it."""
    home = str(tmp_path / "home")
    fill(home)
    with open_reader(home) as reader:
        size = reader.head().size
        prompt(home, "meanwhile")
        from web4_governance.storage.backup import write_copy  # noqa: PLC0415

        write_copy(reader, str(tmp_path / "copy.db"))
    restored = put(str(tmp_path / "other"), tmp_path / "copy.db")
    assert restored.size == size


def test_nothing_is_replaced_by_a_backup(tmp_path: Path) -> None:
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    file.write_bytes(b"mine")
    with pytest.raises(UsageError):
        made(home, file)
    assert file.read_bytes() == b"mine"
    with pytest.raises(LedgerError):
        made(home, tmp_path / "no" / "such" / "place.db")


def test_restored_into_an_empty_home_everything_is_there_and_it_goes_on(tmp_path: Path) -> None:
    """With the entry that says so; nothing was lost, so nothing is missing."""
    home, file, other = str(tmp_path / "home"), tmp_path / "copy.db", str(tmp_path / "other")
    fill(home)
    before = leaves(home)
    made(home, file)
    done = put(other, file)
    assert (done.size, done.replaced, done.kept, done.lost) == (len(before), 0, (), 0)
    assert leaves(other)[:-1] == before
    report = verify_ledger(other)
    assert (report.verdict, report.notes) == (VerdictName.UNANCHORED, ()), report.findings
    assert [gap.explained for gap in report.gaps] == ["it says so"]
    prompt(other, "onward")
    assert verify_ledger(other).notes == ()
    assert beside(other) == {"audit"}


def test_what_was_recorded_since_is_a_gap_that_is_explained_and_is_kept_beside(tmp_path: Path) -> None:
    """GAPS with its reason, never TAMPERED; the ledger that was replaced still verifies by itself."""
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    made(home, file)
    prompt(home, "lost by the restore")
    size = len(leaves(home))
    done = put(home, file)
    assert (done.replaced, done.lost) == (size, 2)
    report = verify_ledger(home)
    assert (report.verdict, report.found, report.notes) == (VerdictName.GAPS, 0, ()), report.findings
    assert exit_code(report, require_anchor=False) == 0
    assert "what came after it is gone" in report.gaps[0].reason
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    db, audit = done.kept
    shutil.copy(db, kept / "ledger.db")
    shutil.copytree(audit, kept / "audit")
    old = verify_ledger(str(kept))
    assert (old.verdict, old.tally.entries, old.notes) == (VerdictName.UNANCHORED, size, ())


def test_a_value_that_was_erased_since_does_not_come_back(tmp_path: Path) -> None:
    """The redactions of the ledger that is replaced are done again in the backup before it is put in place."""
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    made(home, file)
    with Ledger.open(home) as ledger:
        pieces = erase.choose(ledger, erase.Asked(where=(condition("request.text~thing 1"),)))
    erased = erase.erase(home, pieces, who="ada", why="w", authority="a", now_us=NOW)
    assert any("copy.db" in copy for copy in erased.unreached)
    assert b"do thing 1" in file.read_bytes()
    done = put(home, file)
    assert done.erased_again == len(pieces) == 2
    for found in Path(home).rglob("*"):
        assert not found.is_file() or b"do thing 1" not in found.read_bytes(), found
    assert verify_ledger(home).found == 0


def test_a_ledger_put_back_by_hand_has_no_such_entry(tmp_path: Path) -> None:
    """That is what only a head held elsewhere tells from an honest ledger: its verdict says that there is none."""
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    made(home, file)
    prompt(home, "lost")
    shutil.copy(file, Path(home) / "ledger.db")
    shutil.rmtree(Path(home) / "audit")
    report = verify_ledger(home)
    assert (report.verdict, report.gaps) == (VerdictName.UNANCHORED, ())


def test_what_is_no_sound_backup_of_this_ledger_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    """Another ledger's, a changed one, an empty one, no database, nothing; and no reason given."""
    home, other = str(tmp_path / "home"), str(tmp_path / "other")
    fill(home)
    fill(other)
    foreign, changed, empty, none = (tmp_path / name for name in ("foreign", "changed", "empty", "none"))
    made(other, foreign)
    made(home, changed)
    db = sqlite3.connect(changed)
    db.execute("UPDATE entries SET bytes = replace(bytes, 'allow', 'deny') WHERE kind = 'intent'")
    db.commit()
    db.close()
    empty.write_bytes(b"")
    none.write_bytes(b"no database at all" * 100)
    before = leaves(home)
    for file in (foreign, changed, empty, none, tmp_path / "nothing"):
        with pytest.raises((InputError, UsageError, LedgerError)):
            put(home, file)
        with pytest.raises((InputError, UsageError, LedgerError)):
            backup.look(home, str(file))
    with pytest.raises(UsageError):
        backup.restore(home, str(foreign), who="ada", why=" ", now_us=NOW)
    assert leaves(home) == before
    assert beside(home) == {"audit"}
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED


def test_what_would_happen_is_said_before(tmp_path: Path) -> None:
    home, file = str(tmp_path / "home"), tmp_path / "copy.db"
    fill(home)
    size = made(home, file).size
    assert backup.look(home, str(file)) == (size, size + 1)
    assert backup.look(str(tmp_path / "empty"), str(file)) == (size, 0)


STEPS = ("run", "run_each", "row", "rows", "copy_to", "close")
FILES = ("open", "fsync", "replace", "rename", "unlink", "mkdir")


@pytest.mark.parametrize("part", range(3))
def test_killed_at_any_step_of_a_restore_one_of_the_two_ledgers_is_there_whole(tmp_path: Path, part: int) -> None:
    """Never a mixture, never none: nothing to find but mirrors that are missing, and the restore can be done again."""
    home, file = tmp_path / "home", tmp_path / "copy.db"
    fill(str(home), sessions=1, calls=2)
    size = made(str(home), file).size
    prompt(str(home), "since")
    ended, n, kills = KILLED, part + 1, 0
    while ended == KILLED:
        here = str(tmp_path / f"home-{n}")
        shutil.copytree(home, here)

        def doomed(here: str, n: int) -> None:
            _counted(n)
            put(here, file)

        ended = run(partial(doomed, here, n))
        kills += ended == KILLED
        report = verify_ledger(here)
        assert report.found == 0, (n, report.findings)
        assert len(leaves(here)) in (size + 2, size + 1), n
        assert (report.verdict is VerdictName.GAPS) == (len(leaves(here)) == size + 1), n
        n += 9
    assert kills > 5
    assert put(here, file).size == size


def _counted(left: int) -> None:
    def dying(original: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                die()
            return original(*args, **kwargs)

        return step

    for owner, names in ((Database, STEPS), (os, FILES)):
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))
