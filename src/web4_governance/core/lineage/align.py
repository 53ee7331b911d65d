"""Which lines of a new version of a file are those of the old one, by patience: what stands once in both holds the rest.

Not the shortest difference: a bounded one, in n log n. What has no line that stands once in both, beyond its equal ends,
counts as replaced.
"""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    # Where in the old version (first line from 0, count) stands what is there in the new one.
    Edit: TypeAlias = tuple[int, int, int, int]
    Part: TypeAlias = tuple[int, int, int, int]  # of the old version from, to; of the new one from, to


def edits_between(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Edit, ...]:
    """Give what was replaced, in order: (first old line, how many, first new line, how many), from 0."""
    found: list[Edit] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a, b, c, d = part = _trimmed(old, new, waiting.pop())
        if a == b or c == d:
            if (a, c) != (b, d):
                found.append((a, b - a, c, d - c))
            continue
        anchors = _anchors(old, new, part)
        if not anchors:
            found.append((a, b - a, c, d - c))
            continue
        waiting += _between(anchors, part)
    return tuple(sorted(found))


def _trimmed(old: Sequence[bytes], new: Sequence[bytes], part: Part) -> Part:
    a, b, c, d = part
    while a < b and c < d and old[a] == new[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
    return a, b, c, d


def _anchors(old: Sequence[bytes], new: Sequence[bytes], part: Part) -> list[tuple[int, int]]:
    """Give the longest rising run of lines that stand exactly once in both parts."""
    a, b, c, d = part
    here, there = _once(old, a, b), _once(new, c, d)
    pairs = [(here[line], at) for line, at in sorted(there.items(), key=lambda pair: pair[1]) if line in here]
    ends: list[int] = []
    chain: list[tuple[tuple[int, int], int]] = []  # each pair with the place of the one before it, -1 for none
    tops: list[int] = []
    for pair in pairs:
        n = bisect_left(ends, pair[0])
        chain.append((pair, tops[n - 1] if n else -1))
        ends[n : n + 1] = [pair[0]]
        tops[n : n + 1] = [len(chain) - 1]
    at = tops[-1] if tops else -1
    run: list[tuple[int, int]] = []
    while at >= 0:
        pair, at = chain[at]
        run.append(pair)
    return run[::-1]


def _once(lines: Sequence[bytes], start: int, end: int) -> dict[bytes, int]:
    places: dict[bytes, int] = {}
    for n in range(start, end):
        places[lines[n]] = -1 if lines[n] in places else n
    return {line: n for line, n in places.items() if n >= 0}


def _between(anchors: list[tuple[int, int]], part: Part) -> Iterator[Part]:
    a, b, c, d = part
    for old, new in anchors:
        yield (a, old, c, new)
        a, c = old + 1, new + 1
    yield (a, b, c, d)
