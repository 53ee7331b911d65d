"""`web4 reconcile` on the command line: what is printed, what is exit code, what goes on record."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.told import Said, call_main
from web4_governance.app import rows

if TYPE_CHECKING:
    from support.world import World

TELEMETRY = Path(__file__).parents[2] / "fixtures" / "claude-code" / "telemetry" / "session.jsonl"


@pytest.fixture
def copy(told: World, tmp_path: Path) -> Path:
    shutil.copytree(told.home, tmp_path / "copy")
    return tmp_path / "copy"


def reconcile(home: Path, *words: str) -> Said:
    return call_main("reconcile", *words, "--home", str(home))


def test_calls_that_no_hook_saw_are_listed_and_the_verdict_stands_last(copy: Path) -> None:
    """None of the recorded session's calls is in this ledger."""
    said = reconcile(copy, "--otel", str(TELEMETRY))
    assert said.code == 2
    lines = said.out.splitlines()
    assert lines[0] == f"read  telemetry: {TELEMETRY}"
    assert any(line.startswith("unseen ") and "toolu_sub_0_0" in line for line in lines)
    assert any(line.startswith("no witness ") for line in lines)
    assert lines[-1] == "DOES NOT LINE UP"


def test_the_json_has_the_documented_fields(copy: Path) -> None:
    """One document, or one line."""
    said = reconcile(copy, "--otel", str(TELEMETRY), "--json")
    assert list(said.json) == list(rows.RECONCILE)
    assert said.json["exit"] == said.code == 2
    assert len(reconcile(copy, "--otel", str(TELEMETRY), "--jsonl").out.splitlines()) == 1


def test_without_a_witness_it_could_not_be_told(copy: Path) -> None:
    """Of one session, asked for by the beginning of its id; and of what was asked for since a time, nothing."""
    session = reconcile(copy, "--json").json["silent"][0]
    said = reconcile(copy, "--session", session[:8])
    assert (said.code, said.out.splitlines()[-1]) == (1, "COULD NOT TELL")
    since = reconcile(copy, "--otel", str(TELEMETRY), "--since", "2100-01-01", "--json").json
    assert (since["calls"], len(since["notes"])) == (0, 1)


def test_what_goes_on_record_is_a_gap_until_it_is_explained(copy: Path) -> None:
    """Through `verify`, as a person would see it."""
    assert "6 new gaps" in reconcile(copy, "--otel", str(TELEMETRY), "--record").err
    assert "0 new gaps" in reconcile(copy, "--otel", str(TELEMETRY), "--record").err
    verified = call_main("verify", "--json", "--home", str(copy))
    assert (verified.code, verified.json["verdict"]) == (1, "GAPS")
    assert any(text.startswith("G6: ") for text in verified.json["holds"])
    shown = call_main("verify", "--home", str(copy)).out
    assert "holds G0: " in shown
    assert "not covered: G3: " in shown


@pytest.mark.parametrize("words", [("--explain", "ff"), ("--why", "x"), ("--explain", "ff", "--why", "x")])
def test_an_explanation_needs_a_gap_and_a_reason(copy: Path, words: tuple[str, ...]) -> None:
    """Usage."""
    assert reconcile(copy, *words).code == 3


def test_an_explanation_names_the_gap(copy: Path) -> None:
    """By the beginning of its leaf."""
    reconcile(copy, "--otel", str(TELEMETRY), "--record")
    with sqlite3.connect(copy / "ledger.db") as database:
        leaf = database.execute("SELECT leaf FROM entries WHERE kind = 'gap' ORDER BY idx DESC").fetchone()[0].hex()
    database.close()
    said = reconcile(copy, "--explain", leaf[:10], "--why", "tried out without hooks")
    assert (said.code, said.out) == (0, f"explained {leaf}\n")


def test_listening_says_what_the_client_needs(copy: Path, tmp_path: Path) -> None:
    """For as long as it was asked to."""
    said = reconcile(copy, "--listen", str(tmp_path / "t.jsonl"), "--port", "0", "--for", "1s")
    assert said.code == 0
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:" in said.out
    assert (tmp_path / "t.jsonl").exists()
