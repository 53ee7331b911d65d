"""Small globs: what they match, and whether two may stand for the same."""

from __future__ import annotations

import pytest

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
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, text: str, holds: bool) -> None:
    """`*` is any run, `?` one sign; a prefix alone is no match."""
    assert matches(pattern, text) is holds


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
