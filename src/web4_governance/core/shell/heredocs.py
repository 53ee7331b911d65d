"""Heredocs: the delimiter's quotes, and where a body ends.

The delimiter is taken literally, nothing in it is expanded; in a body that is expanded, a backslash at the end of a line joins
it with the next before it is compared, as bash does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Form:
    """How a heredoc was opened: its delimiter, `<<-`, whether lines are joined, whether it is inside `$(…)`."""

    __slots__ = ("delimiter", "inside", "joining", "strip")

    def __init__(self, delimiter: str, *, strip: bool, joining: bool, inside: bool) -> None:
        self.delimiter = delimiter
        self.strip = strip
        self.joining = joining
        self.inside = inside


def unquoted(raw: str) -> str:
    """Take the quotes off a delimiter."""
    out, at, quote = [], 0, ""
    while at < len(raw):
        char = raw[at]
        if char == "\\" and quote != "'":
            out.append(raw[at + 1 : at + 2])
            at += 1
        elif char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote = char
        else:
            out.append(char)
        at += 1
    return "".join(out)


def body_end(text: str, at: int, form: Form) -> tuple[int, int]:
    """Give where the body that starts at `at` ends, and where reading goes on; both at the end if nothing closes it."""
    joining = form.joining and text.find("\\\n", at) >= 0
    if not (joining or form.strip or form.inside):
        return _plain_end(text, at, form.delimiter)
    for begin, after, line in _lines(text, at, joining=joining):
        content = line.lstrip("\t") if form.strip else line
        if content == form.delimiter:
            return begin, after
        if form.inside and content.startswith(form.delimiter + ")"):  # bash takes `EOF)` for the end
            return begin, text.index(form.delimiter, begin) + len(form.delimiter)
    return len(text), len(text)


def _plain_end(text: str, at: int, delimiter: str) -> tuple[int, int]:
    """Look for a line that is the delimiter, where lines are what they are."""
    begin = at
    while (begin := text.find(delimiter, begin)) >= 0:
        after = begin + len(delimiter)
        if (begin == at or text[begin - 1] == "\n") and text[after : after + 1] in ("", "\n"):
            return begin, min(after + 1, len(text))
        begin += 1
    return len(text), len(text)


def body(text: str, *, strip: bool, joining: bool) -> str:
    """Give the text of a body: tabs stripped, lines joined, as it was opened."""
    if not (joining and "\\\n" in text) and not strip:
        return text
    lines = [line.lstrip("\t") if strip else line for _, _, line in _lines(text, 0, joining=joining)]
    return "".join(line + "\n" for line in lines) if text.endswith("\n") else "\n".join(lines)


def _lines(text: str, at: int, *, joining: bool) -> Iterator[tuple[int, int, str]]:
    """Give each line with where it begins and where the next begins; continued lines are one if `joining`."""
    while at < len(text):
        begin, pieces = at, []
        while True:
            end = text.find("\n", at)
            end = end if end >= 0 else len(text)
            piece, at = text[at:end], min(end + 1, len(text))
            if not joining or at >= len(text) or not _continues(piece):
                break
            pieces.append(piece[:-1])
        yield begin, at, "".join((*pieces, piece))


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1
