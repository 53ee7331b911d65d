"""Characters that make a text look other than it is: turned writing direction, signs without width, hidden tags.

What people write stays free: emoji that are joined, languages that are written with joiners, marks of direction in them.
"""

from __future__ import annotations

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WITHOUT_WIDTH = frozenset("\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e\u034f\u115f\u1160\u3164")
_TAGS = range(0xE0000, 0xE0080)
_FLAG = "\U0001f3f4"


def hidden(text: str) -> str:
    """Say what in a text cannot be seen as it is; empty where nothing is."""
    if text.isascii():
        return ""
    if not _TURNING.isdisjoint(text):
        return "characters that turn the direction of writing"
    if not _WITHOUT_WIDTH.isdisjoint(text) and any(_is_hidden(text, at) for at in range(len(text))):
        return "characters that cannot be seen"
    if _FLAG not in text and any(ord(char) in _TAGS for char in text):
        return "characters that cannot be seen"
    return ""


def _is_hidden(text: str, at: int) -> bool:
    """Say whether a sign without width stands next to plain letters, or next to another one."""
    if text[at] not in _WITHOUT_WIDTH:
        return False
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if after in _WITHOUT_WIDTH and after:
        return True
    return before.isascii() and after.isascii() and before + after != "" and not (before + after).isspace()


def is_lookalike(program: str) -> bool:
    """Say whether a program's bare name mixes plain letters with those of other scripts, as no name of a program does."""
    if program.isascii() or "/" in program:
        return False
    letters = [char for char in program if char.isalpha()]
    return any(char.isascii() for char in letters) and any(0x370 <= ord(char) < 0x600 for char in letters)  # noqa: PLR2004  Greek to Armenian
