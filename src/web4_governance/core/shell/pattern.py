"""Shell patterns (`*`, `?`, `[a-z]`) against known text, for `${x%.*}` and its kin.

Not for file names: globs in words are flagged, never expanded. Linear in the length of the text for each start.
"""

from __future__ import annotations

MOST_STEPS = 300_000


def is_quick(pattern: str, text: str) -> bool:
    """Tell whether trying the pattern everywhere in the text takes a bounded time."""
    return len(text) ** 2 * (pattern.count("*") + 1) <= MOST_STEPS or not any(char in pattern for char in "*?[\\")


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text fits the pattern."""
    at = place = 0
    star, kept = -1, 0
    while at < len(text):
        end = _one(pattern, place, text[at])
        if place < len(pattern) and pattern[place] == "*":
            star, kept, place = place, at, place + 1
        elif end:
            at, place = at + 1, end
        elif star >= 0:
            kept, place = kept + 1, star + 1
            at = kept
        else:
            return False
    return all(char == "*" for char in pattern[place:])


def _one(pattern: str, place: int, char: str) -> int:
    """Give the place after the pattern's element at `place` if it fits the character, else 0."""
    if place >= len(pattern):
        return 0
    here = pattern[place]
    if here == "[":
        end = pattern.find("]", place + 2)
        if end > 0:
            return end + 1 if _in_set(pattern[place + 1 : end], char) else 0
    if here == "\\" and place + 1 < len(pattern):
        return place + 2 if pattern[place + 1] == char else 0
    return place + 1 if here in ("?", char) else 0


def _in_set(inside: str, char: str) -> bool:
    negated = inside[0] in "!^"
    members, at, found = inside[1:] if negated else inside, 0, False
    while at < len(members):
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            found = found or members[at] <= char <= members[at + 2]
            at += 3
        else:
            found = found or members[at] == char
            at += 1
    return found != negated


def trimmed(text: str, pattern: str, *, end: bool, longest: bool) -> str:
    """Take the shortest or longest part that fits off the start or the end of the text."""
    if not any(char in pattern for char in "*?[\\"):
        return text.removesuffix(pattern) if end else text.removeprefix(pattern)
    cuts = range(len(text), -1, -1) if end != longest else range(len(text) + 1)
    for cut in cuts:
        if matches(pattern, text[cut:] if end else text[:cut]):
            return text[:cut] if end else text[cut:]
    return text


def replaced(text: str, pattern: str, new: str, *, every: bool, anchor: str = "") -> str:
    """Replace the first or every longest part that fits; `anchor` is `#` or `%` for the start or the end only."""
    if not anchor and not any(char in pattern for char in "*?[\\"):
        return text.replace(pattern, new, -1 if every else 1)
    out, at = [], 0
    while at <= len(text):
        ends = [end for end in range(len(text), at, -1) if matches(pattern, text[at:end])]
        ends = ends if anchor != "%" else [end for end in ends if end == len(text)]
        if ends and (at == 0 or anchor != "#"):
            out.append(new)
            at = ends[0]
            if not every:
                break
        else:
            out.append(text[at : at + 1])
            at += 1
    return "".join(out) + text[at:]
