"""A bundle whose second half another process reads gives the report of one that is read in a row, whatever was done to it."""

from __future__ import annotations

import os
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from web4_governance.app.anchor import make_key, rotate, sign_head
from web4_governance.app.bundle import write_bundle
from web4_governance.app.bundle_verifier import _apart, main, open_files
from web4_governance.core.ledger import bundle
from web4_governance.core.ledger.bundle import stretch, verify_bundle
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.ledger.bundle import Told
    from web4_governance.core.ledger.verdict import Report

CALLS = 390
HALF = 256


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions over the middle, heads in both halves, a rotation."""
    where = tmp_path_factory.mktemp("halves")
    home = str(where / "home")
    make_key(home)
    with open_writer(home, deadline=None) as writer:
        scribes = [Scribe(writer, session=name) for name in ("one", "two")]
        for n in range(CALLS // 2):
            scribes[n % 2].call(f"call-{n}")
        writer.commit()
    rotate(home, now_us=1)
    with open_writer(home, deadline=None) as writer:
        for n in range(CALLS // 2):
            Scribe(writer, session=("one", "two")[n % 2]).call(f"later-{n}")
        writer.commit()
    sign_head(home, now_us=2)
    write_bundle(home, str(where / "b.tar"))
    with tarfile.open(where / "b.tar") as tar:
        tar.extractall(where / "unpacked", filter="data")
    return where / "unpacked"


@pytest.fixture
def place(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundle, "LEAST", 512)
    (tmp_path / "heads").mkdir()
    (tmp_path / "successions").mkdir()
    for file in unpacked.rglob("*"):
        if file.is_file():
            (tmp_path / file.relative_to(unpacked)).write_bytes(file.read_bytes())
    return tmp_path


def both(place: Path) -> tuple[Report, Report, bool]:
    """The report in a row, that in halves, and whether the second half was taken as it came."""
    taken: list[bool] = []

    def apart(half: int, sizes: tuple[int, ...]) -> Callable[[], Told]:
        with open_files(str(place)) as files:
            found = stretch(files, half, sizes)
        taken.append(found is not None)
        return lambda: found

    with open_files(str(place)) as files:
        row = verify_bundle(files)[0]
    with open_files(str(place)) as files:
        halves = verify_bundle(files, apart=apart)[0]
    return row, halves, taken == [True]


def test_a_whole_bundle_is_the_same_in_halves(place: Path) -> None:
    """Roots of the heads in both halves included."""
    row, halves, taken = both(place)
    assert (str(row.verdict), halves, taken) == ("UNANCHORED", row, True)


@pytest.mark.parametrize(
    ("file", "line", "old", "new"),
    [
        ("entries.jsonl", 2, b'"a-rule"', b'"b-rule"'),
        ("entries.jsonl", 255, b'"succeeded"', b'"failed"'),
        ("entries.jsonl", 256, b'"a-rule"', b'"b-rule"'),
        ("entries.jsonl", 700, b'"seq":', b'"seq":1'),
        ("entries.jsonl", 700, b"^.*\n", b""),
        ("openings.jsonl", 2, b"because", b"whatever"),
        ("openings.jsonl", 700, b"because|hello", b"whatever"),
        ("openings.jsonl", 700, b'"idx":\\d+', b'"idx":9999'),
        ("openings.jsonl", 3, b"^", b"nothing"),
        ("openings.jsonl", 700, b"^", b"nothing"),
        ("heads/", 2, b"^[A-Za-z0-9+/=]{8}", b"AAAAAAAA"),
    ],
)
def test_an_edit_is_found_with_the_same_words(place: Path, file: str, line: int, old: bytes, new: bytes) -> None:
    """In either half and beside the middle."""
    path = max((place / "heads").iterdir()) if file == "heads/" else place / file
    lines = path.read_bytes().splitlines(keepends=True)
    edited = re.sub(old, new, lines[line], count=1)
    assert edited != lines[line]
    path.write_bytes(b"".join([*lines[:line], edited, *lines[line + 1 :]]))
    row, halves, _taken = both(place)
    assert halves == row
    assert str(row.verdict) == "TAMPERED"


@pytest.mark.parametrize("source", [2, 255, 700])
@pytest.mark.parametrize("to", [0, 400, None])
@pytest.mark.parametrize("moved", [False, True])
def test_an_opening_out_of_its_place_is_found_with_the_same_words(
    place: Path, source: int, to: int | None, *, moved: bool
) -> None:
    """A forged one elsewhere than beside its entry, with the true one or in its stead: nothing else would hold it against it."""
    path = place / "openings.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    forged = re.sub(rb"because|hello|/srv/patient", b"whatever", lines[source], count=1)
    assert forged != lines[source]
    rest = [line for n, line in enumerate(lines) if n != source or not moved]
    rest.insert(len(rest) if to is None else to, forged)
    path.write_bytes(b"".join(rest))
    row, halves, _taken = both(place)
    assert halves == row
    assert str(row.verdict) == "TAMPERED"


def test_openings_that_end_before_the_second_half_are_all_passed_over(place: Path) -> None:
    """The second half has none, and is taken as it came."""
    path = place / "openings.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:9]))
    row, halves, taken = both(place)
    assert (str(row.verdict), halves, taken) == ("UNANCHORED", row, True)


def test_the_verifier_forks_and_says_the_same(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the other process dies, and where there is one core."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert main([str(place)]) == 0
    told = capsys.readouterr().out
    monkeypatch.setattr("web4_governance.app.bundle_verifier.stretch", lambda *_words: None)
    assert main([str(place)]) == 0
    assert capsys.readouterr().out == told
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert _apart("x") is None
    assert main([str(place)]) == 0
    assert capsys.readouterr().out == told
