"""A ledger that is read in stretches gives the report of one that is read in a row, whatever was done to it."""

from __future__ import annotations

import io
import marshal
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from web4_governance.app import verify, verify_apart
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.held import collect
from web4_governance.app.verify_entries import Seen, take_entries
from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.part import Part
from web4_governance.core.ledger.tile import grown, grown_block
from web4_governance.core.ledger.verify import Walk
from web4_governance.storage import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.core.ledger.verdict import Report

CALLS = 520
MIDDLE = 512  # of 1,035 entries


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions that go on over the boundary, outcomes that name intents before it, late and refused calls, signed heads."""
    home = tmp_path_factory.mktemp("part") / "home"
    with open_writer(str(home), deadline=None) as writer:
        scribes = [Scribe(writer, session=name) for name in ("one", "two", "three")]
        waiting: list[tuple[Scribe, str, str]] = []
        for n in range(CALLS):
            scribe = scribes[n % 2] if n < CALLS - 20 else scribes[2]
            leaf = scribe.intent(f"call-{n}", late=n % 97 == 5)
            waiting.append((scribe, f"call-{n}", leaf))
            if len(waiting) > 6:
                early = waiting.pop(0)
                early[0].outcome(early[1], early[2], status="denied" if n % 50 == 3 else "succeeded")
        scribes[0].prompt("how far")
        writer.commit()
    make_key(str(home))
    sign_head(str(home), now_us=1)
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


def apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, int]:
    """The report with stretches, and how many of them were taken as they came."""
    taken: list[Part] = []
    join = Walk.join

    def counted(walk: Walk, part: Part) -> bool:
        if join(walk, part):
            taken.append(part)
            return True
        return False

    monkeypatch.setattr(verify_apart, "LEAST", 256)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(Walk, "join", counted)
    found = verify.verify_ledger(str(home), collect)
    monkeypatch.undo()
    return found, len(taken)


def serial(home: Path) -> Report:
    return verify.verify_ledger(str(home), collect)


def edit(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "ledger.db") as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_whole_ledger_is_the_same_in_stretches(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, tally, gaps, notes, root; and the stretch was taken as it came."""
    found, taken = apart(home, monkeypatch)
    assert found == serial(home)
    assert (str(found.verdict), taken) == ("GAPS", 1)


EDITS = {
    "a byte of an entry": ("UPDATE entries SET bytes = replace(bytes, 'allow', 'ask') WHERE idx = ?",),
    "a leaf": ("UPDATE entries SET leaf = zeroblob(32) WHERE idx = ?",),
    "an entry that is gone": ("DELETE FROM entries WHERE idx = ?",),
    "a column": ("UPDATE entries SET ts = ts + 1 WHERE idx = ?",),
    "an opening": ("UPDATE openings SET value = '\"x\"' WHERE idx = ?",),
    "a lookup": ("UPDATE records SET call = 'x' WHERE idx = ?",),
    "an identity": ("DELETE FROM once WHERE idx = ?",),
}


@pytest.mark.parametrize("at", [3, MIDDLE - 1, MIDDLE, 700])
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_found_with_the_same_words(home: Path, monkeypatch: pytest.MonkeyPatch, what: str, at: int) -> None:
    """In either half, and on both sides of the boundary."""
    edit(home, *EDITS[what], at)
    found, _taken = apart(home, monkeypatch)
    assert found == serial(home)


@pytest.mark.parametrize(
    "failing", [["/nonexistent/python"], ["sh", "-c", "kill -9 $$"], ["sh", "-c", "cat >/dev/null; exit 1"]]
)
def test_a_process_that_fails_costs_time_and_no_verdict(
    home: Path, monkeypatch: pytest.MonkeyPatch, failing: list[str]
) -> None:
    """Not there, killed, or of no use: the stretch is read here."""
    start = subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", lambda _command, **options: start(failing, **options))
    found, taken = apart(home, monkeypatch)
    assert (found, taken) == (serial(home), 0)


def test_every_root_that_a_head_asks_for_comes_from_the_stretch(home: Path) -> None:
    """At each size, also within a block."""
    with open_reader(str(home)) as reader:
        size = reader.head().size
        sizes = range(1, size + 1)
        whole, parted = Walk(sizes=sizes), Walk(sizes=sizes)
        other, seen = Walk(sizes=sizes, apart=256), Seen()
        take_entries(whole, reader, None, Seen())
        take_entries(parted, reader, None, seen, until=256)
        take_entries(other, reader, None, Seen(), after=255)
    part = other.part()
    assert part is not None
    assert parted.join(part)
    assert parted.roots() == whole.roots()
    assert len(whole.roots()) == size
    assert not parted.join(part), "it is not the next one any more"


def test_what_the_process_says_is_what_its_walk_came_to(home: Path) -> None:
    """Through plain values; and nothing of a stretch in which something is wrong, or that is not all there."""
    told = asked(home, MIDDLE, size_of(home))
    found = verify_apart._seen(marshal.loads(told))[0]
    assert (found.start, found.size) == (MIDDLE, size_of(home) - MIDDLE)
    assert found.asked
    assert asked(home, MIDDLE, 10_000) == b""
    edit(home, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 600")
    assert asked(home, MIDDLE, size_of(home)) == b""
    assert asked(home / "none", MIDDLE, 805) == b""


def size_of(home: Path) -> int:
    with open_reader(str(home)) as reader:
        return reader.head().size


def asked(home: Path, start: int, end: int) -> bytes:
    told = io.BytesIO()
    verify_apart.main(io.BytesIO(marshal.dumps((str(home), start, min(end, 10_000), ()))), told)
    return told.getvalue()


def test_a_stretch_whose_chain_goes_on_from_elsewhere_is_not_joined() -> None:
    """Nor one whose outcomes name what nobody saw, or that begins at another place."""
    leaves = [leaf_of(b"%d" % n) for n in range(256)]
    block = Frontier().extend(leaves).peaks
    for part in (
        Part(start=0, size=256, blocks=block, began={"s": (4, "x")}, ended={"s": (5, "y")}),
        Part(start=0, size=256, blocks=block, asked=("z",)),
        Part(start=256, size=256, blocks=block),
    ):
        assert not Walk().join(part)
    assert Walk().join(Part(start=0, size=256, blocks=block, began={"s": (0, "")}, ended={"s": (5, "y")}))


def test_a_chain_may_go_on_behind_what_was_pruned() -> None:
    """Its beginning is counted as it is where the ledger is read in a row."""
    walk = Walk(whole=False)
    walk.behind([b"\xaa" * 32])
    chains = walk._chains
    began = {"s": (4, "aa" * 32)}
    assert chains.goes_on(began)
    chains.join(began, {"s": (6, "y")})
    assert chains.held() == {"s": 2}


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257])
def test_a_block_at_once_grows_the_tree_and_its_tiles_as_its_leaves_do(count: int) -> None:
    """Frontier and tiles of level 1 and 2."""
    before = Frontier()
    for n in range(count - 1):
        before = before.append_perfect(leaf_of(b"block %d" % n), 8)
    leaves = [leaf_of(b"%d" % n) for n in range(256)]
    root = Frontier().extend(leaves).root()
    almost = before.extend(leaves[:-1])
    assert before.append_perfect(root, 8) == almost.append(leaves[-1])
    assert grown_block(before, root) == grown(almost, leaves[-1])
