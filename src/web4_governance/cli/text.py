"""Text for a terminal: measured, shortened, coloured. Nothing here knows records; `safe` is app.visible's."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata

from web4_governance.app.visible import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["Paint", "pad", "safe", "shorten", "shorten_name", "shorten_path", "terminal_width", "width", "wrapped"]

NARROW = 78
WIDE = 80
ELLIPSIS = "…"
COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "dim": "2", "bold": "1"}


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


def shorten_name(text: str, columns: int) -> str:
    """Cut a safe name to at most so many columns; both ends say what it is, the middle goes."""
    if width(text) <= columns:
        return text
    begin = shorten(text, columns // 2 + 1)
    return begin + shorten_path(text, columns - width(begin) + 1)[len(ELLIPSIS) :]


def wrapped(text: str, columns: int) -> list[str]:
    """Break a safe text at its blanks into lines of at most so many columns; a longer word has a line of its own, whole."""
    line, *words = text.split(" ")
    lines = []
    for word in words:
        if width(line) + 1 + width(word) > columns:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}"
    return [*lines, line]


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
