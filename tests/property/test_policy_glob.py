"""Globs against `fnmatch.fnmatchcase`, on patterns that both read alike."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.policy.glob import compile_glob, matches

pieces = st.sampled_from(["*", "?", "a", "b", "/", ".", "[ab]", "[!a]", "[a-c]", "[]]", "[!/]", "**"])
patterns = st.lists(pieces, min_size=1, max_size=8).map("".join)
texts = st.text("ab/.]c", max_size=12)


@given(patterns, texts)
def test_the_matcher_agrees_with_fnmatch(pattern: str, text: str) -> None:
    """Same language, without the backtracking."""
    assert matches(pattern, text) is fnmatchcase(text, pattern)


@given(patterns, st.lists(st.sampled_from(["*", "?", "a", "b", "/", "[ab]"]), min_size=1, max_size=6), texts)
def test_a_text_that_both_stand_for_is_an_overlap(pattern: str, shell: list[str], text: str) -> None:
    """Where the shell may expand to something the pattern names, the two overlap."""
    glob = "".join(shell)
    parts = zip(glob.split("/"), text.split("/"), strict=False)
    same_depth = glob.count("/") == text.count("/")
    expands = same_depth and all(
        fnmatchcase(part, piece) and not (part.startswith(".") and piece[:1] in "*?[") for piece, part in parts
    )
    if expands and matches(pattern, text):
        assert compile_glob(pattern).overlaps(glob)
