"""A writer killed at any of its steps: everything of a transaction is there or nothing, and the next writer goes on.

Each step is a statement to the database or a change of a file. The child dies just before the n-th one, for every n, so
that dying just after the n-th is the next row. What a power cut adds to this (lost writes that were never synced) is
test_power's.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import SESSION, Scribe, fill
from support.processes import KILLED, die, fork, run, wait
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage.database import Database
from web4_governance.storage.home import Home
from web4_governance.storage.mirror import ASIDE, path_of
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 120
OF_DATABASE = ("run", "run_each", "row", "rows", "close")
OF_FILES = ("open", "write", "fsync", "replace", "rename", "unlink", "mkdir", "close")


def counted(n: int) -> None:
    """Let this process die before its n-th step from now."""
    steps = 0

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == n:
                die()
            return original(*args, **kwargs)

        return step

    for owner, names in ((Database, OF_DATABASE), (os, OF_FILES)):
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))


def call(home: str) -> None:
    """What one hook call does: a delivery, an intent with its limit, an outcome with what it changed."""
    with open_writer(home, deadline=time.monotonic() + 20) as writer:
        scribe = Scribe(writer)
        scribe.told(b"d" * 32)
        leaf = scribe.intent("c-1")
        writer.tick("k", scribe.now)
        scribe.wrote("c-1", leaf, "/home/dev/project/list.txt", None, "one\ntwo\n")
        scribe.policy("p")
        writer.commit()


def doomed_call(home: str, n: int) -> None:
    counted(n)
    call(home)


def tables(home: str) -> dict[str, int]:
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    names = ("entries", "records", "once", "deliveries", "limits", "targets", "touches", "lines", "seen")
    found = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    db.close()
    return found


def nothing(_home: str) -> None:
    """Before the first call of all: no home yet."""


def filled(home: str) -> None:
    fill(home)
    with open_writer(home, deadline=None) as writer:
        Scribe(writer).prompt("hello")
        writer.commit()


def short_mirror(home: str) -> None:
    filled(home)
    mirror = Path(path_of(Home(home), SESSION))
    mirror.write_bytes(mirror.read_bytes()[:-7])


def odd_mirror(home: str) -> None:
    filled(home)
    with open(path_of(Home(home), SESSION), "ab") as mirror:
        mirror.write(b"what the ledger does not have\n")


@pytest.mark.parametrize("before", [nothing, filled, short_mirror, odd_mirror])
def test_killed_before_any_step_a_call_is_there_whole_or_not_at_all(
    tmp_path: Path, before: Callable[[str], None], record_property: Callable[[str, object], None]
) -> None:
    """And the same call, made again, goes through and leaves everything as if nothing had happened."""
    template = str(tmp_path / "template")
    before(template)
    last = 0
    for n in range(1, MOST_STEPS):
        home = str(tmp_path / f"{n}")
        if os.path.exists(template):
            shutil.copytree(template, home)
        base = tables(home) if os.path.exists(home) else {}
        ended = run(partial(doomed_call, home, n))
        assert ended in (KILLED, 0)
        _whole_or_not_at_all(home, base)
        _goes_on(home, odd=before is odd_mirror)
        if ended == 0:
            last = n
            break
    assert last > 30
    record_property("injected faults", last - 1)


def _whole_or_not_at_all(home: str, base: dict[str, int]) -> None:
    if not os.path.exists(f"{home}/ledger.db") or not _has_tables(home):
        return
    found = tables(home)
    grown = {name: found[name] - base.get(name, 0) for name in found}
    whole = {"entries": 4, "records": 4, "once": 2, "deliveries": 1, "limits": 1, "targets": 1}
    whole |= {"touches": 1, "lines": 1, "seen": 1}
    assert grown in (whole, dict.fromkeys(whole, 0))


def _has_tables(home: str) -> bool:
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    try:
        return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    finally:
        db.close()


def _goes_on(home: str, *, odd: bool) -> None:
    with open_writer(home, deadline=time.monotonic() + 1) as writer:
        known = writer.by_identity(Scribe(writer).once("PreToolUse", "c-1")) is not None
        Scribe(writer).prompt("onward")
        writer.commit()
        assert writer.mirror_error == ""
    if not known:
        call(home)
    report = verify_ledger(home)
    aside = [name for name in os.listdir(f"{home}/audit") if ASIDE in name]
    assert len(aside) == odd
    assert report.notes == ()
    assert report.verdict is (VerdictName.TAMPERED if odd else VerdictName.UNANCHORED), report.findings
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    assert db.execute("SELECT count(*) FROM records WHERE call = 'c-1' AND kind = 'intent'").fetchone() == (1,)
    db.close()


WRITERS = 8
SECONDS = 20.0 if os.environ.get("WEB4_CRASH_LONG") else 4.0


def test_what_was_acknowledged_before_a_kill_is_there_afterwards_and_once(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Eight writers, killed at random moments and started again, for a while: nothing acknowledged is lost or doubled."""
    home = str(tmp_path / "home")
    fill(home)
    seed = random.Random(20261123)
    receipts = [tmp_path / f"receipts-{n}" for n in range(WRITERS)]
    end = time.monotonic() + SECONDS
    running: dict[int, int] = {}
    kills = 0
    while time.monotonic() < end:
        for n in range(WRITERS):
            if n not in running:
                running[n] = fork(partial(_write_until_killed, home, n, receipts[n]))
        time.sleep(seed.uniform(0.005, 0.06))
        n = seed.choice(list(running))
        child = running.pop(n)
        os.kill(child, signal.SIGKILL)
        assert wait(child) == KILLED
        kills += 1
    for child in running.values():
        os.kill(child, signal.SIGKILL)
        assert wait(child) == KILLED
    with open_writer(home, deadline=time.monotonic() + 5) as writer:
        for n in range(WRITERS):
            Scribe(writer, session=f"w{n}").prompt("the end")
        writer.commit()
    _all_there(home, receipts)
    assert kills > 20
    record_property("injected faults", kills + len(running))


def _write_until_killed(home: str, n: int, receipt: Path) -> None:
    with open(receipt, "ab", buffering=0) as file:
        while True:
            call = f"{n}-{os.getpid()}-{time.monotonic_ns()}"
            with open_writer(home, deadline=time.monotonic() + 60) as writer:
                scribe = Scribe(writer, session=f"w{n}")
                leaf = scribe.intent(call)
                scribe.outcome(call, leaf)
                writer.commit()
                file.write(f"{call}={leaf}\n".encode())


def _all_there(home: str, receipts: list[Path]) -> None:
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    held = [row[0].hex() for row in db.execute("SELECT leaf FROM entries")]
    db.close()
    lines = [line for receipt in receipts if receipt.exists() for line in receipt.read_text().split()]
    promised = dict(line.split("=") for line in lines)
    assert len(promised) == len(lines) > 20
    assert len(held) == len(set(held))
    assert set(promised.values()) <= set(held)
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    calls = [row[0] for row in db.execute("SELECT call FROM records WHERE kind = 'intent'")]
    ends = [row[0] for row in db.execute("SELECT call FROM records WHERE kind = 'outcome'")]
    db.close()
    for one in promised:
        assert (calls.count(one), ends.count(one)) == (1, 1)
    report = verify_ledger(home)
    assert (report.verdict, report.notes) == (VerdictName.UNANCHORED, ()), report.findings
