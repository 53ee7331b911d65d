"""A database's shell that opens the ledger: looking is free, everything else changes it."""

from __future__ import annotations

import pytest

from unit.effects.scenes import effects

DB = "~/.web4/ledger.db"


@pytest.mark.parametrize(
    "command",
    [
        f"sqlite3 {DB} 'select count(*) from entries'",
        f"sqlite3 {DB} 'select 1; explain select 2;'",
        f"sqlite3 {DB} 'with a as (select 1) select * from a'",
        f"sqlite3 -json {DB} 'select 1'",
        f"sqlite3 {DB} .tables",
        f"sqlite3 {DB} '.schema entries'",
        f"sqlite3 {DB} 'PRAGMA table_info(entries)'",
        f"sqlite3 {DB} 'pragma main.user_version'",
        f"sqlite3 {DB} <<< 'select 1;'",
        f"sqlite3 {DB} <<'E'\n.headers on\nselect 1;\nE",
        f"echo 'select 1' | sqlite3 {DB}",
        f"sqlite3 -cmd '.mode box' {DB} 'select 1'",
        f"sqlite3 -readonly {DB} < q.sql",
        'sqlite3 "file:$HOME/.web4/ledger.db?mode=ro" "select 1"',
        'sqlite3 "file:$HOME/.web4/ledger.db?immutable=1" < q.sql',
        "sqlite3 app.db < schema.sql",
        "sqlite3 app.db 'PRAGMA user_version=3'",
        "duckdb app.db 'drop table t'",
        f"cat {DB} | wc -c",
    ],
)
def test_looking_is_free(command: str) -> None:
    """Statements that only select, or a file that is opened for reading; other databases are nobody's business."""
    assert "self.tamper" not in effects(command)


@pytest.mark.parametrize(
    "command",
    [
        f"sqlite3 {DB}",
        f"sqlite3 {DB} < q.sql",
        f"cat q.sql | sqlite3 {DB}",
        f"sqlite3 {DB} 'PRAGMA user_version=99'",
        f"sqlite3 {DB} 'PRAGMA user_version(99)'",
        f"sqlite3 {DB} 'PRAGMA journal_mode=DELETE'",
        f"sqlite3 {DB} 'pragma journal_mode(delete)'",
        f"sqlite3 {DB} 'PRAGMA wal_checkpoint(TRUNCATE)'",
        f"sqlite3 {DB} 'PRAGMA'",
        f"sqlite3 {DB} '.read q.sql'",
        f"sqlite3 {DB} '.restore b.db'",
        f"sqlite3 {DB} '.tables | sh'",
        f"sqlite3 -init q.sql {DB} 'select 1'",
        f"sqlite3 -cmd '.read q.sql' {DB} 'select 1'",
        f"sqlite3 {DB} 'vacuum'",
        f"sqlite3 {DB} 'reindex; select 1'",
        f"sqlite3 {DB} 'with a as (select 1) delete from entries'",
        f'sqlite3 {DB} "select writefile(1, 2)"',
        f'sqlite3 {DB} "$Q"',
        f"sqlite3 {DB} <<E\n$Q\nE",
        'sqlite3 "file:$HOME/.web4/ledger.db" < q.sql',
        f"litecli {DB}",
        f"duckdb {DB} 'select 1; install x'",
    ],
)
def test_every_other_use_is_a_change(command: str) -> None:
    """What is set, read from a file, or not seen beforehand."""
    assert "self.tamper" in effects(command)
