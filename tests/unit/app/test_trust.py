"""Trust as it is kept: brought forward in parts, the same as made anew, and found out where a hand has changed it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from web4_governance.app import trust
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.evidence import fold
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.tensor import Dimension
from web4_governance.storage.reader import open_reader
from web4_governance.storage.trust import Folded
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

AGENT = "agent:claude-code/main/unknown"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


def write(home: Path, calls: range, *, at_most: int = 10**6, status: str = "succeeded") -> int:
    """Record some calls and bring trust forward; say how far it goes."""
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, start_us=1_795_000_000_000_000 + calls.start * 10_000_000)
        for n in calls:
            scribe.call(f"call-{n}", path=f"/srv/patient/{n}.txt", status=status)
        size = trust.catch_up(writer, at_most=at_most).size
        writer.commit()
    return size


def low(home: Path, dimension: Dimension = Dimension.RELIABILITY) -> int:
    with open_reader(str(home)) as reader:
        found, _ = trust.known(reader)
    return next(bounds(one.tensor[dimension]).low for one in found if one.entity == AGENT)


def tamper(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute(statement)


def test_what_is_kept_names_the_size_and_root_that_it_goes_to(home: Path) -> None:
    """So that anybody can fold the same entries and compare."""
    assert write(home, range(3)) == 6
    with open_reader(str(home)) as reader:
        assert reader.trust.head() == Folded(size=6, root=reader.head().root.hex(), version=fold.VERSION)
        found = trust.check(reader)
        assert (found.size, found.wrong, found.pruned) == (6, (), False)
    assert verify_ledger(str(home)).findings == ()


def test_rows_brought_forward_in_parts_are_those_made_at_once(home: Path, tmp_path: Path) -> None:
    """Whoever asks at which moment changes nothing."""
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    for n in range(5):
        write(home, range(n * 2, n * 2 + 2), at_most=3)
    write(home, range(10, 11))
    write(other, range(11))
    with open_reader(str(home)) as one, open_reader(str(other)) as two:
        kept = [key for key, _ in one.trust.rows() if key.startswith("t/")]
        assert kept == [key for key, _ in two.trust.rows() if key.startswith("t/")]
        assert trust.check(one).wrong == ()
        assert dict(one.trust.rows("t/")) == dict(two.trust.rows("t/"))
        assert trust.digest(one).startswith("sha256:")


def test_a_fold_that_is_behind_says_so(home: Path) -> None:
    """It goes as far as it was let, and has no root there."""
    assert write(home, range(5), at_most=4) == 4
    with open_reader(str(home)) as reader:
        assert reader.trust.head().root == ""
        assert trust.check(reader).wrong == ()
        assert trust.known(reader)[1] == 10  # a reader folds the rest for itself


def test_a_row_that_a_hand_has_changed_is_named(home: Path) -> None:
    """Trust is derived: what the entries do not say is found out."""
    write(home, range(3), status="failed")
    tamper(home, "UPDATE trust SET value = replace(value, 'reliability=0,', 'reliability=99999999999,')")
    with open_reader(str(home)) as reader:
        assert any(key.startswith(f"t/{AGENT}") for key in trust.check(reader).wrong)


def test_rows_of_other_rules_of_evidence_are_made_anew(home: Path) -> None:
    """A later version of the rules never goes on from an earlier one's rows."""
    write(home, range(3))
    before = low(home)
    tamper(home, "UPDATE trusted SET version = 99")
    tamper(home, "UPDATE trust SET value = '' WHERE key LIKE 't/%'")
    assert low(home) == before
    write(home, range(3, 4))
    with open_reader(str(home)) as reader:
        assert reader.trust.head().version == fold.VERSION
        assert trust.check(reader).wrong == ()


def test_nothing_new_writes_nothing(home: Path) -> None:
    """Asking twice is asking once."""
    write(home, range(2))
    with open_writer(str(home), deadline=None) as writer:
        before = writer.trust.rows()
        assert trust.catch_up(writer).size == 4
        assert writer.trust.rows() == before


def test_bytes_that_are_no_entry_say_nothing(home: Path) -> None:
    """To find them is for `web4 verify`."""
    write(home, range(1))
    tamper(home, "UPDATE entries SET bytes = x'7b' WHERE idx = 0")
    tamper(home, "UPDATE entries SET bytes = x'5b5d' WHERE idx = 1")
    with open_reader(str(home)) as reader:
        assert trust.moves(reader, AGENT) == ()


def test_what_was_pruned_cannot_be_compared(home: Path) -> None:
    """And is said, rather than taken for a difference."""
    write(home, range(2))
    tamper(home, "UPDATE entries SET session = '', kind = '', ts = 0, bytes = x'' WHERE idx < 2")
    with open_reader(str(home)) as reader:
        assert trust.check(reader).pruned


def test_a_ledger_of_an_older_format_is_folded_by_whoever_asks(home: Path) -> None:
    """It has no rows, and none are missing."""
    write(home, range(2))
    tamper(home, "DROP TABLE trust")
    tamper(home, "DROP TABLE trusted")
    tamper(home, "PRAGMA user_version = 3")
    with open_reader(str(home)) as reader:
        assert reader.trust.rows() == ()
    assert low(home) > 0


def test_every_move_is_told_with_its_entry(home: Path) -> None:
    """In the order of the ledger, each going on from the one before."""
    write(home, range(3))
    with open_reader(str(home)) as reader:
        found = [one for one in trust.moves(reader, AGENT) if one.seen.dimension is Dimension.RELIABILITY]
        assert [one.idx for one in found] == [1, 3, 5]
        assert found[1].before == found[0].after
        assert trust.moves(reader, "nobody") == ()


@pytest.mark.parametrize("row", ["x", "reliability", "reliability=x,1,1", "speed=1,1,1"])
def test_rows_that_make_no_sense_are_made_anew_by_the_next_fold(home: Path, row: str) -> None:
    """A reader says so; a writer puts in their place what the entries say."""
    write(home, range(3))
    tamper(home, f"UPDATE trust SET value = '{row}' WHERE key LIKE 't/%'")
    with open_reader(str(home)) as reader, pytest.raises(LedgerCorrupt):
        trust.known(reader)
    write(home, range(3, 5))
    with open_reader(str(home)) as reader:
        assert trust.check(reader).wrong == ()


def test_rows_of_the_memory_that_make_no_sense_are_made_anew_too(home: Path) -> None:
    """What is remembered of turns and actions."""
    write(home, range(3))
    tamper(home, "UPDATE trust SET value = '{' WHERE key LIKE 's/%'")
    write(home, range(3, 5))
    with open_reader(str(home)) as reader:
        assert trust.check(reader).wrong == ()
