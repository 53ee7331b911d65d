"""`export --disclose`: the auditor sees the chosen values and can check everything; nothing else is in the bytes."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from web4_governance.app.bundle import verifier_source, write_bundle
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.disclosure import Disclosure
from web4_governance.cli.main import main
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.bundle import verify_bundle
from web4_governance.storage import open_reader
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.verdict import Report

SHORT = 4  # a shorter text may stand anywhere by chance


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    with open_writer(str(place), deadline=None) as writer:
        scribe = Scribe(writer, session="audited")
        prompt = scribe.prompt("look after zebulon-prompt")
        for n, name in enumerate(("anna", "bertha", "clara")):
            scribe.call(f"call-{n}", path=f"/srv/patient/{name}-record.txt", project="/srv/quux-project", prompt=prompt)
        writer.commit()
    return place


def made(home: Path, path: Path, *fields: str, where: Filters | None = None, filters: Filters | None = None) -> Report:
    write_bundle(str(home), str(path), filters=filters, disclose=Disclosure(fields=fields, where=where))
    with open_files(str(path)) as files:
        return verify_bundle(files)[0]


def shown(path: Path) -> set[tuple[int, str]]:
    with tarfile.open(path) as tar:
        rows = (tar.extractfile("openings.jsonl") or sys.stdin.buffer).read().splitlines()
    return {(row["idx"], field) for row in map(json.loads, rows) for field in row["open"]}


def pieces(value: Json) -> set[str]:
    """Every text in a value that could not stand elsewhere by chance."""
    if isinstance(value, str):
        return {value} if len(value) > SHORT else set()
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {piece for one in found for piece in pieces(one)}


def closed(home: Path, open_ones: set[tuple[int, str]]) -> set[bytes]:
    """The salts of everything that is not shown, and each piece of its value that nothing else in the ledger says."""
    clear, salts, hidden = verifier_source().encode(), set[bytes](), set[str]()
    with open_reader(str(home)) as reader:
        for entry in reader.entries():
            clear += entry.data
            for opening in reader.openings(entry.idx):
                if (entry.idx, opening.field) in open_ones:
                    clear += json.dumps(opening.value).encode()
                else:
                    salts.add(opening.salt.hex().encode())
                    hidden |= pieces(opening.value)
    return salts | {piece.encode() for piece in hidden if piece.encode() not in clear}


def test_one_field_of_one_call_is_shown_and_nothing_else_is_in_the_bytes(home: Path, tmp_path: Path) -> None:
    """The whole ledger is proved; the tar is looked through for every other value and salt."""
    path = tmp_path / "b.tar"
    report = made(home, path, "request.input", where=Filters(target="*/anna-*"))
    assert (str(report.verdict), report.tally.entries, report.tally.opened) == ("UNANCHORED", 7, 1)
    assert report.tally.closed > 10
    assert shown(path) == {(1, "request.input")}
    data = path.read_bytes()
    absent = closed(home, shown(path))
    assert {b"/srv/patient/bertha-record.txt", b"look after zebulon-prompt", b"/srv/quux-project"} <= absent
    assert [piece for piece in absent if piece in data] == []
    assert b"/srv/patient/anna-record.txt" in data


def test_the_stand_alone_verifier_accepts_it_and_refuses_it_edited(home: Path, tmp_path: Path) -> None:
    """The one value that is shown is the one that was committed to."""
    path, place = tmp_path / "b.tar", tmp_path / "unpacked"
    made(home, path, "request.input", where=Filters(target="*/anna-*"))
    with tarfile.open(path) as tar:
        tar.extractall(place, filter="data")
    command = [sys.executable, "-I", "-S", str(place / "verify.py")]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0
    assert "1 openings match" in good.stdout
    file = place / "openings.jsonl"
    file.write_bytes(file.read_bytes().replace(b"anna", b"hanna"))
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (bad.returncode, "request.input" in bad.stdout) == (2, True)


def test_a_field_is_named_by_its_beginning_or_a_glob(home: Path, tmp_path: Path) -> None:
    """Of all calls, or of a selection with its proofs."""
    path = tmp_path / "b.tar"
    made(home, path, "result", "*.deeds.*")
    assert {field for _idx, field in shown(path)} == {"result.output", "request.deeds.0.detail"}
    report = made(home, tmp_path / "c.tar", "request.text", filters=Filters(target="*/clara-*"))
    assert (report.tally.entries, report.tally.opened) == (3, 1)


def test_a_field_that_shows_nothing_is_refused_and_no_file_is_left(home: Path, tmp_path: Path) -> None:
    """Spelled wrong, or not of these calls."""
    path = tmp_path / "b.tar"
    with pytest.raises(UsageError, match=r"`request\.inputs` shows nothing"):
        made(home, path, "request.inputs")
    with pytest.raises(UsageError, match="`result` shows nothing"):
        made(home, path, "result", where=Filters(target="*/nobody-*"))
    assert not [*tmp_path.glob("b.tar*")]


def test_the_command_reads_fields_and_filters(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says what it could not read."""
    path = tmp_path / "b.tar"
    base = ["export", "--home", str(home), "-o", str(path)]
    some = ["--disclose", "request.input", "--where", "tool=Read", "--where", "target=*/anna-*"]
    assert main([*base, *some]) == 0
    assert shown(path) == {(1, "request.input")}
    for wrong, said in (
        (["--where", "tool=Read"], "--disclose"),
        (["--disclose", "request.input", "--where", "tool"], "no filter"),
        (["--disclose", "request.input", "--where", "limit=3"], "no filter"),
        (["--disclose", "request.input", "--where", "tool=a", "--where", "tool=b"], "given twice"),
    ):
        assert main([*base, *wrong]) == 3
        assert said in capsys.readouterr().err
