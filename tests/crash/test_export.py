"""An export that is killed: what it left is gone on with, and the whole is what an export that nobody killed has written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.ledgers import fill
from support.processes import KILLED, die, run
from web4_governance.app.exports import export as exporting
from web4_governance.app.exports import sidecar
from web4_governance.app.exports.export import Job, export
from web4_governance.storage import finding
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Twelve calls, read two at a time, with a note after each two."""
    monkeypatch.setattr(finding, "CHUNK", 2)
    monkeypatch.setattr(exporting, "NOTE_EVERY_S", -1.0)
    place = str(tmp_path / "home")
    fill(place, sessions=3, calls=4)
    return place


def quiet(_done: int, _place: int, _size: int) -> None:
    """Nobody is told."""


def job(file: Path, *, resume: bool = False) -> Job:
    return Job(format="csv", file=str(file), filters=Filters(), times={}, resume=resume)


def at_call(n: int, where: tuple[object, str], *, before: bool) -> Callable[[], None]:
    """Make a function kill the process at its nth call, before it or after it did its work."""

    def arm() -> None:
        module, name = where
        real, calls = getattr(module, name), [0]

        def wrapped(*given: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == n and before:
                die()
            found = real(*given, **named)
            if calls[0] == n:
                die()
            return found

        setattr(module, name, wrapped)

    return arm


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    "where", [(exporting, "_keep"), (sidecar, "write"), (sidecar, "write_bytes"), (os, "fsync"), (os, "replace")]
)
def test_a_killed_export_goes_on_to_the_same_file(
    home: str, tmp_path: Path, where: tuple[object, str], before: bool, n: int
) -> None:
    """Wherever it died; one that died before its first note begins anew."""
    whole, file = tmp_path / "whole", tmp_path / "file"
    assert export(home, job(whole), told=quiet) == 12

    def work() -> None:
        at_call(n, where, before=before)()
        export(home, job(file), told=quiet)

    assert run(work) == KILLED
    begun = (tmp_path / "file.resume").exists()
    assert export(home, job(file, resume=begun), told=quiet) == 12
    assert file.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "file.resume").exists()


def test_an_export_that_is_killed_when_it_is_whole_is_whole(home: str, tmp_path: Path) -> None:
    """The note is there still, and going on from it changes nothing."""
    file = tmp_path / "file"

    def work() -> None:
        at_call(1, (sidecar, "remove"), before=True)()
        export(home, job(file), told=quiet)

    assert run(work) == KILLED
    before = file.read_bytes()
    assert export(home, job(file, resume=True), told=quiet) == 12
    assert file.read_bytes() == before
