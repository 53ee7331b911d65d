"""Globs over text, small and linear: `*` and `?`, `*` crossing `/`. For the catalog's path rows and for shell globs.

Not the policy's globs, which know more and answer more. No regular expressions: this is on the hook's path.
"""

from __future__ import annotations

GLOB = "*?["
_ANY = frozenset("*?.")
MOST_KNOWN = 8192
_known: dict[str, tuple[str, ...]] = {}  # patterns as cut at their stars


def is_everything(part: str) -> bool:
    """Say whether a shell glob for one name may stand for every name there (`*`, `.*`, `.[!.]*`, `[a-z]*`)."""
    return "*" in part and _ANY.issuperset(without_brackets(part))


def without_brackets(pattern: str) -> str:
    """Give a shell glob with each `[...]` as `?`."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        close = pattern.find("]", at + 2) if pattern[at] == "[" else -1
        if close > 0:
            parts.append("?")
            at = close + 1
        else:
            parts.append(pattern[at])
            at += 1
    return "".join(parts)


def matches(pattern: str, text: str) -> bool:
    """Say whether `text` as a whole is one that `pattern` stands for."""
    pieces = _known.get(pattern)
    if pieces is None:
        pieces = _kept(pattern)
    head, tail = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == head or ("?" in head and len(head) == len(text) and _stands(head, text, 0))
    if head and head[0] != "?" and text[:1] != head[0]:
        return False
    at, end = len(head), len(text) - len(tail)
    if end < at or not _stands(head, text, 0) or not _stands(tail, text, end):
        return False
    for piece in pieces[1:-1]:
        at = _first(piece, text, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _kept(pattern: str) -> tuple[str, ...]:
    """Cut a pattern at its stars, once."""
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    pieces = _known[pattern] = tuple(pattern.split("*"))
    return pieces


def _stands(piece: str, text: str, at: int) -> bool:
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(sign in ("?", text[at + n]) for n, sign in enumerate(piece))


def _first(piece: str, text: str, at: int, end: int) -> int:
    if "?" not in piece:
        return text.find(piece, at, end)
    head = piece.partition("?")[0]
    last = end - len(piece) + len(head)
    found = text.find(head, at, last) if last >= at else -1  # a negative place would count from the end
    while found >= 0 and not _stands(piece, text, found):
        found = text.find(head, found + 1, last)
    return found


def meets(one: str, other: str) -> bool:
    """Say whether some text is one that both globs stand for."""
    if not _heads_meet(one, other) or not _heads_meet(one[::-1], other[::-1]):
        return False
    states = _closed({(0, 0)}, one, other)
    seen = set(states)
    while states:
        if (len(one), len(other)) in states:
            return True
        states = _closed({step for state in states for step in _steps(state, one, other)}, one, other) - seen
        seen |= states
    return False


def _heads_meet(one: str, other: str) -> bool:
    """Say whether what both begin with, up to the first sign, is the same: settles most pairs without a walk."""
    for left, right in zip(one, other, strict=False):
        if left in "*?" or right in "*?":
            return True
        if left != right:
            return False
    return True


def _closed(states: set[tuple[int, int]], one: str, other: str) -> set[tuple[int, int]]:
    """Add the states that are reached by letting a `*` stand for nothing."""
    todo = list(states)
    while todo:
        a, b = todo.pop()
        for step in ((a + 1, b), (a, b + 1)):
            letter = one[a : a + 1] if step[0] > a else other[b : b + 1]
            if letter == "*" and step not in states:
                states.add(step)
                todo.append(step)
    return states


def _steps(state: tuple[int, int], one: str, other: str) -> tuple[tuple[int, int], ...]:
    """Give the states after one more letter that both sides take."""
    a, b = state
    left, right = one[a : a + 1], other[b : b + 1]
    if not left or not right:
        return ()
    if left == "*":
        return () if right == "*" else ((a, b + 1),)
    if right == "*":
        return ((a + 1, b),)
    return ((a + 1, b + 1),) if left == right or "?" in (left, right) else ()
