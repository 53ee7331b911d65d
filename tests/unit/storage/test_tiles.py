"""Tiles, signed heads and anchorings in the store: written with the entry, found again, never half."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe
from support.trees import by_definition
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import LedgerCorrupt, LedgerMoved
from web4_governance.core.ledger.tile import root_at
from web4_governance.storage.lookup import Anchoring, SignedHead
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = 2 * 256 + 9


@pytest.fixture
def home(tmp_path: Path) -> str:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    fill(str(place), ENTRIES)
    return str(place)


def fill(home: str, entries: int) -> None:
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for n in range(entries):
            scribe.prompt(f"prompt {n}")
        writer.commit()


def edit(home: str, *statements: str) -> None:
    db = sqlite3.connect(f"{home}/ledger.db", isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


def test_every_256th_entry_leaves_its_hash(home: str) -> None:
    """And earlier roots follow from the store."""
    with open_reader(home) as reader:
        leaves = [stored.leaf for stored in reader.entries()]
        wanted = by_definition(leaves[:256]) + by_definition(leaves[256:512])
        assert reader.tiles() == {(1, 0): wanted}
        for size in (1, 255, 256, 300, 512, ENTRIES):
            assert root_at(reader.hashes, size) == by_definition(leaves[:size])
        assert root_at(reader.hashes, ENTRIES) == reader.head().root


def test_a_tile_goes_with_its_entry_if_the_transaction_does(tmp_path: Path) -> None:
    """A writer that dies between append and commit leaves neither."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for n in range(256):
            scribe.prompt(str(n))
    with open_reader(home) as reader:
        assert (reader.head().size, reader.tiles()) == (0, {})


def test_the_migration_makes_the_tiles_that_the_entries_would_have(home: str) -> None:
    """Format 2 had none."""
    with open_reader(home) as reader:
        before = reader.tiles()
    later = ("tiles", "heads", "anchorings", "trust", "trusted", "touches", "lines", "seen", "names", "places", "named")
    indices = ("records_tool", "records_stopped", "records_failed")
    edit(
        home,
        *(f"DROP TABLE {name}" for name in later),
        *(f"DROP INDEX {name}" for name in indices),
        "CREATE INDEX records_tool ON records(tool, ts)",
        "PRAGMA user_version=2",
    )
    with open_reader(home) as reader:
        assert (reader.tiles(), reader.heads(), reader.anchorings(), reader.last_head()) == ({}, (), (), None)
    assert verify_ledger(home).findings == ()
    open_writer(home, deadline=None).close()
    with open_reader(home) as reader:
        assert reader.tiles() == before
    assert verify_ledger(home).findings == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tiles SET hashes = zeroblob(64)",
        "DELETE FROM tiles",
        "UPDATE tiles SET hashes = substr(hashes, 1, 32)",
        "INSERT INTO tiles(level, idx, hashes) VALUES(1, 1, zeroblob(32))",
        "UPDATE tiles SET level = 'x'",
    ],
)
def test_a_tile_that_the_entries_do_not_make_is_found(home: str, statement: str) -> None:
    """A proof would be made from it."""
    edit(home, statement)
    assert {finding.step for finding in verify_ledger(home).findings} == {10}


def test_a_tile_of_another_length_is_not_written_on(home: str) -> None:
    """What follows a wrong beginning would be wrong too."""
    edit(home, "DELETE FROM tiles")
    with pytest.raises(LedgerCorrupt, match="tile 1/0"):
        fill(home, 256)


def test_hashes_that_are_not_there_are_an_error(home: str) -> None:
    """No proof is made of what is missing."""
    with open_reader(home) as reader:
        for level, start, count in ((0, ENTRIES, 1), (1, 2, 1), (2, 0, 1)):
            with pytest.raises(LedgerCorrupt):
                reader.hashes(level, start, count)


def test_leaves_of_entries_that_are_gone_are_found_in_a_tile(home: str) -> None:
    """Level 0 is there for what was pruned."""
    with open_reader(home) as reader:
        leaves = reader.hashes(0, 0, 256)
    text = b"".join(leaves).hex()
    edit(home, f"INSERT INTO tiles(level, idx, hashes) VALUES(0, 0, x'{text}')", "DELETE FROM entries WHERE idx < 200")
    with open_reader(home) as reader:
        assert reader.hashes(0, 0, 256) == leaves
        assert reader.hashes(0, 64, 64) == leaves[64:128]


def test_heads_and_answers_are_kept_and_found(home: str) -> None:
    """The first signing of a head stays; more signature lines take the note's place by compare-and-swap."""
    head = SignedHead(size=100, epoch=0, ts=5, note=b"note")
    with open_writer(home, deadline=None) as writer:
        assert writer.last_head() is None
        assert writer.keep_head(head)
        assert not writer.keep_head(SignedHead(size=100, epoch=0, ts=9, note=b"another"))
        writer.keep_head(SignedHead(size=70, epoch=0, ts=4, note=b"smaller"))
        writer.keep_cosignatures(head, b"note with a line")
        with pytest.raises(LedgerMoved):
            writer.keep_cosignatures(head, b"note with another line")
        writer.keep_anchoring(Anchoring(anchor="git", size=100, ts=6, receipt=b"one"))
        writer.keep_anchoring(Anchoring(anchor="git", size=100, ts=7, receipt=b"two"))
        writer.keep_anchoring(Anchoring(anchor="file", size=70, ts=7, receipt=b"f"))
        writer.commit()
    with open_reader(home) as reader:
        assert reader.last_head() == SignedHead(size=100, epoch=0, ts=5, note=b"note with a line")
        assert [one.size for one in reader.heads()] == [70, 100]
        assert [(one.anchor, one.receipt) for one in reader.anchorings()] == [("file", b"f"), ("git", b"two")]
        assert [one.anchor for one in reader.anchorings(anchor="git")] == ["git"]
        assert reader.origin == "web4-governance.invalid/" + reader.ledger_id
