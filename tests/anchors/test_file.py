"""A file on other storage: what is appended is read, and what is taken out again is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.logs import Log
from web4_governance.app.anchors.file import FileAnchor
from web4_governance.core.errors import AnchorError

LOG = Log()


def anchored(path: Path, *sizes: int) -> tuple[FileAnchor, tuple[bytes, ...]]:
    anchor = FileAnchor("copy", path=str(path))
    return anchor, tuple(anchor.submit(LOG.head(n), prove=LOG.prove, known=LOG.known()).data for n in sizes)


def test_heads_are_held_in_order_with_their_bytes(tmp_path: Path) -> None:
    """And those of other logs in the same file are none of ours."""
    anchor, receipts = anchored(tmp_path / "heads", 3, 9)
    other = Log("log.example/2")
    anchor.submit(other.head(4), prove=other.prove, known=other.known())
    holdings = anchor.held(LOG.known(receipts=receipts))
    assert [(held.size, held.where) for held in holdings.heads] == [(3, "line 1"), (9, "line 2")]
    assert holdings.heads[1].note == LOG.head(9).note.to_bytes()
    assert (holdings.wrong, holdings.others) == ((), (other.origin,))
    assert not anchor.stateful
    assert (tmp_path / "heads").stat().st_mode & 0o077 == 0


def test_a_line_that_was_taken_out_changed_or_cut_is_missed(tmp_path: Path) -> None:
    """By the receipts, whatever else the file holds."""
    path = tmp_path / "heads"
    anchor, receipts = anchored(path, 3, 9, 12)
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (
        lines[:2],
        [lines[0], lines[2]],
        [lines[0], lines[1].replace(b"example", b"exampla"), lines[2]],
    ):
        path.write_bytes(b"".join(changed))
        assert "no longer has 1 of 3" in anchor.held(LOG.known(receipts=receipts)).wrong[0]
    path.write_bytes(b"")
    assert "3 of 3" in anchor.held(LOG.known(receipts=receipts)).wrong[0]
    path.unlink()
    assert "is gone" in anchor.held(LOG.known(receipts=receipts)).wrong[0]


def test_a_line_cut_off_by_a_crash_costs_no_other(tmp_path: Path) -> None:
    """The next head begins a line of its own."""
    path = tmp_path / "heads"
    anchor, _ = anchored(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    receipt = anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()).data
    holdings = anchor.held(LOG.known(receipts=(receipt,)))
    assert [held.size for held in holdings.heads] == [3, 9]
    assert holdings.wrong == ()


def test_storage_that_is_not_there_is_said_and_nothing_is_made_in_its_place(tmp_path: Path) -> None:
    """An unmounted share is no place for a head, a directory or a pipe no file."""
    anchor, receipts = FileAnchor("copy", path=str(tmp_path / "share" / "heads")), (b"{}",)
    for ask in (
        lambda: anchor.submit(LOG.head(3), prove=LOG.prove, known=LOG.known()),
        lambda: anchor.held(LOG.known(receipts=receipts)),
        lambda: FileAnchor("copy", path=str(tmp_path)).held(LOG.known()),
        lambda: FileAnchor("copy", path=str(tmp_path)).submit(LOG.head(3), prove=LOG.prove, known=LOG.known()),
    ):
        with pytest.raises(AnchorError, match="cannot be used"):
            ask()
    with pytest.raises(AnchorError):
        FileAnchor("copy", path="/dev/null").submit(LOG.head(3), prove=LOG.prove, known=LOG.known())
    assert not (tmp_path / "share").exists()


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    """Whoever can write there can write anything."""
    path = tmp_path / "heads"
    anchor, _ = anchored(path, 3)
    path.write_bytes(b'x\n{"note":1}\n[]\n{"note":"x"}\n\xff\n' + path.read_bytes())
    assert [held.size for held in anchor.held(LOG.known()).heads] == [3]
