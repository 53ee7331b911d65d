"""The origins of lines, made again from what openings hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web4_governance.core.lineage.blame import spell
from web4_governance.core.lineage.fold import Fold, expected
from web4_governance.core.lineage.lines import ABSENT, Keys

if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

KEYS = Keys(b"k" * 32)


def row(path: str, *edits: list[int], lines: int, **more: Json) -> dict[str, Json]:
    return {
        "path": path,
        "how": "named",
        "edits": [list(edit) for edit in edits],
        "lines": lines,
        "proven": True,
        **more,
    }


def spelled(fold: Fold) -> dict[str, str]:
    return {path: spell(runs) for path, runs in fold.runs.items()}


def test_a_moved_file_takes_its_lines_along() -> None:
    """Told as gone and as come by one outcome, in whichever order."""
    gone: dict[str, Json] = {"path": "/a", "how": "named", "after": None}
    for rows in ([gone, row("/b", lines=2, **{"from": "/a"})], [row("/b", lines=2, **{"from": "/a"}), gone]):
        fold = Fold()
        fold.take(1, [row("/a", [0, 0, 0, 2], lines=2, before=None)])
        fold.take(5, [*rows])
        assert spelled(fold) == {"/b": "2 c1"}


def test_what_is_not_proven_and_what_changed_between_have_origins_of_their_own() -> None:
    """With the call that may be the cause."""
    fold = Fold()
    fold.take(1, [row("/a", [1, 1, 1, 1], lines=3)])
    assert spelled(fold) == {"/a": "1 b1 1 c1 1 b1"}
    gap: Json = {"by": "u", "during": 4, "edits": [[0, 1, 0, 1]]}
    fold.take(6, [row("/a", [2, 1, 2, 1], lines=3, proven=False, during=5, gap=gap)])
    assert spelled(fold) == {"/a": "1 u6.4 1 c1 1 u6.5"}


def test_a_row_without_edits_ends_what_is_known() -> None:
    """Until the file is seen whole again."""
    fold = Fold()
    fold.take(1, [row("/a", [0, 0, 0, 1], lines=1, before=None)])
    fold.take(2, [{"path": "/a", "how": "told", "after": "ab"}])
    assert spelled(fold) == {}


@pytest.mark.parametrize(
    "rows", [None, "x", ["x"], [{"path": "/a", "edits": "x"}], [{"path": "/a", "edits": [], "lines": "x"}]]
)
def test_rows_that_make_no_sense_are_none(rows: Json) -> None:
    """A hand in the database breaks nothing."""
    fold = Fold()
    fold.take(1, rows)
    assert fold.runs == {}


def test_edits_that_make_no_sense_are_none() -> None:
    """And a gap by nobody known is nobody's."""
    fold = Fold()
    gap: Json = {"by": "x", "edits": [[0, 1, 0, 1], [1], "x"]}
    fold.take(1, [row("/a", lines=2, gap=gap, proven=False)])
    assert spelled(fold) == {"/a": "2 b1"}


def test_what_is_noted_of_a_row_is_made_of_it() -> None:
    """Keys of the path, and of the contents as far as they are said."""
    rows: Json = [
        {"path": "/a", "before": None, "after": "ab"},
        {"path": "/b"},
        {"path": "/c", "before": "cd", "after": None},
    ]
    assert expected(rows, KEYS) == (
        (KEYS.path("/a"), ABSENT, KEYS.content("ab")),
        (KEYS.path("/b"), None, b""),
        (KEYS.path("/c"), KEYS.content("cd"), ABSENT),
    )
    assert expected(["x"], KEYS) == ((KEYS.path("None"), None, b""),)
    assert expected(None, KEYS) == ()
