"""Small globs: what they match, and whether two may stand for the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.effects import wildcard
from web4_governance.core.effects.wildcard import is_everything, matches, meets, without_brackets


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("*", "", True),
        ("a*c", "abc", True),
        ("a*c", "ac", True),
        ("a*c", "acb", False),
        ("a*a", "a", False),
        ("*b*d*", "abcde", True),
        ("*d*b*", "abcde", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("4???", "4755", True),
        ("4???", "755", False),
        ("a*b?d*e", "axbcdye", True),
        ("a*b?d*e", "axbcye", False),
        ("?*?", "a", False),
        ("*?b?*", "ab", False),  # a piece that is longer than the text
        ("*a??*", "xa", False),
        ("*a?*", "aab", True),
        ("*a?c*", "abbaxc", True),
        ("a?", "a*", True),
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, text: str, holds: bool) -> None:
    """`*` is any run, `?` one sign; a prefix alone is no match."""
    assert matches(pattern, text) is holds


@given(st.text("ab*?", max_size=6), st.text("ab*?/", max_size=8))
def test_matching_is_what_a_regular_expression_says(pattern: str, text: str) -> None:
    """Signs in the text are letters like others."""
    regex = "".join({"*": ".*", "?": "."}.get(sign, sign) for sign in pattern)
    assert matches(pattern, text) is (re.fullmatch(regex, text, re.DOTALL) is not None)


def test_patterns_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that brings patterns of its own cannot fill the memory of a process that stays."""
    monkeypatch.setattr(wildcard, "MOST_KNOWN", 2)
    monkeypatch.setattr(wildcard, "_known", {})
    assert all(matches(f"{n}*", f"{n}") for n in range(9))
    assert len(wildcard._known) <= 2


@pytest.mark.parametrize(
    ("one", "other", "holds"),
    [
        ("*.pem", "server*", True),
        ("*.pem", "*.key", False),
        ("a*b", "a?b", True),
        ("a*", "b*", False),
        ("?", "ab", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("*a*", "*b*", True),
        ("*", "", True),
        ("a?c*e", "abcd?", True),
        ("", "a", False),
    ],
)
def test_two_globs_meet_where_one_text_is_both(one: str, other: str, holds: bool) -> None:
    """The question is symmetric."""
    assert meets(one, other) is holds
    assert meets(other, one) is holds


@pytest.mark.parametrize(
    ("part", "everything"),
    [
        ("*", True),
        (".*", True),
        ("**", True),
        (".[!.]*", True),
        ("[a-z]*", True),
        ("?*", True),
        ("*.py", False),
        ("?", False),
    ],
)
def test_a_glob_for_everything_is_told_from_one_for_something(part: str, everything: bool) -> None:
    """`[a-z]*` leaves nothing that matters."""
    assert is_everything(part) is everything


def test_brackets_are_one_sign() -> None:
    """An open bracket without its end is itself."""
    assert without_brackets("a[bc]d[!e]f[") == "a?d?f["
    assert without_brackets("[]a]") == "?"
