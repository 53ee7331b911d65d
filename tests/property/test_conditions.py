"""What is worked out of a row once says of every command what the row itself would say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unit.effects.scenes import catalog
from web4_governance.core.effects.conditions import Globs
from web4_governance.core.effects.rows import FEW, Entries, Entry, View, objects, read
from web4_governance.core.effects.wildcard import matches
from web4_governance.core.shell.command import known_word
from web4_governance.core.shell.options import split_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.rows import Object

PATTERNS = st.text(alphabet="ab*?", max_size=5)
ROWS: list[Object] = [row for name in sorted(catalog().programs) for row in [catalog().row(name)] if row is not None]


def strings_of(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for one in found:
            yield from strings_of(one)
    elif isinstance(found, dict):
        for name, one in found.items():
            yield name
            yield from strings_of(one)


@given(globs=st.lists(PATTERNS, max_size=4), texts=st.lists(st.text(alphabet="ab*?", max_size=4), max_size=3))
def test_globs_that_are_sorted_fit_what_each_of_them_alone_fits(globs: list[str], texts: list[str]) -> None:
    """A head, a tail or a piece is told without a walk, and told the same."""
    sorted_ = Globs(globs)
    for _ in range(3):  # as they stand at first, and sorted from then on
        assert sorted_.fit_any(texts) == any(matches(glob, text) for glob in globs for text in texts)
        for text in texts:
            assert sorted_.fit(text) == Globs(globs).fit(text) == any(matches(glob, text) for glob in globs)


@given(data=st.data())
def test_no_entry_that_holds_is_left_out_of_those_that_may(data: st.DataObject) -> None:
    """Entries are sorted out by options and words that they wait for, and never one that had no need to wait."""
    row = data.draw(st.sampled_from(ROWS))
    said = [*strings_of(objects(row, "sub")), *strings_of(row.get("effects")), *strings_of(row.get("takes_value"))]
    words = data.draw(st.lists(st.one_of(st.sampled_from([*said, "x", "-q"]), st.text(max_size=4)), max_size=6))
    reading = read(row, tuple(known_word(word.replace("*", "z")) for word in ("program", *words)))
    every = Entries(tuple(Entry(entry.row) for entry in reading.entries.all))
    for _ in range(FEW + 2):  # as they stand at first, and sorted from then on
        first, last = every.worth(reading.flags, reading.texts)
        for entry in every.all:
            if entry.holds(reading, reading.texts):
                assert (entry in last) is (entry.row.get("otherwise") is True)
                assert (entry in first) is not (entry in last)


@given(words=st.lists(st.sampled_from(["x", "", "é=-", "-", "--", "-a", "--b=c", "a-b"]), max_size=4))
def test_words_without_a_dash_are_split_as_all_others_are(words: list[str]) -> None:
    """Where there is no option all are operands, and what is done in one look comes out the same."""
    argv = ("program", *words)
    split = split_options(argv, takes_value=frozenset(("-a",)), synonyms={})
    reading = read({"takes_value": ["-a"]}, tuple(map(known_word, argv)))
    assert [word.text for word in reading.operands] == [argv[at] for at in split.operands]
    assert (reading.flags, reading.values) == (split.flags, split.values)


def test_a_subcommand_keeps_the_entries_of_the_rows_above_it() -> None:
    """They stand before its own, and one without any has those of its program."""
    row: Object = {
        "effects": [{"why": "a"}],
        "inert": True,
        "sub": {"x": {"effects": [{"why": "b"}]}, "y": {}, "z": "x"},
    }
    view = View(row)
    below = {name: view.below(known_word(name)) for name in ("x", "y", "z", "none")}
    whys = {name: [entry.row["why"] for entry in one.entries.all] for name, one in below.items() if one is not None}
    assert whys == {"x": ["a", "b"], "y": ["a"], "z": ["a", "b"]}
    assert all(one.inert is True for one in below.values() if one is not None)
