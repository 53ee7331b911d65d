"""Text for a terminal: made safe, measured, shortened, coloured. Nothing here knows records.

INVARIANT: whatever comes out of `safe` cannot move the cursor, set a colour, change the reading direction or hide a
character: command text, paths and prompts are an agent's words, and a listing must show them, not obey them.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

NARROW = 78
WIDE = 80
ELLIPSIS = "…"
COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "dim": "2", "bold": "1"}

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


def width(text: str) -> int:
    """Give the columns that a safe text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def shorten(text: str, columns: int) -> str:
    """Cut a safe text to at most so many columns, with `…` where something is missing at the end."""
    if width(text) <= columns:
        return text
    kept = ""
    used = 1
    for char in text:
        used += _columns(char)
        if used > columns:
            break
        kept += char
    return kept + ELLIPSIS if columns > 0 else ""


def shorten_path(text: str, columns: int) -> str:
    """Cut a safe path to at most so many columns; the end says more than the beginning."""
    if width(text) <= columns:
        return text
    return shorten(text[::-1], columns)[::-1]


def pad(text: str, columns: int) -> str:
    """Fill a safe text with spaces up to so many columns."""
    return text + " " * max(0, columns - width(text))


def terminal_width() -> int:
    """Give the columns to write in: `COLUMNS`, else the terminal's, else 80."""
    return max(NARROW, shutil.get_terminal_size((WIDE, 24)).columns)


class Paint:
    """Colours text, or does not: only on a terminal, and never under `NO_COLOR` (no-color.org) or a dumb terminal.

    `shown` says that whoever reads the output shows colours although it is no terminal.
    """

    def __init__(self, stream: TextIO | None = None, *, shown: bool = False) -> None:
        self.on = shown or _colour_wanted(sys.stdout if stream is None else stream)

    def __call__(self, text: str, colour: str) -> str:
        """Give the text in a colour."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.on and colour else text


def _colour_wanted(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "") == "dumb":
        return False
    return stream.isatty()


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:  # noqa: PLR2004
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
