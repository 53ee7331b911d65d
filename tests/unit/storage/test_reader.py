"""The reader: beside a writer and without one, on read-only media, and never a change to the ledger."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.ledgers import BIRTH_US, Scribe, fill
from support.processes import KILLED, die, run
from web4_governance.core.errors import (
    LedgerCorrupt,
    LedgerError,
    LedgerMissing,
    LedgerNewer,
    LedgerReadOnly,
    PolicyError,
)
from web4_governance.storage import open_reader, schema
from web4_governance.storage.filters import Filters
from web4_governance.storage.lookup import Head
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    fill(str(place))
    return place


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, mounted for writing; the test makes it read-only."""
    place = tmp_path / "mount"
    place.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True, check=False).returncode
    ):
        pytest.skip("cannot mount a file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def remount(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)


def test_a_reader_sees_one_moment_until_it_is_refreshed(home: Path) -> None:
    """A snapshot: the head and the entries agree however long one reads."""
    with open_reader(str(home)) as reader:
        assert reader.head().size == 16
        with open_writer(str(home), deadline=None) as writer:
            Scribe(writer, session="new").prompt("hello")
            writer.set_meta("policy", "x")
            writer.commit()
        assert (reader.head().size, len(list(reader.entries())), reader.meta("policy")) == (16, 16, "")
        reader.refresh()
        assert (reader.head().size, len(list(reader.entries())), reader.meta("policy")) == (17, 17, "x")


def test_a_reader_does_not_see_what_is_not_committed_and_holds_nobody_up(home: Path) -> None:
    """A writer in mid-transaction is no obstacle, and neither is a reader for a writer."""
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer).prompt("soon")
        with open_reader(str(home)) as reader:
            assert reader.head().size == 16
            writer.commit()
            assert reader.head().size == 16


def test_reading_changes_no_byte_of_the_database_and_never_checkpoints(home: Path) -> None:
    """What a writer left in the WAL is still there after the reader has closed."""
    writer = open_writer(str(home), deadline=None)
    Scribe(writer).prompt("in the wal")
    writer.commit()
    before = (home / "ledger.db").read_bytes()
    wal = (home / "ledger.db-wal").stat().st_size
    with open_reader(str(home)) as reader:
        assert reader.head().size == 17
    assert (home / "ledger.db").read_bytes() == before
    assert (home / "ledger.db-wal").stat().st_size == wal > 0
    writer.close()
    with open_reader(str(home)) as reader:
        assert reader.head().size == 17


def test_a_reader_reads_what_a_killed_writer_left_in_the_wal(home: Path) -> None:
    """Committed is committed, though nobody closed the database."""

    def write_and_die() -> None:
        writer = open_writer(str(home), deadline=None)
        Scribe(writer).prompt("last words")
        writer.commit()
        die()

    assert run(write_and_die) == KILLED
    assert (home / "ledger.db-wal").stat().st_size > 0
    with open_reader(str(home)) as reader:
        assert reader.head().size == 17


def test_a_reader_writes_nothing_even_if_asked(home: Path) -> None:
    """The connection itself refuses."""
    with open_reader(str(home)) as reader, pytest.raises(LedgerReadOnly):
        reader._database.run("DELETE FROM entries")


def test_a_ledger_on_read_only_media_can_be_read(read_only: Path, home: Path) -> None:
    """An auditor's copy on a disc."""
    shutil.copytree(home, read_only / "home")
    remount(read_only)
    with open_reader(str(read_only / "home")) as reader:
        assert (reader.head().size, len(list(reader.entries()))) == (16, 16)


def test_a_ledger_in_mid_write_on_read_only_media_is_not_read_half(read_only: Path, home: Path) -> None:
    """Entries in the WAL would be missing without a word; it says so instead, and how to go on."""
    writer = open_writer(str(home), deadline=None)
    Scribe(writer).prompt("in the wal")
    writer.commit()
    shutil.copytree(home, read_only / "home", ignore=shutil.ignore_patterns("*-shm"))
    writer.close()
    remount(read_only)
    with pytest.raises(LedgerReadOnly, match="in mid-write") as caught:
        open_reader(str(read_only / "home"))
    assert "copy" in caught.value.hint


def test_where_there_is_no_ledger_the_reader_says_so_and_makes_none(tmp_path: Path) -> None:
    """No home, an empty home, an empty file."""
    for _ in range(2):
        with pytest.raises(LedgerMissing):
            open_reader(str(tmp_path / "home"))
        (tmp_path / "home").mkdir(exist_ok=True)
        assert os.listdir(tmp_path / "home") == []
    (tmp_path / "home" / "ledger.db").write_bytes(b"")
    with pytest.raises(LedgerMissing):
        open_reader(str(tmp_path / "home"))


def test_a_newer_ledger_and_a_damaged_one_are_told_apart(home: Path) -> None:
    """One wants another program, the other the doctor."""
    db = sqlite3.connect(home / "ledger.db")
    db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    db.close()
    with pytest.raises(LedgerNewer):
        open_reader(str(home))
    (home / "ledger.db").write_bytes(b"no database at all" * 300)
    with pytest.raises(LedgerCorrupt):
        open_reader(str(home))


