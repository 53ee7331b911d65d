"""A full disk, a read-only one, a quota: each has its error, nothing is half written, and afterwards it goes on."""

from __future__ import annotations

import os
import resource
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from support.processes import run
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import HomeError, LedgerFull, LedgerReadOnly
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def prompt(home: str, text: str = "hello") -> str:
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="session-0").prompt(text)
        writer.commit()
        return writer.mirror_error


def fill_up(place: Path, *, leave: int = 0) -> Path:
    """Take all space of a disk but a few bytes."""
    ballast = place / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
        file.truncate(max(file.tell() - leave, 0))
    return ballast


@pytest.mark.parametrize("leave", [0, 4096, 16 * 4096, 24 * 4096])
def test_a_full_disk_is_said_and_costs_no_entry_that_was_there(disk: Path, leave: int) -> None:
    """Wherever in opening, writing or committing the space runs out; once there is space, it goes on."""
    home = str(disk / "home")
    fill(home)
    ballast = fill_up(disk, leave=leave)
    failures = 0
    for _ in range(40):
        try:
            assert prompt(home, "x" * 3000) in ("", _mirror_full(home))
        except LedgerFull:
            failures += 1
    assert failures > 0
    ballast.unlink()
    assert prompt(home) == ""
    report = verify_ledger(home)
    assert (report.verdict, report.notes) == (VerdictName.UNANCHORED, ()), report.findings


def _mirror_full(home: str) -> str:
    return f"the mirror `{home}/audit/session-0.jsonl` could not be written: no space left on device"


def test_a_disk_that_is_full_from_the_start_leaves_nothing_in_the_way(disk: Path) -> None:
    """The home may have been made and no ledger in it; the next call makes it whole."""
    home = str(disk / "home")
    ballast = fill_up(disk)
    with pytest.raises((LedgerFull, HomeError)):
        prompt(home)
    ballast.unlink()
    prompt(home)
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED


def test_a_read_only_disk_is_said_and_can_still_be_verified(disk: Path) -> None:
    """Nothing is recorded, and nobody is told that it was."""
    home = str(disk / "home")
    fill(home)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(LedgerReadOnly) as caught:
        prompt(home)
    assert "web4 doctor" in caught.value.hint
    with pytest.raises(HomeError):
        prompt(str(disk / "another"))
    report = verify_ledger(home)
    assert (report.verdict, report.tally.entries) == (VerdictName.UNANCHORED, 16)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_home_without_the_right_to_write_is_said(tmp_path: Path) -> None:  # pragma: no cover  # not as root
    """The same for somebody who is not root."""
    home = str(tmp_path / "home")
    fill(home)
    os.chmod(home, 0o500)
    with pytest.raises(LedgerReadOnly):
        prompt(home)
    os.chmod(home, 0o700)
    prompt(home)


@pytest.mark.parametrize("kilobytes", [0, 1, 40, 100, 120, 140])
def test_a_quota_on_file_size_is_a_full_disk(tmp_path: Path, kilobytes: int) -> None:
    """Whichever file meets it first; what was there before stays whole."""
    home = str(tmp_path / "home")
    fill(home)

    def many() -> None:
        for _ in range(60):
            prompt(home, "x" * 3000)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))
        with pytest.raises(LedgerFull):
            many()

    assert run(limited) == 0
    assert prompt(home) == ""
    report = verify_ledger(home)
    assert (report.verdict, report.notes) == (VerdictName.UNANCHORED, ()), report.findings
