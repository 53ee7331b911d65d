"""Makes text visible: what a terminal or a browser could obey, or hide, is written as an escape.

INVARIANT: whatever comes out of `safe` cannot move the cursor, set a colour, change the reading direction or hide a
character: command text, paths and prompts are an agent's words, and a listing must show them, not obey them. It is not
quoting for HTML, which is a template's.
"""

from __future__ import annotations

import unicodedata

# Not printed as they are: controls, formats (bidirectional marks, zero width, tags), surrogates, private use, unassigned,
# and the separators that some terminals take for a new line.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Fillers that are letters to Unicode and blank on the screen.
_BLANK = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}
# More marks than this on one letter climb over the neighbouring lines.
_MAX_MARKS = 3


def safe(text: str) -> str:
    """Give the text with everything that a terminal could obey, or hide, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    parts: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        hidden = unicodedata.category(char) in _HIDDEN or char in _BLANK or marks > _MAX_MARKS
        parts.append(_escaped(char) if hidden else char)
    return "".join(parts)


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:  # noqa: PLR2004
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
