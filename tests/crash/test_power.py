"""A power cut after any step that a writer asks of the disk, and a full disk at any: nothing acknowledged is lost.

A shim between the writer and the system (shim.c, built here) writes down every write, sync and change of a name. Each
beginning of that is laid out as a disk, with everything, with only what was synced, and with some of the rest; then the
ledger is opened, repaired, verified, and compared with what was acknowledged by then.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.disk import cuts, lay, steps_of
from support.faulty import CALLS, TARGET
from support.ledgers import Scribe, fill
from web4_governance.app import erase
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    Faulty = Callable[..., dict[str, Any]]

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
LONG = bool(os.environ.get("WEB4_CRASH_LONG"))
REFUSALS = {"LedgerFull", "HomeError", "LedgerReadOnly"}  # the last where SQLite cannot make its WAL and says no more
SEED = 20261126
WAYS = ("all", "synced", "some", "some", "some") if LONG else ("all", "synced", "some")

pytestmark = pytest.mark.skipif(
    COMPILER is None or not sys.platform.startswith("linux"), reason="needs a C compiler and LD_PRELOAD"
)


def goes_on(home: Path, acknowledged: list[str]) -> None:
    """Reopen, repair, verify; everything acknowledged is there once."""
    with open_writer(str(home), deadline=time.monotonic() + 5) as writer:
        for session in ("s0", "s1", "session-0", "session-1", "-"):
            Scribe(writer, session=session).prompt("onward")
        writer.commit()
        assert writer.mirror_error == ""
    report = verify_ledger(str(home))
    assert (report.verdict, report.notes) == (VerdictName.UNANCHORED, ()), (report.findings, report.notes)
    with open_reader(str(home)) as reader:
        held = [entry.leaf.hex() for entry in reader.entries()]
    assert len(held) == len(set(held))
    assert set(acknowledged) <= set(held)


def acknowledged(files: dict[str, bytes]) -> list[str]:
    return files.pop("ACK", b"").decode().split()


@pytest.mark.parametrize("filled", [False, True], ids=["first-call-of-all", "a-ledger-is-there"])
def test_the_power_goes_after_any_step_of_calls(
    tmp_path: Path, ram: Path, faulty: Faulty, *, filled: bool, record_property: Callable[[str, object], None]
) -> None:
    """What was acknowledged is there; what was not is there whole or not at all."""
    home, begin = tmp_path / "home", tmp_path / "begin"
    if filled:
        fill(str(home))
        shutil.copytree(home, begin)
    else:
        home.mkdir(mode=0o700)
        begin.mkdir()
    done = faulty(home=str(home), work="calls", log=str(tmp_path / "log"))
    assert (done["code"], done["said"]) == (0, [])
    steps = steps_of(tmp_path / "log")
    assert len(steps) > 100
    assert {"w", "s", "c"} <= {step.kind for step in steps}
    chance = random.Random(SEED)
    faults = most = 0
    for n, how, disk in cuts(begin, steps, WAYS):
        promised = acknowledged(disk.left("all", chance))  # somebody heard it, whatever the disk kept of our note
        files = disk.left(how, chance)
        files.pop("ACK", None)
        place = ram / "cut"
        lay(files, disk.directories, place)
        try:
            goes_on(place, promised)
        except BaseException as error:
            error.add_note(f"after step {n} of {len(steps)}, {how}; kept in {place}")
            raise
        shutil.rmtree(place)
        faults += 1
        most = max(most, len(promised))
    assert most == 2 * CALLS
    record_property("injected faults", faults)


def test_the_power_goes_after_any_step_of_an_erasure(
    tmp_path: Path, ram: Path, faulty: Faulty, record_property: Callable[[str, object], None]
) -> None:
    """It was done or can be done again; once it was said to be done, no disk that is left has the value."""
    home, begin = tmp_path / "home", tmp_path / "begin"
    fill(str(home))
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer, session="s0").prompt(f"about {TARGET}")
        writer.commit()
    shutil.copytree(home, begin)
    done = faulty(home=str(home), work="erasing", log=str(tmp_path / "log"))
    assert (done["code"], done["said"]) == (0, [])
    chance = random.Random(SEED)
    faults = told = 0
    for n, how, disk in cuts(begin, steps_of(tmp_path / "log"), WAYS):
        said = acknowledged(disk.left("all", chance))
        files = disk.left(how, chance)
        files.pop("ACK", None)
        place = ram / "cut"
        lay(files, disk.directories, place)
        if said:
            told += 1
            assert not any(TARGET.encode() in data for data in files.values()), (n, how)
        report = verify_ledger(str(place))
        assert report.found == 0, (n, how, report.findings)
        assert erase.finish(str(place))
        goes_on(place, [])
        shutil.rmtree(place)
        faults += 1
    assert told > 0
    record_property("injected faults", faults)


@pytest.mark.parametrize("once", [0, 1], ids=["from-there-on", "once"])
@pytest.mark.parametrize("work", ["calls", "erasing"])
def test_the_disk_is_full_at_any_step(
    tmp_path: Path, ram: Path, faulty: Faulty, *, work: str, once: int, record_property: Callable[[str, object], None]
) -> None:
    """It is said, nothing acknowledged is lost, and with space again it goes on."""
    begin = tmp_path / "begin"
    fill(str(begin))
    with open_writer(str(begin), deadline=None) as writer:
        Scribe(writer, session="s0").prompt(f"about {TARGET}")
        writer.commit()
    shutil.copytree(begin, tmp_path / "counted")
    steps = faulty(home=str(tmp_path / "counted"), work=work)["steps"]
    assert steps > 20
    faults = refused = 0
    for n in range(1, steps + 1, 1 if LONG else max(steps // 25, 1)):
        home = ram / f"home-{n}"
        shutil.copytree(begin, home)
        done = faulty(home=str(home), work=work, full=n, once=once)
        assert done["code"] == 0, (n, done)
        assert set(done["said"]) <= REFUSALS, (n, done)
        refused += bool(done["said"])
        note = home / "ACK"
        promised = note.read_text().split() if note.exists() else []
        note.unlink(missing_ok=True)
        report = verify_ledger(str(home))
        assert report.found == 0, (n, report.findings)
        assert erase.finish(str(home))
        goes_on(home, [leaf for leaf in promised if leaf != "erased"])
        shutil.rmtree(home)
        faults += 1
    assert refused > 0
    record_property("injected faults", faults)
