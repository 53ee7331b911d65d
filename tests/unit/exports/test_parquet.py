"""Parquet: DuckDB reads the very texts, typed; written whole or not at all."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from support.ledgers import fill
from support.records import record, texts
from support.told import call_main
from web4_governance.app.exports import export as exporting
from web4_governance.app.exports import parquet
from web4_governance.app.exports.columns import COLUMNS, row
from web4_governance.app.exports.export import Job, export
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace
from web4_governance.storage import finding
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web4_governance.core.record.r6 import Record

TYPES = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
    "time": "TIMESTAMP WITH TIME ZONE",
}


def rows(path: str) -> list[dict[str, Any]]:
    with duckdb.connect() as database:
        names = [name for name, *_ in database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()]
        cells = ", ".join(f"epoch_us({name})" if name in ("time", "ended") else name for name in names)
        found = database.execute(f"SELECT {cells} FROM read_parquet(?) ORDER BY place", [path]).fetchall()
    return [dict(zip(names, one, strict=True)) for one in found]


def plain(of: Record) -> dict[str, Any]:
    cells = row(of)
    return {name: [*one] if isinstance(one, tuple) else one for (name, _), one in zip(COLUMNS, cells, strict=True)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_what_duckdb_reads_is_what_was_written(tmp_path: Path, text: str) -> None:
    """Any text, to the letter: nothing in the file is a formula or an escape."""
    file = str(tmp_path / "file")
    bare = replace(record("x", place=8), resource=type(record("x").resource)(), result=type(record("x").result)())
    assert parquet.write(map(parquet.lot(), [[record(text)], [bare]]), file) == 2
    assert rows(file) == [plain(record(text)), plain(bare)]


def test_columns_have_their_types_and_groups_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are times in UTC, numbers numbers, lists lists; rows lie in groups, so that memory is bounded."""
    monkeypatch.setattr(parquet, "GROUP", 2)
    file = str(tmp_path / "file")
    assert parquet.write(map(parquet.lot(), [[record("a", place=n)] for n in range(5)]), file) == 5
    with duckdb.connect() as database:
        described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
        groups = database.execute("SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)", [file]).fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [(name, TYPES[kind]) for name, kind in COLUMNS]
    assert groups == [(3,)]
    assert datetime.fromtimestamp(rows(file)[0]["time"] / 1e6, UTC).year == 2026
    assert os.stat(file).st_mode & 0o777 == 0o600


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """And nothing else is left behind."""

    def failing() -> Iterator[list[Record]]:
        yield [record("x")]
        raise OSError(28, "No space left on device")

    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(OSError, match="space"):
        parquet.write(map(parquet.lot(), failing()), str(file))
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "mine"


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, before anything is written."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pyarrow") as refused:
        parquet.write([], str(tmp_path / "file"))
    assert ".[parquet]" in refused.value.hint
    assert not [*tmp_path.iterdir()]


def test_the_command_writes_a_file_that_can_be_asked(tmp_path: Path) -> None:
    """With what matches the filters; it is not printed, and a whole one is not gone on with."""
    home, file = str(tmp_path / "home"), str(tmp_path / "file")
    fill(home, sessions=2, calls=4)
    asked = ("export", "--home", home, "--format", "parquet")
    assert call_main(*asked, "-o", file, "--session", "session-1").out.startswith(
        f"{file}: 4 calls as parquet\nholds G0;"
    )
    with duckdb.connect() as database:
        found = database.execute("SELECT count(*), min(tool), max(status) FROM read_parquet(?)", [file]).fetchall()
    assert found == [(4, "Read", "unclosed")]
    assert [call_main(*asked, *words).code for words in (("-o", "-"), ("-o", file, "--resume"))] == [3, 3]
    assert "cannot be written" in call_main(*asked, "-o", str(tmp_path / "none" / "file")).err


@pytest.mark.parametrize("after", [2, 6, 8])
def test_an_export_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The same file as one that was not, whatever was half written; until then there is none, and then nothing beside it."""
    monkeypatch.setattr(finding, "CHUNK", 2)
    monkeypatch.setattr(exporting, "NOTE_EVERY_S", -1.0)
    home = str(tmp_path / "home")
    fill(home, sessions=2, calls=4)

    class Stopped(Exception):  # no error: somebody pressed a key
        pass

    def stopping(done: int, _place: int, _size: int) -> None:
        if done >= after:
            raise Stopped

    def job(name: str, *, resume: bool = False) -> Job:
        return Job(format="parquet", file=str(tmp_path / name), filters=Filters(), times={}, resume=resume)

    def quiet(_done: int, _place: int, _size: int) -> None:
        pass

    assert export(home, job("whole"), told=quiet) == 8
    with pytest.raises(Stopped):
        export(home, job("file"), told=stopping)
    assert not (tmp_path / "file").exists()
    partial = tmp_path / "file.partial"
    assert partial.stat().st_mode & 0o777 == 0o600
    with partial.open("ab") as out:
        out.write(b"\0\0\0\0\0\0\x10\0half")
    assert export(home, job("file", resume=True), told=quiet) == 8
    assert rows(str(tmp_path / "file")) == rows(str(tmp_path / "whole"))
    assert sorted(os.listdir(tmp_path)) == ["file", "home", "whole"]
    with pytest.raises(UsageError, match="nothing to go on with"):
        export(home, job("file", resume=True), told=quiet)


def test_rows_are_not_kept_where_a_link_leads(tmp_path: Path) -> None:
    """Whoever may write beside the file does not choose what is written over."""
    home, file = str(tmp_path / "home"), tmp_path / "file"
    fill(home, sessions=1, calls=1)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "file.partial").symlink_to(tmp_path / "mine")
    assert "cannot be written" in call_main("export", "--home", home, "--format", "parquet", "-o", str(file)).err
    assert (tmp_path / "mine").read_text() == "mine"
