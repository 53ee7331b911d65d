"""jsonl and CSV: what is read back is what was written, a record stays a line, and nothing in it steers or calculates."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.records import HOSTILE, record, texts
from web4_governance.app.exports import delimited, jsonl
from web4_governance.app.exports.columns import COLUMNS, row
from web4_governance.app.exports.shown import moment, shown
from web4_governance.core.value import replace

NAMES = [name for name, _ in COLUMNS]


@given(texts)
def test_jsonl_reads_back_as_the_record(text: str) -> None:
    """One line for everybody's idea of a line, in printable ASCII."""
    data = jsonl.lines([record(text)])
    assert data.endswith(b"\n")
    assert len(data.decode().splitlines()) == 1
    assert data[:-1].isascii()
    assert data[:-1].decode().isprintable()
    assert json.loads(data) == record(text).to_json()


@given(texts)
def test_jsonl_is_printed_as_the_standard_library_prints_it(text: str) -> None:
    """With the same escapes, each character outside the basic plane as two, and DEL as one more."""
    wanted = json.dumps(record(text).to_json(), separators=(",", ":"), sort_keys=True).replace("\x7f", "\\u007f")
    assert jsonl.lines([record(text)]).decode() == wanted + "\n"
    other: Any = {"a": text, "b": 1.5, "c": 2**70}
    wanted = json.dumps(other, separators=(",", ":")).replace("\x7f", "\\u007f")
    assert jsonl.foreign(other).decode() == wanted + "\n"


@given(st.text(), st.text())
def test_csv_is_quoted_as_the_standard_library_quotes_it(one: str, other: str) -> None:
    """Where there is a comma or a quotation mark, and nowhere else."""
    cells = [delimited.cell(one), "x", delimited.cell(other)]
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    assert ",".join(map(delimited.quoted, cells)) + "\r\n" == out.getvalue()


@given(texts)
def test_csv_reads_back_as_the_row(text: str) -> None:
    """A text is the cell's, but for what steers, and but for the apostrophe before what begins as a formula."""
    data = delimited.lines([record(text)]).decode()
    assert data.endswith("\r\n")
    assert len(data.splitlines()) == 1
    (cells,) = csv.reader(io.StringIO(data, newline=""), strict=True)
    found = dict(zip(NAMES, cells, strict=True))
    for name in ("tool", "command", "prompt", "words", "cwd", "agent_type", "session", "denied_by", "error_class"):
        assert found[name] in (shown(text), f"'{shown(text)}")
    if shown(text) == text:
        for name in ("rules", "reasons", "targets", "erased"):
            assert json.loads(found[name] or "[]") == ([text] if text or name != "targets" else [])


@given(texts)
def test_no_cell_begins_as_a_formula_or_steers(text: str) -> None:
    """Neither as it stands, nor after the blanks that some readers take away."""
    for cell in next(csv.reader(io.StringIO(delimited.lines([record(text)]).decode(), newline=""))):
        assert not cell.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
        assert shown(cell) == cell


@pytest.mark.parametrize("text", HOSTILE)
def test_shown_text_says_what_was_there(text: str) -> None:
    """Everything else stays; what steers becomes an escape."""
    assert len(shown(text)) >= len(text)
    assert not set(shown(text)) & set("\x00\x07\x0b\x0c\n\r\t\x1b\x85\x9b\u2028\u2029\u202e\u202c\u2066\u2069\ufeff")


def test_the_header_names_the_columns() -> None:
    """In the order of the cells."""
    assert delimited.HEADER.decode() == ",".join(NAMES) + "\r\n"
    assert len(row(record("x"))) == len(NAMES)


def test_what_is_not_known_is_empty_and_a_list_is_json() -> None:
    """An absent number is no -1, which somebody would add up."""
    plain = record("x")
    bare = replace(plain, resource=type(plain.resource)(), result=type(plain.result)())
    (cells,) = csv.reader(io.StringIO(delimited.lines([bare]).decode(), newline=""))
    found = dict(zip(NAMES, cells, strict=True))
    assert [found[name] for name in ("duration_us", "input_bytes", "exit_code", "ended")] == [""] * 4
    assert (found["status"], found["late"], found["rules"]) == ("unclosed", "false", '["x"]')
    assert found["time"] == "2026-11-18T11:06:40.123456+00:00"


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_a_time_is_printed_as_the_standard_library_prints_it(ts: int) -> None:
    """In UTC, to the microsecond where there is one."""
    wanted = datetime.fromtimestamp(ts // 1_000_000, UTC).replace(microsecond=ts % 1_000_000)
    assert moment(ts) == wanted.isoformat()


@pytest.mark.parametrize("ts", [2**62, -(2**62)])
def test_a_time_that_is_none_is_empty(ts: int) -> None:
    """A hand in the database made it."""
    assert moment(ts) == ""
