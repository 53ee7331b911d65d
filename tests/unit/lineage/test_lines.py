"""Lines, their keys, which of them stay, and the runs of their origins."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.lineage.align import edits_between
from web4_governance.core.lineage.blame import By, Origin, after_edits, keys_after, origin_of, read, spell
from web4_governance.core.lineage.lines import KEY, Keys, content_of, split

Run = tuple[int, str]
SECRET = bytes(range(32))
LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e"]), max_size=12)


def test_keys_are_hmacs_of_their_kind() -> None:
    """RFC 2104, as the standard library has it."""
    keys = Keys(SECRET)
    assert keys.path("/p") == hmac.digest(SECRET, b"r6/path\0/p", "sha256")
    assert keys.content("ab") == hmac.digest(SECRET, b"r6/content\0ab", "sha256")
    assert keys.lines([b"x", b""]) == b"".join(
        hmac.digest(SECRET, b"r6/line\0" + line, "sha256")[:8] for line in (b"x", b"")
    )


def test_a_text_is_compared_without_what_editors_put_around_its_lines() -> None:
    """A mark at the beginning, carriage returns; what is no text is left alone."""
    assert content_of(b"\xef\xbb\xbfa\r\nb") == b"a\nb"
    assert content_of(b"\0\r\n") == b"\0\r\n"


def test_lines_are_what_stands_before_line_ends() -> None:
    """An empty file has none, and a last line needs no end."""
    assert [split(text) for text in (b"", b"a", b"a\n", b"\n\nb")] == [[], [b"a"], [b"a"], [b"", b"", b"b"]]
    assert split(b"x\n" * 20_000 + b"y") is None
    assert split(b"x\n" * 20_000) is not None


def applied(old: list[bytes], new: list[bytes]) -> list[bytes]:
    made: list[bytes] = []
    at = 0
    for start, count, first, added in edits_between(old, new):
        made += old[at:start] + new[first : first + added]
        at = start + count
    return made + old[at:]


@given(LINES, LINES)
def test_edits_lead_from_the_old_lines_to_the_new(old: list[bytes], new: list[bytes]) -> None:
    """In order, without overlap, for any two lists."""
    assert applied(old, new) == new
    found = edits_between(old, new)
    assert all(a[0] + a[1] <= b[0] and a[2] + a[3] <= b[2] for a, b in pairwise(found))


@given(LINES)
def test_equal_lines_need_no_edit(lines: list[bytes]) -> None:
    """Nothing is said to have changed where nothing has."""
    assert edits_between(lines, lines) == ()


def test_a_line_that_stands_once_holds_the_others_in_place() -> None:
    """A block that was put before it does not make it new."""
    old, new = [b"x", b"one", b"y", b"two", b"z"], [b"X", b"one", b"Y", b"new", b"two", b"Z"]
    assert edits_between(old, new) == ((0, 1, 0, 1), (2, 1, 2, 2), (4, 1, 5, 1))


ORIGINS = st.builds(Origin, by=st.sampled_from(list(By)), idx=st.integers(0, 9), during=st.integers(-1, 9))
RUNS = st.lists(st.tuples(st.integers(1, 5), ORIGINS.map(lambda one: one.word)), max_size=6)


def flat(runs: Iterable[Run]) -> list[Origin]:
    return [origin_of(word) for count, word in runs for _ in range(count)]


@given(st.data())
def test_edits_move_origins_as_they_move_lines(data: st.DataObject) -> None:
    """Line for line as a list of origins would have it."""
    runs = data.draw(RUNS)
    old = [str(n).encode() for n in range(len(flat(runs)))]
    new = data.draw(st.lists(st.sampled_from([*old, b"x", b"y"]), max_size=20))
    edits = edits_between(old, new)
    mine = Origin(by=By.CALL, idx=99)
    model, at = [], 0
    for start, count, _, added in edits:
        model += flat(runs)[at:start] + [mine] * added
        at = start + count
    model += flat(runs)[at:]
    found = after_edits(runs, edits, mine)
    assert flat(found) == model
    assert all(a[1] != b[1] for a, b in pairwise(found)) or len(flat(runs)) == len(model)
    key = Keys(SECRET)
    added_keys = key.lines(line for _, _, first, count in edits for line in new[first : first + count])
    assert keys_after(key.lines(old), edits, added_keys) == key.lines(new)


@given(RUNS)
def test_runs_are_spelled_and_read_again(runs: list[Run]) -> None:
    """What is stored is what was meant."""
    assert read(spell(runs)) == tuple(runs)


@given(ORIGINS)
def test_an_origin_is_its_word(origin: Origin) -> None:
    """Read again, it is what it was."""
    assert origin_of(origin.word) == origin


@pytest.mark.parametrize("word", ["x17", "c", "", "c17.x", "17"])
def test_an_origin_that_makes_no_sense_is_nobodys(word: str) -> None:
    """A hand in the database accuses no one."""
    assert origin_of(word) == Origin(by=By.BEFORE, idx=-1)


def test_a_count_that_makes_no_sense_ends_the_runs() -> None:
    """What comes after it is nobody's either."""
    assert read("3 c17 x u20 1 c4") == ((3, "c17"),)
    assert read("3 c17 4") == ((3, "c17"),)


def test_edits_beyond_the_end_add_nothing_twice() -> None:
    """A list of runs that is too short stays one."""
    runs = ((2, "c1"),)
    mine = Origin(by=By.CALL, idx=2)
    assert flat(after_edits(runs, ((5, 3, 5, 1),), mine)) == [Origin(by=By.CALL, idx=1)] * 2 + [mine]
    assert KEY == 8
