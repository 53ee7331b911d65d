"""The fold that a process keeps between calls gives what the rows and the entries give, whatever happened in between."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from web4_governance.app import trust
from web4_governance.app.folding import EVERY, Folding
from web4_governance.core.evidence.fold import VERSION
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.app.trust import Memory
    from web4_governance.storage.writer import Writer

AGENT = "agent:claude-code/main/unknown"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


def record(writer: Writer, first: int, count: int, *, status: str = "succeeded") -> None:
    scribe = Scribe(writer)
    for n in range(first, first + count):
        scribe.call(f"call-{n}-{status}", path=f"/srv/{n}.txt", status=status)


def known(memory: Memory) -> list[tuple[int, int] | None]:
    return [trust.standing(memory, AGENT, "file_read", one) for one in ("reliability", "consistency", "completeness")]


def agrees(folding: Folding, writer: Writer) -> bool:
    """Whether it says what a fold of everything says."""
    anew = trust.Memory(writer, anew=True)
    anew.advance(writer.head().size)
    memory = folding.forward(writer)
    return memory.size == anew.size and known(memory) == known(anew) and known(anew)[0] is not None


def test_it_goes_on_from_call_to_call_and_writes_now_and_then(home: Path) -> None:
    """The kept rows are behind by less than the entries after which they are written; a reader folds the rest."""
    folding = Folding()
    for n in range(60):
        with open_writer(str(home), deadline=None) as writer:
            record(writer, n, 1)
            assert agrees(folding, writer)
            assert writer.head().size - writer.trust.head().size < EVERY
            writer.commit()
    with open_reader(str(home)) as reader:
        assert 0 < reader.trust.head().size < reader.head().size
        assert trust.check(reader).wrong == ()
        assert trust.known(reader)[1] == reader.head().size


def test_what_was_rolled_back_was_never_folded(home: Path) -> None:
    """Other entries came to stand in the same places."""
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 0, 2)
        assert agrees(folding, writer)
        mark = writer.mark()
        record(writer, 2, 3, status="failed")
        assert agrees(folding, writer)
        writer.drop(mark)
        assert agrees(folding, writer)
        record(writer, 2, 3)
        assert agrees(folding, writer)
        mark = writer.mark()
        record(writer, 9, EVERY, status="failed")
        assert agrees(folding, writer)
        writer.drop(mark)  # and with it the rows that were written
        record(writer, 9, EVERY)
        assert agrees(folding, writer)
        writer.commit()


def test_a_ledger_that_was_put_back_is_another(home: Path, tmp_path: Path) -> None:
    """As a restored backup is: the same name, fewer entries, and then others."""
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 0, 3)
        writer.commit()
    shutil.copytree(home, tmp_path / "old")
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 3, 4, status="failed")
        assert agrees(folding, writer)
        writer.commit()
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "old", home)
    with open_writer(str(home), deadline=None) as writer:
        assert agrees(folding, writer)
        record(writer, 3, 9)
        assert agrees(folding, writer)
        writer.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trust",
        "DELETE FROM trusted",
        f"UPDATE trusted SET version = {VERSION + 1}",
        "UPDATE trust SET value = 'nonsense' WHERE key LIKE 't/%'",
        "UPDATE trusted SET size = 9999",
    ],
)
def test_a_hand_in_the_rows_changes_nothing_of_it(home: Path, statement: str) -> None:
    """It knows what the entries said; what it has to read anew, it makes anew where it makes no sense."""
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 0, 3)
        assert agrees(folding, writer)
        writer.commit()
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute(statement)
    database.close()
    for n in range(3, 6):
        with open_writer(str(home), deadline=None) as writer:
            record(writer, n, 1)
            assert agrees(folding, writer)
            writer.commit()


def test_another_process_that_wrote_rows_meanwhile_is_followed(home: Path) -> None:
    """A hook in a process of its own folds and writes; the next use begins at its rows."""
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 0, 3)
        assert agrees(folding, writer)
        record(writer, 3, 3)
        trust.catch_up(writer)
        record(writer, 6, 3)
        assert agrees(folding, writer)
        writer.commit()
    with open_reader(str(home)) as reader:
        assert trust.check(reader).wrong == ()


def test_a_fold_that_may_not_go_to_the_end_says_how_far_it_goes(home: Path) -> None:
    """And goes on from there."""
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        record(writer, 0, 5)
        assert [folding.forward(writer, at_most=4).size for _ in range(3)] == [4, 8, 10]
        assert agrees(folding, writer)


def test_it_holds_a_bounded_number_of_rows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond, it begins again at those that were written."""
    monkeypatch.setattr("web4_governance.app.folding.MOST", 20)
    folding = Folding()
    with open_writer(str(home), deadline=None) as writer:
        for n in range(100):
            record(writer, n, 1)
            assert folding.forward(writer).rows.held < 20 + 8 * EVERY
        assert agrees(folding, writer)
