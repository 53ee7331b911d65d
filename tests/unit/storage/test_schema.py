"""Formats: every released one opens, moves forward, and keeps its entries byte for byte."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from web4_governance import storage
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.ledger.verify import Walk
from web4_governance.storage import layout, migrations, schema
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.storage.database import Database

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "ledgers")
NEXT = schema.VERSION + 1
# What each released fixture holds; a row never changes.
RELEASED = {
    "v1.db": ("606ab69d761f5803d1234e9a87cbbc2cfd5b7940cebc47a4bb1b873a2ff63878", 12, 3),
    "v2.db": ("a7d9b62f1b6c3fd03131b5865b06f90e1a78b038289fe7aebb3fa5f644ac2426", 9, 3),
    "v3.db": ("ad77e3a4b752f6b81ce2759ce82eb8b6c9efdbdb5bf9db5503d451aad0a527eb", 265, 3),
    "v5.db": ("62d5c654a3a35ea86669fe817ae0492b0f7046d90827b79e62b3486111427de5", 269, 3),
    "v6.db": ("62d5c654a3a35ea86669fe817ae0492b0f7046d90827b79e62b3486111427de5", 269, 3),
    "v4.db": ("ad77e3a4b752f6b81ce2759ce82eb8b6c9efdbdb5bf9db5503d451aad0a527eb", 265, 3),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


def sessions_of(home: Path) -> list[str]:
    with Ledger.open(str(home)) as ledger:
        return [chain.session for chain in ledger.reader.chains()]


def test_every_fixture_is_listed() -> None:
    """A format without a row here would be opened by nobody."""
    assert sorted(os.listdir(FIXTURES)) == sorted(RELEASED)
    assert f"v{schema.VERSION}.db" in RELEASED


@pytest.mark.parametrize("name", RELEASED)
def test_a_ledger_of_a_released_format_is_read_and_written_on(home: Path, name: str) -> None:
    """The old entries are what they were, and a new one follows them."""
    root, entries, sessions = RELEASED[name]
    shutil.copyfile(os.path.join(FIXTURES, name), home / "ledger.db")
    before = verify_ledger(str(home))
    assert (before.root, before.tally.entries, before.tally.sessions, before.findings) == (root, entries, sessions, ())
    with open_writer(str(home), deadline=None) as writer:
        for session in sessions_of(home):
            Scribe(writer, session=session).prompt("and on")
        writer.commit()
    after = verify_ledger(str(home))
    assert (after.tally.entries, after.findings, after.notes) == (entries + sessions, (), ())
    with Ledger.open(str(home)) as ledger:
        (record,) = ledger.query_audit(tool="Read", targetPattern="*/patient/*", status="succeeded")
        assert record.request.prompt == "look at the patient's file"


def test_an_older_format_moves_forward_once_and_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step runs inside one transaction with the version number; the entries are not touched."""
    fill(str(home))
    before = verify_ledger(str(home))
    steps: list[int] = []

    def step(database: Database) -> None:
        steps.append(1)
        database.run("CREATE TABLE added(a)")

    monkeypatch.setattr(schema, "VERSION", NEXT)
    monkeypatch.setattr(layout, "TABLES", (*schema.TABLES, "CREATE TABLE added(a)"))
    monkeypatch.setitem(migrations.MIGRATIONS, NEXT - 1, step)
    for _ in range(2):
        open_writer(str(home), deadline=None).close()
    assert steps == [1]
    db = sqlite3.connect(home / "ledger.db")
    assert db.execute("PRAGMA user_version").fetchone() == (NEXT,)
    db.execute("SELECT a FROM added")
    db.close()
    after = verify_ledger(str(home))
    assert (after.verdict, after.root) == (VerdictName.UNANCHORED, before.root)


def test_a_step_that_fails_leaves_the_old_format(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it stays, and the lock is free."""
    fill(str(home))

    def step(database: Database) -> None:
        database.run("CREATE TABLE added(a)")
        database.run("no statement")

    monkeypatch.setattr(schema, "VERSION", NEXT)
    monkeypatch.setitem(migrations.MIGRATIONS, NEXT - 1, step)
    with pytest.raises(LedgerCorrupt):
        open_writer(str(home), deadline=None)
    monkeypatch.setattr(schema, "VERSION", NEXT - 1)
    open_writer(str(home), deadline=time.monotonic()).close()
    db = sqlite3.connect(home / "ledger.db")
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'added'").fetchone() == (0,)
    db.close()


def test_the_tables_work_with_the_sqlite_of_old_systems() -> None:
    """Python 3.11 is linked with SQLite 3.34 there: nothing of 3.35 and later."""
    text = " ".join(schema.TABLES).upper()
    assert "STRICT" not in text
    assert "RETURNING" not in text


def test_statements_have_nameless_places_only() -> None:
    """Numbered ones with a sequence are deprecated from Python 3.12 on, and an error in 3.14."""
    directory = os.path.dirname(schema.__file__)
    for name in os.listdir(directory):
        if name.endswith(".py"):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                assert not re.search(r"\?\d", file.read()), name


def test_the_empty_tree_is_the_mathematics_one() -> None:
    """The first row of a new ledger is not made up."""
    walk = Walk()
    walk.step_5_tree(0, b"", schema.EMPTY_ROOT)
    assert walk.report(holds=(), not_covered=(), notes=()).findings == ()


def test_the_packages_names_are_there_when_they_are_asked_for() -> None:
    """And no others."""
    assert storage.open_writer is open_writer
    assert {storage.Home.__name__, storage.Reader.__name__, storage.Writer.__name__} == {"Home", "Reader", "Writer"}
    with pytest.raises(AttributeError):
        getattr(storage, "nothing")  # noqa: B009  # asked for by name, as `from ... import` does


def test_a_ledger_of_the_first_format_verifies_as_it_lies_there(tmp_path: Path) -> None:
    """Its tables are compared with those of its own format."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(os.path.join(FIXTURES, "v1.db"), home / "ledger.db")
    report = verify_ledger(str(home))
    assert [finding.reason for finding in report.findings if "program makes" in finding.reason] == []


@pytest.mark.parametrize("name", ["v1.db", "v2.db", "v3.db", "v4.db"])
def test_an_older_format_moves_to_the_present_one_and_verifies(home: Path, name: str) -> None:
    """Its tables are those of a new ledger, text for text."""
    shutil.copyfile(os.path.join(FIXTURES, name), home / "ledger.db")
    open_writer(str(home), deadline=None).close()
    fresh = home.parent / "fresh"
    fresh.mkdir(mode=0o700)
    open_writer(str(fresh), deadline=None).close()
    texts = []
    for place in (home, fresh):
        db = sqlite3.connect(place / "ledger.db")
        texts.append(sorted(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()))
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        db.close()
    assert texts[0] == texts[1]
    assert verify_ledger(str(home)).findings == ()
