"""Many hook processes at once: no gap, no fork, nobody starved."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from support.processes import fork, run_all, wait
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import LedgerDuplicate
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 8
CALLS = 25


def calls(home: str, session: str, process: int) -> None:
    """What a row of hook processes does: each event opens and closes the ledger for itself."""
    for n in range(CALLS):
        name = f"call-{process}-{n}"
        with open_writer(home, deadline=time.monotonic() + 60) as writer:
            leaf = Scribe(writer, session=session).intent(name)
            writer.commit()
        with open_writer(home, deadline=time.monotonic() + 60) as writer:
            Scribe(writer, session=session).outcome(name, leaf)
            writer.commit()


@pytest.mark.parametrize("sessions", [1, PROCESSES])
def test_eight_processes_of_fifty_appends_leave_one_clean_ledger(tmp_path: Path, sessions: int) -> None:
    """200 intents and 200 outcomes, into one session or into eight; chains, tree, lookups and mirrors agree."""
    home = str(tmp_path / "home")
    works = [partial(calls, home, f"s{n % sessions}", n) for n in range(PROCESSES)]
    assert run_all(works) == [0] * PROCESSES
    report = verify_ledger(home)
    assert (report.verdict, report.notes, report.gaps) == (VerdictName.UNANCHORED, (), ()), report.findings
    tally = report.tally
    assert (tally.intents, tally.outcomes, tally.unclosed) == (PROCESSES * CALLS, PROCESSES * CALLS, 0)
    assert (tally.entries, tally.sessions) == (2 * PROCESSES * CALLS, sessions)


def test_the_first_call_of_all_may_be_many_at_once(tmp_path: Path) -> None:
    """Home, file and tables are made by whoever is first; the others find them."""
    home = str(tmp_path / "home")
    assert run_all([partial(fill, home, sessions=1, calls=1, tag=f"{n}-") for n in range(PROCESSES)]) == [0] * PROCESSES
    report = verify_ledger(home)
    assert (report.verdict, report.tally.entries) == (VerdictName.UNANCHORED, 2 * PROCESSES)


def test_an_event_delivered_to_many_processes_at_once_is_recorded_once(tmp_path: Path) -> None:
    """Two installed forms, or eight: one intent."""
    home = str(tmp_path / "home")

    def deliver() -> None:
        with open_writer(home, deadline=time.monotonic() + 60) as writer:
            try:
                Scribe(writer).intent("c1")
            except LedgerDuplicate:
                assert writer.by_identity(Scribe(writer).once("PreToolUse", "c1")) is not None
            writer.commit()

    assert run_all([deliver] * PROCESSES) == [0] * PROCESSES
    assert verify_ledger(home).tally.entries == 1


def test_verifying_beside_busy_writers_finds_nothing(tmp_path: Path) -> None:
    """A reader's snapshot and the mirrors that grow meanwhile are not taken for tampering."""
    home = str(tmp_path / "home")
    fill(home)
    children = [fork(partial(calls, home, "shared", n)) for n in range(2)]
    sizes = []
    for _ in range(15):
        report = verify_ledger(home)
        assert report.findings == (), report.findings
        sizes.append(report.tally.entries)
    assert [wait(child) for child in children] == [0, 0]
    assert sizes[0] < sizes[-1]


def test_a_reader_that_stays_open_holds_no_writer_up(tmp_path: Path) -> None:
    """A console that is left open: writers go on, and the ledger is whole when it closes."""
    home = str(tmp_path / "home")
    fill(home)
    with open_reader(home) as reader:
        assert reader.head().size == 16
        assert run_all([partial(calls, home, "s", 0), partial(calls, home, "s", 1)]) == [0, 0]
        assert reader.head().size == 16
    assert verify_ledger(home).tally.entries == 16 + 4 * CALLS
