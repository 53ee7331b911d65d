"""Brace expansion: `{a,b}`, `{1..3}`, `{a..e..2}`, nested, as text before any other expansion.

Works on a word's raw source and skips quotes and expansions in it. Not bounded by the shell, so bounded here: `expand`
gives None for more than `MOST` words, and the caller then knows nothing of the word.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.shell.lexer import word_spans

MOST = 256
_MOST_BRACES = 64


def expand(raw: str) -> list[str] | None:
    """Give the words that a word's raw source stands for, or None if there are too many."""
    if "{" not in raw:
        return [raw]
    if _count(raw) > _MOST_BRACES:
        return None
    words = _expanded(raw)
    return words if len(words) <= MOST else None


def _count(raw: str) -> int:
    """Count the braces outside of quotes and expansions."""
    spans, at, count = word_spans(raw), 0, 0
    while at < len(raw):
        count += raw[at] == "{"
        at = spans.part(at)
    return count


def _expanded(raw: str) -> list[str]:
    spans, at = word_spans(raw), 0
    while at < len(raw):
        if raw[at] != "{":
            at = spans.part(at)
            continue
        end, commas = _matched(raw, at)
        items = _items(raw, at, end, commas)
        if items:
            before, rest = raw[:at], _expanded(raw[end + 1 :])
            return [before + item + after for item in items[: MOST + 1] for after in rest][: MOST + 1]
        at += 1
    return [raw]


def _matched(raw: str, at: int) -> tuple[int, list[int]]:
    """Give the place of the brace that closes the one at `at` (-1 if none), and of the commas between."""
    spans, depth = word_spans(raw), 0
    commas: list[int] = []
    while at < len(raw):
        char = raw[at]
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return at, commas
        if char == "," and depth == 1:
            commas.append(at)
        at = spans.part(at)
    return -1, []


def _items(raw: str, at: int, end: int, commas: list[int]) -> list[str]:
    """Give what the braces from `at` to `end` stand for; nothing if they are plain text."""
    if end < 0:
        return []
    if not commas:
        return _sequence(raw[at + 1 : end])
    places = [at, *commas, end]
    items: list[str] = []
    for a, b in pairwise(places):
        items += _expanded(raw[a + 1 : b])
    return items


def _sequence(inside: str) -> list[str]:
    parts = inside.split("..")
    if len(parts) not in (2, 3) or not all(parts):
        return []
    step = abs(_number(parts[2]) or 1) if len(parts) == 3 else 1  # noqa: PLR2004  {x..y..step}
    first, last = _number(parts[0]), _number(parts[1])
    if first is not None and last is not None:
        width = max(len(part) for part in parts[:2]) if any(_padded(part) for part in parts[:2]) else 0
        return [str(n).zfill(width) for n in _range(first, last, step)]
    if len(parts[0]) == len(parts[1]) == 1 and (parts[0] + parts[1]).isascii() and (parts[0] + parts[1]).isalpha():
        return [chr(n) for n in _range(ord(parts[0]), ord(parts[1]), step)]
    return []


def _range(first: int, last: int, step: int) -> list[int]:
    span = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return list(span[: MOST + 1])


def _number(text: str) -> int | None:
    digits = text.removeprefix("-").removeprefix("+")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None  # noqa: PLR2004


def _padded(text: str) -> bool:
    digits = text.lstrip("-")
    return len(digits) > 1 and digits[0] == "0"
