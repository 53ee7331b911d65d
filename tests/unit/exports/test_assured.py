"""Every export names the assurance properties of the moment that it was made at, and so does the verifier of a bundle."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import fill
from support.told import call_main
from web4_governance.app.bundle import write_bundle
from web4_governance.app.exports import assured
from web4_governance.cli import export_lines
from web4_governance.cli.export import FORMATS
from web4_governance.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

LINES = [form for form in FORMATS if form != "bundle"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    fill(str(place), calls=4)
    return place


def names(found: dict[str, Any]) -> list[str]:
    held = list(found["holds"])
    return held + [text[:2] for text in found["not_covered"] if text[2:4] == ": "]


@pytest.mark.parametrize("form", LINES)
def test_an_export_in_lines_has_them_beside_it(home: Path, tmp_path: Path, form: str) -> None:
    """All seven, with the time, what was exported and where; the command says them too. The file itself is as before."""
    file = tmp_path / "calls"
    said = call_main("export", "--home", str(home), "--format", form, "-o", str(file))
    assert said.code == 0, said.err
    assert f"holds G0; not G1 G2 G3 G4 G5 G6: {file}.assurance.json" in said.out
    found = json.loads((tmp_path / "calls.assurance.json").read_bytes())
    assert sorted(names(found)) == [f"G{n}" for n in range(7)]
    assert (found["v"], found["of"], found["format"]) == (assured.VERSION, "calls", form)
    assert found["bytes"] == file.stat().st_size
    assert found["observed_us"] > 0
    assert (tmp_path / "calls.assurance.json").stat().st_mode & 0o077 == 0
    row = call_main("export", "--home", str(home), "--format", form, "-o", str(file), "--json").json
    assert list(row["assurance"]["holds"]) == ["G0"]
    assert row["calls"] == found["calls"] > 0


def test_what_is_printed_has_them_on_standard_error(home: Path) -> None:
    """And a device has nothing beside it."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert main(["export", "--home", str(home), "--format", "jsonl", "-o", "-"]) == 0
    assert "holds G0; not G1" in err.getvalue()
    out.seek(0)
    assert "G0" not in out.read()
    said = call_main("export", "--home", str(home), "--format", "csv", "-o", "/dev/null")
    assert "holds G0; not G1 G2 G3 G4 G5 G6\n" in said.out


def test_an_export_that_is_stopped_has_no_earlier_ones_claim_beside_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lay there went when it began."""
    file = tmp_path / "calls"
    words = ("export", "--home", str(home), "--format", "jsonl", "-o", str(file))
    assert call_main(*words).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(export_lines, "export", _stopped)
        assert call_main(*words).code == 130
    assert not (tmp_path / "calls.assurance.json").exists()
    (tmp_path / "calls.assurance.json").mkdir()
    assert call_main(*words).code == 3


def _stopped(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def test_what_is_refused_leaves_a_whole_exports_claim(home: Path, tmp_path: Path) -> None:
    """Nothing began: a whole file has nothing to go on with."""
    file = tmp_path / "file"
    asked = ("export", "--home", str(home), "--format", "csv", "-o", str(file))
    assert call_main(*asked).code == 0
    claim = (tmp_path / "file.assurance.json").read_bytes()
    assert "nothing to go on with" in call_main(*asked, "--resume").err
    assert (tmp_path / "file.assurance.json").read_bytes() == claim


def test_a_bundle_holds_them_and_its_readers_say_whose_word_that_is(home: Path, tmp_path: Path) -> None:
    """In the tar, in the command's answer, and by both verifiers; an edited claim stays a claim."""
    bundle, place = tmp_path / "b.tar", tmp_path / "unpacked"
    row = call_main("export", "--home", str(home), "-o", str(bundle), "--json").json
    assert sorted(names(row["assurance"])) == [f"G{n}" for n in range(7)]
    with tarfile.open(bundle) as tar:
        tar.extractall(place, filter="data")
    found = json.loads((place / "assurance.json").read_bytes())
    assert found == row["assurance"]
    assert "assurance.json" in (place / "README.txt").read_text()
    for claimed, note in (
        (None, "who made the bundle says that G0 held of the ledger at 20"),
        (b'{"holds":{"G9":"x"},"observed_us":0}', "says that no property held of the ledger at 1970-01-01T00:00:00Z"),
        (b'{"holds":[],"observed_us":0}', "`assurance.json` cannot be read"),
        (b"{", "`assurance.json` cannot be read"),
        (b'{"holds":{},"observed_us":9007199254740991}', "no property held"),
    ):
        if claimed is not None:
            (place / "assurance.json").write_bytes(claimed)
        whole = call_main("verify", "--bundle", str(place), "--json").json
        assert any(note in text for text in whole["notes"]), whole["notes"]
        alone = subprocess.run(
            [sys.executable, "-I", "-S", place / "verify.py", place],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert alone.returncode == 0, alone.stderr
        assert note in alone.stdout
        assert "holds G0: accidents" in alone.stdout
        lines = alone.stdout.splitlines()
        assert sum(line.startswith("not covered: G") for line in lines) == 6
        assert {f"not covered: {text}" for text in whole["not_covered"]} <= set(lines)


def test_a_bundle_that_a_program_makes_without_them_has_none(home: Path, tmp_path: Path) -> None:
    """And its verifiers say nothing of them."""
    write_bundle(str(home), str(tmp_path / "b.tar"))
    found = call_main("verify", "--bundle", str(tmp_path / "b.tar"), "--json").json
    assert not [note for note in found["notes"] if "who made the bundle" in note]
