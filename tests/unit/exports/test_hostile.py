"""A ledger of calls that try everything: each format has one record for each call, and says what it was."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pycef
import pytest

from support.ledgers import Scribe
from support.records import HOSTILE
from support.told import call_main
from web4_governance.app.exports.cef import escaped
from web4_governance.app.exports.delimited import cell
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("hostile") / "home")
    with open_writer(place, deadline=None) as writer:
        for n, text in enumerate(HOSTILE):
            scribe = Scribe(writer, session=f"session-{n}")
            prompt = scribe.prompt(text)
            scribe.words(text, call=f"call-{n}", message=f"m-{n}")
            scribe.call(f"call-{n}", tool=text, path=text, prompt=prompt, agent_id="a", agent_type=text, project=text)
        writer.commit()
    return place


def exported(home: str, tmp_path: Path, form: str) -> bytes:
    file = tmp_path / form
    assert call_main("export", "--home", home, "--format", form, "-o", str(file)).code == 0
    return file.read_bytes()


def lines(data: bytes) -> list[str]:
    """The lines as the most credulous reader sees them."""
    return data.decode().splitlines()


def test_json_has_every_text(home: str, tmp_path: Path) -> None:
    """In jsonl and in OCSF: prompt, words, tool and target."""
    plain: list[dict[str, Any]] = [json.loads(one) for one in lines(exported(home, tmp_path, "jsonl"))]
    assert [one["request"]["prompt"] for one in plain] == list(HOSTILE)
    assert [one["request"]["words"] for one in plain] == list(HOSTILE)
    events: list[dict[str, Any]] = [json.loads(one) for one in lines(exported(home, tmp_path, "ocsf"))]
    assert [one["unmapped"]["tool"] for one in events] == list(HOSTILE)
    assert [one["file"]["path"] for one in events] == list(HOSTILE)


def test_a_spreadsheet_has_every_text_and_no_formula(home: str, tmp_path: Path) -> None:
    """A row each."""
    data = exported(home, tmp_path, "csv")
    found = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(lines(data)) == len(HOSTILE) + 1
    for name in ("tool", "prompt", "words", "agent_type", "project"):
        assert [one[name] for one in found] == [cell(text) for text in HOSTILE]


def test_duckdb_reads_the_csv_too(home: str, tmp_path: Path) -> None:
    """A consumer that is not Python's."""
    exported(home, tmp_path, "csv")
    with duckdb.connect() as database:
        read = (
            "SELECT prompt FROM read_csv(?, all_varchar = true, header = true, parallel = false) ORDER BY place::BIGINT"
        )
        found = database.execute(read, [str(tmp_path / "csv")]).fetchall()
    assert [one for (one,) in found] == [cell(text) for text in HOSTILE]


def test_a_siem_has_every_text(home: str, tmp_path: Path) -> None:
    """An event each."""
    found = [pycef.parse(one) for one in lines(exported(home, tmp_path, "cef"))]
    assert [one["tool"] for one in found] == [escaped(text, 4000) for text in HOSTILE]


def test_duckdb_has_every_text(home: str, tmp_path: Path) -> None:
    """To the letter."""
    exported(home, tmp_path, "parquet")
    with duckdb.connect() as database:
        read = "SELECT tool, prompt, targets FROM read_parquet(?) ORDER BY place"
        found = database.execute(read, [str(tmp_path / "parquet")]).fetchall()
    assert found == [(text, text, [text]) for text in HOSTILE]


def test_a_trace_has_every_text(home: str, tmp_path: Path) -> None:
    """A span each."""
    (request,) = map(json.loads, lines(exported(home, tmp_path, "otlp")))
    names = [span["name"] for span in request["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    assert names == [f"execute_tool {text}" for text in HOSTILE]


@pytest.mark.parametrize("form", ["jsonl", "csv", "cef", "ocsf", "otlp"])
def test_what_is_printed_steers_no_terminal(home: str, form: str) -> None:
    """No control but the end of a line, and nothing that turns the direction of reading."""
    words = [sys.executable, "-m", "web4_governance", "export", "--home", home, "--format", form, "-o", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    text = done.stdout.decode().replace("\r\n", "").replace("\n", "")
    assert not set(text) & {
        chr(n) for n in (*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), 0xFEFF)
    }


def test_a_reader_that_goes_away_is_no_failure(home: str) -> None:
    """As with `web4 log | head`."""
    words = [sys.executable, "-m", "web4_governance", "export", "--home", home, "--format", "jsonl", "-o", "-"]
    reading, writing = os.pipe()
    os.close(reading)  # before anything is written
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
