"""An option that makes a command change nothing counts only where it is one, whatever the catalog's rows are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.effects.scenes import documents
from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.rehearsal import PLAIN, Rehearsing, said
from web4_governance.core.effects.rows import read
from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.options import split_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAKES = frozenset(("-o", "--onto"))
SYNONYMS = {"--dry-run": "-n", "--force": "-f"}
OPTIONS = Rehearsing(dry=frozenset(("-n", "--what=if")), plain=frozenset(("-v",)))


def rehearses(*words: str | None) -> bool | None:
    argv = ("p", *words)
    split = split_options(argv, takes_value=TAKES, synonyms=SYNONYMS)
    return said(argv, split, OPTIONS, TAKES, SYNONYMS)


@pytest.mark.parametrize(
    "words",
    [
        ("-n",),
        ("--dry-run", "x"),
        ("x", "-n"),
        ("-v", "-n"),
        ("-vfn",),
        ("-nv",),
        ("--force", "-n"),
        ("--verbose", "--dry-run"),
        ("-o", "x", "-n"),
        ("--color=always", "-n"),
        ("--what=if",),
        ("-vf", "-n"),
    ],
)
def test_a_command_rehearses_where_the_option_can_be_nothing_else(words: tuple[str, ...]) -> None:
    """First, behind an operand, a value, or an option without a value."""
    assert rehearses(*words) is True


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("x",),
        ("--", "-n"),
        ("-o", "-n"),
        ("--onto", "--dry-run"),
        ("--unknown", "-n"),
        ("-z", "-n"),
        ("-zn",),
        ("-on",),
        ("-vz", "-n"),
        (None, "-n"),
        ("--nothing",),
    ],
)
def test_a_word_that_may_be_a_value_rehearses_nothing(words: tuple[str | None, ...]) -> None:
    """Behind `--`, an option with a value, one that nobody knows, and a word that cannot be known."""
    assert rehearses(*words) is None


@pytest.mark.parametrize(
    "words",
    [
        ("-n", "--no-dry-run"),
        ("--no-dry", "-n"),
        ("-n", "false"),
        ("--dry-run=no",),
        ("-n=false",),
        ("--what=not", "-n"),
        ("-n", "-o", "Simulate=False"),
    ],
)
def test_what_takes_it_back_counts_wherever_it_stands(words: tuple[str, ...]) -> None:
    """The last one is not always in force, so none is."""
    assert rehearses(*words) is False


def rows(
    row: Any, name: str, dry: tuple[str, ...] = (), takes: tuple[str, ...] = ()
) -> list[tuple[Any, str, str, str]]:
    """Give each row, or that of a subcommand, with an option that rehearses and one that takes a value."""
    own = row.get("dry", [])
    own = own.get(name, []) if isinstance(own, dict) else own
    dry = (*dry, *own)
    takes = (
        (*takes, *items(row.get("takes_value"))) if row.get("anywhere") or not takes else items(row.get("takes_value"))
    )
    found = [(row, name, option, value) for option in dry for value in takes if "=" not in option]
    for word, inner in row.get("sub", {}).items():
        if isinstance(inner, dict):
            found += [
                (row, f"{name} {word}", option, value)
                for _, _, option, value in rows(inner, word, dry, items(inner.get("takes_value")))
            ]
    return found


TOP = [row for document in documents() for row in document.get("programs", [])]
CASES = [
    (top, *case[1:]) for top in TOP for name in (top["program"], *items(top.get("also"))) for case in rows(top, name)
]


def rehearsed(row: Any, words: list[str]) -> bool | None:
    return read(row, tuple(known_word(word) for word in words)).rehearsed


def test_no_row_takes_a_value_or_what_follows_the_end_of_options_for_a_rehearsal() -> None:
    """Whatever the program: `--opt --dry-run` gives the option a value, `-- --dry-run` is an operand."""
    for row, name, option, value in CASES:
        for before in (value, "--", "--an-option-that-nobody-knows"):
            assert rehearsed(row, [*name.split(), before, option]) is not True, (name, before, option)


@given(st.sampled_from(CASES), st.lists(st.sampled_from(["x", "--", "-z", "--what", "-", "--x=y"]), max_size=4))
def test_words_before_an_option_never_make_it_one_that_rehearses_behind_the_end_of_options(
    case: tuple[Any, str, str, str], words: list[str]
) -> None:
    """Behind `--` there are no options, however the words before it are read."""
    row, name, option, value = case
    if "--" in words and words[words.index("--") - 1 : words.index("--")] != [value]:
        assert rehearsed(row, [*name.split(), *words, option]) is not True


def test_rows_say_of_some_options_that_they_rehearse() -> None:
    """The property above has cases, and each of the options counts where it stands alone."""
    assert len(CASES) > 200
    for row, name, option, _ in CASES:
        assert rehearsed(row, [*name.split(), option]) is True, (name, option)


def test_no_option_that_is_taken_for_plain_takes_a_value_in_its_own_row() -> None:
    """What stands in `plain` and in `takes_value` would let a value through."""
    for top in TOP:
        for row in (top, *(inner for inner in top.get("sub", {}).values() if isinstance(inner, dict))):
            plain = {*items(row.get("plain")), *(PLAIN if row.get("dry") else ())}
            assert plain.isdisjoint(items(row.get("takes_value"))), row


def test_an_unknown_word_before_the_option_may_take_it() -> None:
    """`git push $X -n`: the variable may be an option with a value."""
    row: Any = {"sub": {"push": {"dry": ["-n"]}}}
    words = (known_word("git"), known_word("push"), Word(text="$X", known=False), known_word("-n"))
    assert read(row, words).rehearsed is None


def test_what_is_taken_back_at_one_place_is_not_said_at_another() -> None:
    """`p --dry-run sub --dry-run=no`."""
    row: Any = {"dry": ["--dry-run"], "anywhere": True, "sub": {"sub": {}}}
    assert rehearsed(row, ["p", "--dry-run", "sub"]) is True
    assert rehearsed(row, ["p", "--dry-run", "sub", "--dry-run=no"]) is False
