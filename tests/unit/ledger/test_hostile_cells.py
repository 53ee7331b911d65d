"""Any cell of any table set to anything: verification answers, it does not fall over; in the evidence it is always seen.

SQLite holds no column to its type, so each cell can hold text, a number, bytes, or nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger, verify_session
from web4_governance.core.errors import Web4Error
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = {
    "entries": ("idx", "session", "seq", "kind", "ts", "leaf", "bytes"),
    "openings": ("idx", "field", "salt", "value"),
    "chains": ("session", "size", "leaf"),
    "tree": ("size", "frontier", "root"),
}
LOOKUPS = {
    "records": ("session", "kind", "ts", "call", "tool", "agent_id", "decision", "status", "categories"),
    "targets": ("idx", "effect", "target"),
    "names": ("id", "target"),
    "places": ("name", "idx"),
}
MEMORY = {
    "named": ("size",),
    "records": ("effects", "project", "same", "agent_type"),
    "mirrors": ("lines", "bytes"),
    "meta": ("value",),
}
VALUES = ("'ünï'", "x'00ff'", "-5", "1e300", "NULL", "9223372036854775807")
ASKED = ("'ünï'", "x'00ff'", "1e300")  # with these, the other doors are tried too: each try is a durable write
CELLS = [(t, c, v) for tables in (EVIDENCE, LOOKUPS) for t, columns in tables.items() for c in columns for v in VALUES]
OTHERS = [(t, c, v) for t, columns in MEMORY.items() for c in columns for v in VALUES]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    fill(str(home), sessions=1, calls=2)
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer, session="session-0").intent("sub", agent_id="a-1", agent_type="helper")
        writer.names.take_in()
        writer.commit()
    return home


def changed(template: Path, tmp_path: Path, table: str, column: str, value: str) -> Path | None:
    """A copy of the ledger with one cell changed, or None where SQLite itself refuses the value there."""
    home = tmp_path / "home"
    (home / "audit").mkdir(parents=True)
    home.chmod(0o700)
    for name in ("ledger.db", "audit/session-0.jsonl"):
        (home / name).write_bytes((template / name).read_bytes())
    db = sqlite3.connect(home / "ledger.db")
    try:
        with db:
            row = (
                db.execute(f"SELECT rowid FROM {table} LIMIT 1 OFFSET 1").fetchone()
                if table in ("entries", "records")
                else None
            )
            where = f"rowid = {row[0]}" if row else f"{column} = (SELECT max({column}) FROM {table})"
            if (
                db.execute(f"UPDATE {table} SET {column} = {value} WHERE {where} AND {column} IS NOT {value}").rowcount
                == 0
            ):
                return None
    except sqlite3.Error:
        return None
    finally:
        db.close()
    return home


@pytest.mark.parametrize(("table", "column", "value"), CELLS)
def test_a_cell_of_the_evidence_or_its_lookups_is_noticed_whatever_it_holds(
    template: Path, tmp_path: Path, table: str, column: str, value: str
) -> None:
    """TAMPERED, with a place and a reason."""
    home = changed(template, tmp_path, table, column, value)
    if home is None:
        return
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.TAMPERED
    assert report.place
    assert report.reason
    if value in ASKED:
        answers(home)


@pytest.mark.parametrize(("table", "column", "value"), OTHERS)
def test_a_cell_of_the_gates_memory_brings_nothing_down(
    template: Path, tmp_path: Path, table: str, column: str, value: str
) -> None:
    """What is no evidence may be wrong; it must not be a crash."""
    home = changed(template, tmp_path, table, column, value)
    if home is not None:
        verify_ledger(str(home))
        answers(home)


def answers(home: Path) -> None:
    """Query, one session and the next write answer too, or refuse by an error of ours."""
    for ask in (_query, _session, _write):
        with contextlib.suppress(Web4Error):
            ask(str(home))


def _query(home: str) -> None:
    with Ledger.open(home) as ledger:
        for record in ledger.query_audit():
            record.to_json()
        ledger.query_audit(targetPattern="*/patient/*", project="/*", effect="file.read")


def _session(home: str) -> None:
    verify_session(home, "session-0")


def _write(home: str) -> None:
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="session-0").call("more", same=b"s" * 32)
        assert writer.secret
        writer.deliver(b"x", "a")
        writer.tick("k", 1)
        writer.commit()
