"""A power cut, or a full disk, at any step of what is done beside calls: signing, new keys, folding, pruning, putting back.

As test_power does it for calls and erasures; here a step in some, and with WEB4_CRASH_LONG each. And a list of the tables that
all these works write, so that none is added that nobody kills.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crash.test_killed import call
from crash.test_power import COMPILER, LONG, REFUSALS, SEED, WAYS, acknowledged
from support.disk import cuts, lay, steps_of
from support.faulty import NOW
from support.ledgers import fill
from support.told import call_main
from web4_governance.app import anchor, backup, erase, retain, signing
from web4_governance.app.held import collect
from web4_governance.app.trust import catch_up
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage import schema
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.ledger.anchored import Heads
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.reader import Reader

    Faulty = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.skipif(
    COMPILER is None or not sys.platform.startswith("linux"), reason="needs a C compiler and LD_PRELOAD"
)
WORKS = ("signing", "folding", "pruning", "restoring")
ELSEWHERE = "elsewhere/heads"
CUTS, FULL = 40, 12  # how many steps of a work are tried, about
OLD = b"do thing 0"


def begun(work: str, home: Path) -> None:
    """A ledger of 16 entries with keys and an anchor, a backup beside it, and more recorded since."""
    fill(str(home), calls=3)
    anchor.make_key(str(home))
    (home / "elsewhere").mkdir()
    named(home)
    if work == "restoring":
        backup.backup(str(home), f"{home}.copy", who="ada", now_us=NOW - 1)
        fill(str(home), calls=1, tag="since")


def named(home: Path) -> None:
    (home / "config.toml").write_text(f'[anchors.disk]\nkind = "file"\npath = "{home / ELSEWHERE}"\n')
    (home / "config.toml").chmod(0o600)


def verified(home: Path) -> Report:
    """Verify with the first key, and with the anchor where it has heard of this ledger."""
    first = signing.read(str(home)).first

    def heads(reader: Reader) -> Heads:
        return collect(reader, keys=[first])

    heard = (home / ELSEWHERE).exists() and b"\n" in (home / ELSEWHERE).read_bytes()
    if not heard:
        (home / "config.toml").unlink(missing_ok=True)
    report = verify_ledger(str(home), heads)
    assert report.found == 0, report.findings
    assert not report.uncorroborated, report.uncorroborated
    named(home)
    return report


def after(work: str, home: Path, said: list[str]) -> None:
    """It verifies as it lies there, it can be done again or finished, and then it verifies without a word."""
    report = verified(home)
    assert erase.finish(str(home))
    match work:
        case "signing":
            keys = signing.read(str(home))
            assert keys.epoch in ((1,) if "rotated" in said else (0, 1))
            assert report.anchored or "signed" not in said
            assert anchor.rotate(str(home), now_us=NOW + 5).first == keys.first
            private = [name for name in os.listdir(home / "keys") if name.endswith(".key")]
            assert private == [f"epoch-{keys.epoch + 1}.key"]
        case "folding":
            with open_writer(str(home), deadline=None) as writer:
                assert (writer.trust.head().size, writer.names.size()) == (16, 16) or "folded" not in said
                catch_up(writer)
                while writer.names.take_in():
                    pass
                writer.commit()
            assert call_main("trust", "--check", "--home", str(home)).code == 0
        case "pruning":
            with open_reader(str(home)) as reader:
                gone = len(reader.pruned())
            assert gone or "pruned" not in said
            if gone:
                assert not any(OLD in file.read_bytes() for file in home.rglob("*") if file.is_file())
            retain.prune(str(home), keep_us=90_000_000, most=0, who="a", why="w", now_us=NOW)
        case _:
            with open_reader(str(home)) as reader:
                size, gaps = reader.head().size, [e for e in reader.entries() if e.kind == "gap"]
            assert (size, len(gaps)) in (((17, 1),) if "restored" in said else ((17, 1), (21, 0)))
            backup.restore(str(home), f"{home}.copy", who="a", why="w", now_us=NOW + 9)
    report = verified(home)
    whole = work in ("signing", "folding")
    assert report.verdict in (
        (VerdictName.UNANCHORED, VerdictName.TAIL, VerdictName.ANCHORED) if whole else (VerdictName.GAPS,)
    )
    assert all(gap.explained for gap in report.gaps)


@pytest.mark.parametrize("work", WORKS)
def test_the_power_goes_after_any_step_of_a_work(
    tmp_path: Path, ram: Path, faulty: Faulty, work: str, record_property: Callable[[str, object], None]
) -> None:
    """What was acknowledged is done, what an anchor heard of is there, and the rest can be done again."""
    home, begin = tmp_path / "home", tmp_path / "begin"
    begun(work, home)
    shutil.copytree(home, begin)
    done = faulty(home=str(home), work=work, log=str(tmp_path / "log"))
    assert (done["code"], done["said"]) == (0, [])
    steps = steps_of(tmp_path / "log")
    assert len(steps) > 10
    chance = random.Random(SEED)
    faults = told = 0
    stride = 1 if LONG else max(len(steps) // CUTS, 1)
    for n, how, disk in cuts(begin, steps, WAYS):
        if n % stride and n != len(steps):
            continue
        running = disk.left("all", chance)
        said = acknowledged(running)
        files = disk.left(how, chance)
        files.pop("ACK", None)
        if ELSEWHERE in running:
            files[ELSEWHERE] = running[ELSEWHERE]  # other storage, which keeps what it was given
        place = ram / "cut"
        lay(files, disk.directories, place)
        named(place)
        if work == "restoring":
            shutil.copy(f"{home}.copy", f"{place}.copy")
        try:
            after(work, place, said)
        except BaseException as error:
            error.add_note(f"after step {n} of {len(steps)}, {how}; kept in {place}")
            raise
        shutil.rmtree(place)
        faults += 1
        told += bool(said)
    assert told > 0
    record_property("injected faults", faults)


@pytest.mark.parametrize("once", [0, 1], ids=["from-there-on", "once"])
@pytest.mark.parametrize("work", WORKS)
def test_the_disk_is_full_at_any_step_of_a_work(
    tmp_path: Path, ram: Path, faulty: Faulty, *, work: str, once: int, record_property: Callable[[str, object], None]
) -> None:
    """It is said in the program's own words, and with space again it goes on."""
    begin = tmp_path / "begin"
    begun(work, begin)
    copied = [f"{begin}.copy"] if work == "restoring" else []
    for copy in copied:
        shutil.copy(copy, tmp_path / "counted.copy")
    shutil.copytree(begin, tmp_path / "counted")
    named(tmp_path / "counted")
    steps = faulty(home=str(tmp_path / "counted"), work=work)["steps"]
    faults = refused = 0
    for n in range(1, steps + 1, 1 if LONG else max(steps // FULL, 1)):
        home = ram / f"home-{n}"
        shutil.copytree(begin, home)
        named(home)
        for copy in copied:
            shutil.copy(copy, f"{home}.copy")
        done = faulty(home=str(home), work=work, full=n, once=once)
        assert done["code"] == 0, (n, done)
        assert set(done["said"]) <= {*REFUSALS, "UsageError"}, (n, done)
        refused += bool(done["said"])
        note = home / "ACK"
        said = note.read_text().split() if note.exists() else []
        note.unlink(missing_ok=True)
        try:
            after(work, home, said)
        except BaseException as error:
            error.add_note(f"full at step {n} of {steps}")
            raise
        shutil.rmtree(home)
        faults += 1
    assert refused > 0
    record_property("injected faults", faults)


def test_every_table_is_written_by_something_that_is_cut_off_here(tmp_path: Path) -> None:
    """Whoever adds a table lets one of these works write it, so that its steps are among those that fail."""
    home = tmp_path / "home"
    begun("restoring", home)
    call(str(home))
    anchor.anchor(str(home), now_us=NOW)
    with open_writer(str(home), deadline=None) as writer:
        catch_up(writer)
        writer.commit()
    fill(str(home), calls=45, tag="tiles")
    with sqlite3.connect(home / "ledger.db") as database:
        tables = {table.split("(")[0].split()[-1] for table in schema.TABLES if table.startswith("CREATE TABLE")}
        empty = {table for table in tables if database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)}
    assert empty == set()
