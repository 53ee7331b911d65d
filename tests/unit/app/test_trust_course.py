"""The course of one entity's trust: what it says is what the whole fold says, in memory that is bounded, and it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.ledgers import fill
from web4_governance.app import trust, trust_course
from web4_governance.app.trust_course import Course, Evenly
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

OPERATOR = "operator"


@given(st.integers(0, 500), st.integers(1, 20))
def test_what_is_kept_of_a_stream_stands_evenly_in_it(count: int, most: int) -> None:
    """Its first and its last item, no two twice, in order, and never more than twice as many as are asked for in memory."""
    line = Evenly[int](most)
    for n in range(count):
        line.add(n)
        assert len(line._kept) <= 2 * most
    points = line.points()
    assert points == sorted(set(points))
    assert len(points) == min(most, count) or count > 2 * most
    assert len(points) <= most
    if count:
        assert points[0] == 0
    if count and most > 1:
        assert points[-1] == count - 1


def test_a_course_says_what_every_move_says(tmp_path: Path) -> None:
    """The newest observations, how many there are, and where each line ends."""
    home = str(tmp_path / "home")
    fill(home, sessions=2, calls=9)
    with open_reader(home) as reader:
        moves = trust.moves(reader, OPERATOR)
        course = Course(OPERATOR, newest=5, points=4)
        course.follow(reader)
    assert (course.count, [*course.newest]) == (len(moves), [*moves[-5:]])
    ends = {(one.role, str(one.seen.dimension)): one.after for one in moves}
    assert {key: line.points()[-1] for key, line in course.lines.items()} == ends
    assert course.places.points()[-1] == (moves[-1].idx, ends)


def test_a_role_is_followed_alone(tmp_path: Path) -> None:
    """As if there were no other."""
    home = str(tmp_path / "home")
    fill(home)
    with open_reader(home) as reader:
        course = Course(OPERATOR, newest=None, points=4, wanted=lambda role: role == "nothing")
        course.follow(reader)
    assert (course.count, course.lines, course.places.points()) == (0, {}, [])


@pytest.mark.parametrize("replaced", [False, True])
def test_who_looks_again_goes_on_where_the_last_look_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    """Unless the ledger is another one: then from its beginning; what is given is the same either way."""
    monkeypatch.setattr(trust_course, "STEP", 7)
    monkeypatch.setattr(trust, "TIDY_EVERY", 3)
    home, other = str(tmp_path / "home"), str(tmp_path / "other")
    fill(home, sessions=1, calls=4)
    fill(other, sessions=3, calls=5)
    course, heard = Course(OPERATOR, newest=6, points=3), list[int]()
    with open_reader(home) as reader:
        course.follow(reader)
        before = reader.head().size
    if not replaced:
        fill(home, sessions=2, calls=5, tag="x")
    with open_reader(other if replaced else home) as reader:
        course.follow(reader, told=lambda done, _place, _size: heard.append(done))
        anew = Course(OPERATOR, newest=6, points=3)
        anew.follow(reader)
        assert heard[-1] == reader.head().size
    assert (heard[0] > before) is not replaced
    assert (course.count, course.newest) == (anew.count, anew.newest)


def test_a_long_fold_forgets_what_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And comes to the same rows."""
    home = str(tmp_path / "home")
    fill(home, sessions=2, calls=30)
    with open_reader(home) as reader:
        whole = trust.Memory(reader, anew=True)
        whole.advance(reader.head().size)
        monkeypatch.setattr(trust, "TIDY_EVERY", 5)
        tidied = trust.Memory(reader, anew=True)
        for size in range(reader.head().size + 1):
            tidied.advance(size)
    assert tidied.rows.held < whole.rows.held
    assert {key: row for key, row in tidied.rows.changes().items() if row is not None} == {
        key: row for key, row in whole.rows.changes().items() if row is not None
    }
