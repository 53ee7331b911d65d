"""Writing an export: whole, printed, stopped and gone on with, and refused where it would not be what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.ledgers import Scribe, fill
from support.told import call_main
from web4_governance.app.exports import export as exporting
from web4_governance.app.exports import sidecar
from web4_governance.app.exports.export import Job, export
from web4_governance.app.exports.formats import FORMATS
from web4_governance.app.query import Ledger
from web4_governance.core.errors import UsageError
from web4_governance.storage import finding
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer


class Stopped(BaseException):
    """The power goes: nothing that the program does after it counts."""


@pytest.fixture
def home(tmp_path: Path) -> str:
    place = str(tmp_path / "home")
    fill(place, sessions=3, calls=4)
    return place


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note after each two calls."""
    monkeypatch.setattr(finding, "CHUNK", 2)
    monkeypatch.setattr(exporting, "NOTE_EVERY_S", -1.0)


def job(file: Path, form: str = "jsonl", *, resume: bool = False, filters: Filters | None = None) -> Job:
    return Job(format=form, file=str(file), filters=filters or Filters(), times={}, resume=resume)


def quiet(_done: int, _place: int, _size: int) -> None:
    """Nobody is told."""


def stopping(after: int) -> exporting.Told:
    """Stops when so many calls are written."""

    def told(done: int, _place: int, _size: int) -> None:
        if done >= after:
            raise Stopped

    return told


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("after", [2, 6, 10])
def test_an_export_that_goes_on_is_the_export_that_was_not_stopped(
    home: str, tmp_path: Path, form: str, after: int
) -> None:
    """Byte for byte, whatever was half written when it stopped."""
    whole, file = tmp_path / "whole", tmp_path / "file"
    assert export(home, job(whole, form), told=quiet) == 12
    with pytest.raises(Stopped):
        export(home, job(file, form), told=stopping(after))
    with file.open("ab") as out:
        out.write(b'{"half a li')
    assert sidecar.read(str(file)).records == after
    assert export(home, job(file, form, resume=True), told=quiet) == 12
    assert file.read_bytes() == whole.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["file", "home", "whole"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_recorded_meanwhile_is_in_an_export_that_goes_on(home: str, tmp_path: Path) -> None:
    """It reads the ledger as it is then."""
    file = tmp_path / "file"
    with pytest.raises(Stopped):
        export(home, job(file), told=stopping(4))
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="later").call("late-call")
        writer.commit()
    assert export(home, job(file, resume=True), told=quiet) == 13
    assert "late-call" in file.read_text().splitlines()[-1]


def test_a_time_in_words_means_what_it_meant_when_the_export_began(home: str, tmp_path: Path) -> None:
    """`2h` is another moment by then."""
    file = tmp_path / "file"
    words = {"since": "2h"}
    begun = Job(format="csv", file=str(file), filters=Filters(since=1_795_000_060_000_000), times=words)
    with pytest.raises(Stopped):
        export(home, begun, told=stopping(2))
    later = Job(format="csv", file=str(file), filters=Filters(since=1_795_000_999_000_000), times=words, resume=True)
    whole = tmp_path / "whole"
    assert export(home, later, told=quiet) == export(home, job(whole, "csv", filters=begun.filters), told=quiet)
    assert file.read_bytes() == whole.read_bytes()


def test_another_format_filter_or_ledger_is_refused(home: str, tmp_path: Path) -> None:
    """And the file stays as it was."""
    file, other = tmp_path / "file", str(tmp_path / "other")
    fill(other)
    with pytest.raises(Stopped):
        export(home, job(file), told=stopping(4))
    before = file.read_bytes()
    for place, wrong, why in (
        (home, job(file, "csv", resume=True), "begun as jsonl"),
        (home, job(file, resume=True, filters=Filters(tool="Bash")), "other filters"),
        (other, job(file, resume=True), "another ledger"),
    ):
        with pytest.raises(UsageError, match=why):
            export(place, wrong, told=quiet)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"[]",
        b'{"v":2}',
        b'{"v":1}',
        b'{"asked":"","format":1,"place":0,"records":0,"since":0,"size":0,"until":0,"v":1}',
    ],
)
def test_a_note_that_is_none_is_refused(home: str, tmp_path: Path, note: bytes) -> None:
    """Nothing is cut by it."""
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "file.resume").write_bytes(note)
    with pytest.raises(UsageError, match="no note"):
        export(home, job(file, resume=True), told=quiet)
    assert file.read_text() == "mine"


