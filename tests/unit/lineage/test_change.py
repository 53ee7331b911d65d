"""How what a call changed moves the lines of a file on, and what of it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from web4_governance.core.lineage.blame import By
from web4_governance.core.lineage.change import (
    LISTED,
    NAMED,
    SEEN,
    Change,
    Gap,
    Lines,
    change_of_found,
    change_of_told,
    may_change,
)
from web4_governance.core.lineage.lines import KEY, NO_KEY, Keys, digest_of
from web4_governance.core.lineage.told import Told, told

KEYS = Keys(b"k" * 32)
MANY = "".join(f"{n}\n" for n in range(3_000))


def edited(before: str | None, after: str) -> Told:
    output: dict[str, Any] = {"filePath": "/p/a", "content": after, "originalFile": before}
    found = told("Write", {}, output)
    assert found is not None
    return found


def nobody() -> tuple[By, int]:
    return By.OUTSIDE, -1


def lines_of(text: str, idx: int) -> Lines:
    _, lines = change_of_told(edited(None, text), None, KEYS, here=idx, gap=nobody)
    assert lines is not None
    return lines


def origins(lines: Lines | None) -> list[str]:
    assert lines is not None
    return [word.partition(".")[0] for count, word in lines.runs for _ in range(count)]


def test_a_new_file_is_all_its_calls() -> None:
    """From the first line to the last."""
    change, lines = change_of_told(edited(None, "a\nb\n"), None, KEYS, here=7, gap=nobody)
    assert origins(lines) == ["c7", "c7"]
    assert (change.before, change.after, change.lines, change.proven) == (None, digest_of(b"a\nb\n"), 2, True)
    assert change.to_json() == {
        "path": "/p/a",
        "how": "told",
        "before": None,
        "after": digest_of(b"a\nb\n"),
        "edits": [[0, 0, 0, 2]],
        "lines": 2,
        "proven": True,
    }


def test_what_was_there_before_the_first_edit_is_nobodys() -> None:
    """Seen first, and not written, by this call."""
    _, lines = change_of_told(edited("a\nb\n", "a\nB\n"), None, KEYS, here=7, gap=nobody)
    assert origins(lines) == ["b7", "c7"]
    _, lines = change_of_told(edited("", "B\n"), None, KEYS, here=7, gap=nobody)
    assert origins(lines) == ["c7"]


def test_the_next_edit_goes_on_from_the_last() -> None:
    """Also of another session: the file is one."""
    change, lines = change_of_told(edited("a\nb\n", "a\nb\nc\n"), lines_of("a\nb\n", 3), KEYS, here=7, gap=nobody)
    assert origins(lines) == ["c3", "c3", "c7"]
    assert change.gap is None


def test_what_changed_between_is_whoevers_it_may_be() -> None:
    """The lines that the call found and that nobody is known to have written."""
    held = lines_of("a\nb\nc\n", 3)
    change, lines = change_of_told(edited("a\nX\nc\n", "a\nX\nC\n"), held, KEYS, here=7, gap=lambda: (By.UNPROVEN, 5))
    assert origins(lines) == ["c3", "u7", "c7"]
    assert change.gap == Gap(by=By.UNPROVEN, during=5, edits=((1, 1, 1, 1),))
    assert change.to_json()["gap"] == {"by": "u", "edits": [[1, 1, 1, 1]], "during": 5}
    change, lines = change_of_told(edited("a\nX\nc\n", "a\nX\nC\n"), held, KEYS, here=7, gap=nobody)
    assert change.to_json()["gap"] == {"by": "o", "edits": [[1, 1, 1, 1]]}


def erased(lines: Lines) -> Lines:
    return Lines(content=b"", runs=lines.runs, keys=NO_KEY + lines.keys[KEY:])


def test_where_an_erased_line_was_replaced_nobody_is_accused() -> None:
    """What it said is not known any more, so neither is who changed it."""
    held = erased(lines_of("a\nb\n", 3))
    _, lines = change_of_told(edited("a\nb\n", "a\nB\n"), held, KEYS, here=7, gap=nobody)
    assert origins(lines) == ["b7", "c7"]
    _, lines = change_of_found("/p/a", b"a\nb\n", held, KEYS, here=7, during=6, how=NAMED)
    assert origins(lines) == ["u7", "c3"]


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [("a\0", "b\n", None), ("a\n", "b\0", None), (MANY, MANY.replace("\n", "x\n\n"), None)],
)
def test_lines_that_are_not_followed_are_not_held(before: str, after: str, held: Lines | None) -> None:
    """Digests stand, and blame is unknown."""
    change, lines = change_of_told(edited(before, after), held, KEYS, here=7, gap=nobody)
    assert lines is None or len(lines.runs) < 3_000
    assert change.after


def test_too_many_changes_at_once_are_not_followed() -> None:
    """A row of an opening stays small."""
    every_second = "".join(f"{n}{'x' if n % 2 else ''}\n" for n in range(3_000))
    for one, held in ((edited(MANY, every_second), None), (edited(every_second, "a\n"), lines_of(MANY, 3))):
        change, lines = change_of_told(one, held, KEYS, here=7, gap=nobody)
        assert (change.edits, lines) == (None, None)
    change, lines = change_of_found("/p/a", every_second.encode(), lines_of(MANY, 3), KEYS, here=7, during=6, how=NAMED)
    assert (change.edits, lines) == (None, None)
    odd = Told(path="/p/a", before=b"a\0", after=b"b\n", edits=((0, 0, 0, 1),))
    assert change_of_told(odd, None, KEYS, here=7, gap=nobody)[1] is None


@pytest.mark.parametrize(("how", "by"), [(NAMED, "c7"), (LISTED, "c7"), (SEEN, "u7")])
def test_what_was_found_changed_is_the_calls_as_far_as_it_is_proven(how: str, by: str) -> None:
    """Named by its effects, or listed while nothing else ran; else it happened during the call, and no more is said."""
    change, lines = change_of_found("/p/a", b"a\nB\n", lines_of("a\nb\n", 3), KEYS, here=7, during=6, how=how)
    assert origins(lines) == ["c3", by]
    assert change.proven is (by == "c7")


def test_of_a_file_that_was_never_seen_no_line_is_the_calls() -> None:
    """But those of a file that surely was not there before."""
    _, lines = change_of_found("/p/a", b"a\n", None, KEYS, here=7, during=6, how=NAMED)
    assert lines is not None
    assert lines.runs == ((1, "u7.6"),)
    change, lines = change_of_found("/p/a", b"a\n", None, KEYS, here=7, during=6, how=NAMED, before=None)
    assert origins(lines) == ["c7"]
    assert change.to_json()["before"] is None


def test_a_file_that_went_has_no_lines_and_says_so() -> None:
    """Deleted: no digest after it."""
    change, lines = change_of_found("/p/a", None, lines_of("a\n", 3), KEYS, here=7, during=6, how=NAMED, before="ab")
    assert lines is None
    assert change.to_json() == {"path": "/p/a", "how": "named", "before": "ab", "after": None}
    moved, _ = change_of_found("/p/b", b"\0", None, KEYS, here=7, during=6, how=NAMED, source="/p/a")
    assert moved.to_json() == {"path": "/p/b", "how": "named", "after": digest_of(b"\0"), "from": "/p/a"}
    assert Change(path="/p/b", before="", after="").to_json() == {"path": "/p/b", "how": "told"}


@pytest.mark.parametrize(
    ("request_", "may"),
    [
        ({"deeds": [{"effect": "file.list"}, {}], "categories": ["command"]}, False),
        ({"deeds": [{"effect": "file.read"}, {"effect": "code.run"}], "categories": []}, True),
        ({"deeds": [{}], "categories": ["command"]}, True),
        ({"deeds": [{}], "categories": ["other"]}, False),
        ({"deeds": [{"effect": "file.read"}], "deeds_count": 70, "categories": ["command"]}, True),
        ({}, True),
    ],
)
def test_only_what_surely_reads_changed_nothing(request_: dict[str, Any], may: bool) -> None:
    """By effects, and by category where there are none."""
    assert may_change({"request": request_}) is may