def test_entries_come_in_the_ledgers_order_in_any_number(tmp_path: Path) -> None:
    """Over many pages of the walk, from any place, of all sessions or of one."""
    with open_writer(str(tmp_path / "home"), deadline=None) as writer:
        scribes = [Scribe(writer, session=f"s{n}") for n in range(3)]
        for n in range(700):
            scribes[n % 3].prompt(f"{n}")
        writer.commit()
    with open_reader(str(tmp_path / "home")) as reader:
        assert [e.idx for e in reader.entries()] == list(range(700))
        assert [e.idx for e in reader.entries(after=649)] == list(range(650, 700))
        assert [e.seq for e in reader.entries(session="s1")] == list(range(233))
        assert reader.entry(5) == next(reader.entries(after=4))
        assert reader.entry(700) is None
        assert len(reader.openings_between(10, 19)) == 10


def test_sessions_are_listed_by_their_last_entry(home: Path) -> None:
    """With their size and their first and last time."""
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer, session="session-0", start_us=BIRTH_US + 10**9).prompt("later")
        writer.commit()
    with open_reader(str(home)) as reader:
        sessions = reader.sessions()
        assert [(session, size) for session, size, _, _ in sessions] == [("session-1", 8), ("session-0", 9)]
        assert sessions[1][2] < sessions[1][3] == BIRTH_US + 10**9 + 1_000_000
        assert [chain.session for chain in reader.chains()] == ["session-0", "session-1"]


def test_an_entry_is_found_by_the_beginning_of_its_leaf(home: Path) -> None:
    """And nothing that is no hex is looked for."""
    with open_reader(str(home)) as reader:
        stored = reader.entry(3)
        assert stored is not None
        assert reader.by_leaf(stored.leaf.hex()[:12]) == (stored,)
        assert len(reader.by_leaf(stored.leaf.hex()[:1])) >= 1
        assert reader.by_leaf("") == reader.by_leaf("xyz") == reader.by_leaf("*") == ()


def test_a_lost_head_is_no_crash(home: Path) -> None:
    """It is for verification to say what is wrong."""
    db = sqlite3.connect(home / "ledger.db")
    with db:
        db.execute("DELETE FROM tree")
    db.close()
    with open_reader(str(home)) as reader:
        assert reader.head() == Head(size=-1, frontier=b"", root=b"")


@pytest.fixture
def audited(tmp_path: Path) -> str:
    """A ledger with one call of many kinds; places are 0 to 5, in order."""
    home = str(tmp_path / "audited")
    with open_writer(home, deadline=None) as writer:
        one, two = Scribe(writer, session="one"), Scribe(writer, session="two")
        one.intent("c0", tool="Read", path="/srv/patient/anna.txt")
        one.intent("c1", tool="Write", path="/srv/config/prod/a.json", categories=("file_write",), decision="warn")
        two.intent("c2", tool="Bash", path="/srv/patient/x", categories=("command", "file_write"), decision="deny")
        two.intent("c3", tool="Read", path="/etc/hosts", project="/etc", agent_id="a-7", agent_type="explorer")
        two.outcome("c2", "00", status="denied")
        writer.commit()
    return home


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        (Filters(), (3, 2, 1, 0)),
        (Filters(session="one"), (1, 0)),
        (Filters(tool="Read"), (3, 0)),
        (Filters(tool="read"), ()),
        (Filters(call="c1"), (1,)),
        (Filters(decision="deny"), (2,)),
        (Filters(status="denied"), (2,)),
        (Filters(status="unclosed"), (3, 1, 0)),
        (Filters(category="file_write"), (2, 1)),
        (Filters(category="file"), ()),
        (Filters(agent="explorer"), (3,)),
        (Filters(agent="a-7"), (3,)),
        (Filters(project="/srv"), (2, 1, 0)),
        (Filters(project="/e*"), (3,)),
        (Filters(effect="file.read"), (3, 2, 1, 0)),
        (Filters(effect="file.write"), ()),
        (Filters(target="*/patient/*"), (2, 0)),
        (Filters(target="*/patient/*", tool="Read"), (0,)),
        (Filters(target="*/patient/*", effect="file.read"), (2, 0)),
        (Filters(target="*/patient/*", effect="file.write"), ()),
        (Filters(target="/srv/*.txt"), (0,)),
        (Filters(target="/srv"), ()),
        (Filters(target="/etc/host?"), (3,)),
        (Filters(target="/[!s]*"), (3,)),
        (Filters(since=BIRTH_US + 2_000_000), (3, 1)),
        (Filters(until=BIRTH_US + 2_000_000), (2, 0)),
        (Filters(since=BIRTH_US + 1_000_000, until=BIRTH_US + 1_000_001), (2, 0)),
        (Filters(session="none"), ()),
    ],
)
def test_each_filter_finds_what_it_says(audited: str, filters: Filters, places: tuple[int, ...]) -> None:
    """All given ones must hold; the newest is first."""
    with open_reader(audited) as reader:
        assert reader.find(filters, limit=10) == places


def test_finding_goes_on_where_it_stopped(audited: str) -> None:
    """By place, older and newer."""
    with open_reader(audited) as reader:
        assert reader.find(Filters(), limit=2) == (3, 2)
        assert reader.find(Filters(), before=2, limit=2) == (1, 0)
        assert reader.find(Filters(), after=1, limit=9) == (3, 2)


def test_a_glob_that_is_none_is_refused(audited: str) -> None:
    """The same globs as in a policy, with the same error."""
    with open_reader(audited) as reader, pytest.raises(PolicyError):
        reader.find(Filters(target="[a"), limit=1)


def test_a_statement_that_cannot_run_is_an_error_of_the_ledger(home: Path) -> None:
    """Also where its rows come some at a time."""
    with open_reader(str(home)) as reader, pytest.raises(LedgerError):
        list(reader._database.each("SELECT nothing FROM nowhere", size=1))
