"""Globs against `fnmatch.fnmatchcase`, on patterns that both read alike."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.policy.glob import compile_glob, matches
from web4_governance.core.policy.overlap import shell_parts

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


ALPHABET = "ab/."


def by_walking(pattern: str, shell: str) -> bool:
    """The same question, asked pair by pair of places: what the bits are measured by."""
    pieces = compile_glob(pattern).pieces
    if shell[0] in "*?[" and pattern[0] == "/":
        return False
    units: list[object] = list(pieces[0])
    for piece in pieces[1:]:
        units += ["STAR", *piece]
    parts: list[str] = []
    for part in shell_parts(shell):
        parts += ["?+", "**", "/"] if part == "**/" else [part]
    return meets(units, parts, 0, 0, set())


def meets(units: list[object], parts: list[str], i: int, j: int, seen: set[tuple[int, int]]) -> bool:
    if (i, j) in seen:
        return False
    seen.add((i, j))
    if i == len(units) and j == len(parts):
        return True
    part = parts[j] if j < len(parts) else ""
    unit = units[i] if i < len(units) else ""
    skip_unit = i < len(units) and units[i] == "STAR" and meets(units, parts, i + 1, j, seen)
    jump = 3 if part == "?+" else 1
    skip_part = part in ("*", "^*", "**", "?+") and meets(units, parts, i, j + jump, seen)
    if skip_unit or skip_part or (part == "?+" and meets(units, parts, i, j + 1, seen)):
        return True
    if i >= len(units) or not part or part == "?+":
        return False
    stays = part in ("*", "^*", "**")
    takes = any(allowed(part, character) and taken(unit, character) for character in ALPHABET + "z")
    after = [(i if unit == "STAR" else i + 1, j if stays else j + 1)]
    if part == "^*":  # only the first character of a name minds the dot
        rest = [*parts[:j], "*", *parts[j + 1 :]]
        return takes and meets(units, rest, after[0][0], j, set())
    return takes and any(meets(units, parts, *place, seen) for place in after)


def allowed(part: str, character: str) -> bool:
    if part in ("*", "?"):
        return character != "/"
    if part in ("^*", "^?"):
        return character not in "/."
    return part in ("**", character)


def taken(unit: object, character: str) -> bool:
    if unit == "STAR" or unit is None:
        return True
    return unit == character if isinstance(unit, str) else unit.takes(character)  # type: ignore[attr-defined]


@given(
    st.lists(st.sampled_from(["*", "?", "a", "b", "/", ".", "**"]), min_size=1, max_size=7).map("".join),
    st.lists(st.sampled_from(["*", "?", "a", "b", "/", ".", "**", "**/", "[ab]"]), min_size=1, max_size=6).map("".join),
)
def test_walking_all_places_at_once_is_walking_them_pair_by_pair(pattern: str, shell: str) -> None:
    """One addition runs along a pattern as far as steps would."""
    assert compile_glob(pattern).overlaps(shell) is by_walking(pattern, shell)
