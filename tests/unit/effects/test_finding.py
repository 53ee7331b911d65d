"""What a search asks for is told from its expression, and never narrower than what it finds."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.effects.finding import MAX_NESTED, asked

NAMING = frozenset(("-name", "-iname"))
TAKES = frozenset(("-name", "-iname", "-type", "-mtime", "-path"))


def names(expression: str) -> tuple[str, ...]:
    return asked(tuple(expression.split()), NAMING, TAKES)


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        (". -name a -delete", ("a",)),
        (". -type f -name a -o -iname b", ("a", "b")),
        (". ( -name a -o -name b ) -exec rm -rf {} +", ("a", "b")),
        (". -path ./x -prune -o -name a -delete", ("a",)),
        (". ( -path ./x -prune ) -o -name a -print", ("a",)),
        (". -name a -exec grep -q x ; -delete", ("a",)),
        (". ( ( -name a ) )", ("a",)),
        (". -type \0 -name a -delete", ("a",)),
        (". -type f ( -name a -o -name b -print ) -name c", ("a", "b")),
    ],
)
def test_names_that_all_that_is_found_must_have(expression: str, want: tuple[str, ...]) -> None:
    """Each of these finds nothing else."""
    assert names(expression) == want


@pytest.mark.parametrize(
    "expression",
    [
        ".",
        ". -delete",
        ". -delete -name a",
        ". -print -name a -delete",
        ". ! -name a -delete",
        ". -not -name a",
        ". -name a -o -delete",
        ". -name a -exec rm {} + -o -delete",
        ". -false -name a , -delete",
        ". ( -name a -o -type f ) -delete",
        ". ( -name a -o -type f -print ) -delete",
        ". ! ( -name a -o -name b ) -delete",
        ". -name \0 -delete",
        ". -name a \0 -delete",
        ". -type",
        ". -name",
        ". -exec rm {}",
        ". !",
        ". " + "( " * (MAX_NESTED + 3) + "-name a",
    ],
)
def test_what_may_find_anything_asks_for_no_name(expression: str) -> None:
    """Negation, another branch that acts, a part that is not understood."""
    assert names(expression) == ()


TESTS = st.one_of(
    st.sampled_from(["a", "b", "c*"]).map(lambda name: ["-name", name]),
    st.sampled_from([["-type", "f"], ["-print"], ["-delete"], ["-prune"]]),
)
EXPRESSIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: [*pair[0], *pair[1]]),
        st.tuples(inner, inner).map(lambda pair: [*pair[0], "-o", *pair[1]]),
        inner.map(lambda one: ["!", "(", *one, ")"]),
        inner.map(lambda one: ["(", *one, ")"]),
    ),
    max_leaves=8,
)


class _Find:
    """An evaluator of the same expressions, written as the manual has them, for one file."""

    def __init__(self, words: list[str], name: str) -> None:
        self.words = words
        self.name = name
        self.at = 0
        self.acted = False

    def either(self, *, live: bool) -> bool:
        found = self.every(live=live)
        while self.at < len(self.words) and self.words[self.at] == "-o":
            self.at += 1
            other = self.every(live=live and not found)
            found = found or other
        return found

    def every(self, *, live: bool) -> bool:
        found = True
        while self.at < len(self.words) and self.words[self.at] not in ("-o", ")"):
            one = self.one(live=live and found)
            found = found and one
        return found

    def one(self, *, live: bool) -> bool:
        word = self.words[self.at]
        self.at += 1
        if word == "!":
            return not self.one(live=live)
        if word == "(":
            found = self.either(live=live)
            self.at += 1
            return found
        if word == "-name":
            self.at += 1
            return fnmatch.fnmatchcase(self.name, self.words[self.at - 1])
        if word == "-type":
            self.at += 1
            return True
        self.acted = self.acted or (live and word in ("-print", "-delete"))
        return True


@given(EXPRESSIONS, st.sampled_from(["a", "b", "c", "cc", "d"]))
def test_a_file_on_which_the_search_acts_has_one_of_the_names(words: list[str], name: str) -> None:
    """Against an evaluator that runs the expression on one file."""
    found = asked(tuple(words), NAMING, TAKES)
    run = _Find(words, name)
    truth = run.either(live=True)
    acts = any(word in ("-print", "-delete") for word in words)
    if found and (run.acted if acts else truth):
        assert any(fnmatch.fnmatchcase(name, pattern) for pattern in found)