def test_there_must_be_something_to_go_on_with(home: str, tmp_path: Path) -> None:
    """A note, and a file that is as long as it says."""
    file = tmp_path / "file"
    with pytest.raises(UsageError, match="nothing to go on with"):
        export(home, job(file, resume=True), told=quiet)
    with pytest.raises(Stopped):
        export(home, job(file), told=stopping(4))
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="were written"):
        export(home, job(file, resume=True), told=quiet)


def test_a_file_that_cannot_be_written_is_said(home: str, tmp_path: Path) -> None:
    """As an error of one line."""
    with pytest.raises(UsageError, match="cannot be written"):
        export(home, job(tmp_path / "none" / "file"), told=quiet)


def test_a_device_has_no_note(home: str) -> None:
    """There is nothing that could be cut."""
    assert export(home, job(Path("/dev/null")), told=quiet) == 12
    assert not os.path.exists("/dev/null.resume")
    with pytest.raises(UsageError, match="no file"):
        export(home, job(Path("/dev/null"), resume=True), told=quiet)


def test_a_note_that_cannot_be_taken_away_is_said(tmp_path: Path) -> None:
    """The export is whole, and its note says otherwise."""
    (tmp_path / "file.resume").mkdir()
    with pytest.raises(UsageError, match="cannot be removed"):
        sidecar.remove(str(tmp_path / "file"))
    sidecar.remove(str(tmp_path / "other"))


def test_the_command_writes_and_says_how_many(home: str, tmp_path: Path) -> None:
    """As text and as JSON; the filters are those of `log`."""
    file = str(tmp_path / "file")
    said = call_main("export", "--home", home, "--format", "csv", "-o", file)
    assert (said.code, said.out.splitlines()[0]) == (0, f"{file}: 12 calls as csv")
    asked = ("export", "--home", home, "--format", "jsonl", "-o", file, "--session", "session-1")
    row = call_main(*asked, "--json").json
    assert {**row, "assurance": 0} == {"file": file, "format": "jsonl", "calls": 4, "assurance": 0}
    with Ledger.open(home) as ledger:
        wanted = [one.to_json() for one in ledger.query_audit(session_id="session-1")]
    with open(file, encoding="utf-8") as lines:
        assert [json.loads(line) for line in lines] == wanted


@pytest.mark.parametrize(
    "words",
    [
        ("--limit", "3"),
        ("--format", "csv", "--decision", "x"),
        ("--format", "csv", "-o", "-", "--json"),
        ("--resume",),
        ("--format", "csv", "--disclose", "result"),
        ("-o", "-"),
        ("--format", "csv", "-o", "-", "--resume"),
    ],
)
def test_what_makes_no_sense_is_refused(home: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Before anything is written."""
    file = tmp_path / "file"
    assert call_main("export", "--home", home, "-o", str(file), *words).code == 3
    assert not file.exists()


def test_an_export_is_printed(home: str) -> None:
    """The records and nothing else on standard output; a reader that goes away is no failure."""
    words = [sys.executable, "-m", "web4_governance", "export", "--home", home, "--format", "jsonl", "-o", "-"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert [json.loads(line)["session"] for line in done.stdout.splitlines()][:3] == [
        "session-0",
        "session-1",
        "session-2",
    ]
    assert done.stderr == "web4: 12 calls; holds G0; not G1 G2 G3 G4 G5 G6\n"
