"""Finds the place of a mistake in a JSON text: a strict parser that keeps where everything stands.

Read only once something is wrong: the way without mistakes goes through the C scanner. Not a second opinion on values:
it answers where a path lies, and says of broken syntax what was expected (RFC 8259).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.policy.read import Path

MAX_DEPTH = 64
_BLANK = " \t\r\n"
_ESCAPES = '"\\/bfnrtu'
_WORDS = ("true", "false", "null")
_OPENING = {"{": "object", "[": "list"}


class Broken(Exception):
    """Broken syntax at a character."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Give the line and column, both from 1, of a character."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def places(text: str) -> tuple[dict[Path, int], dict[Path, int]]:
    """Give where each value stands, and where each object's key does; Broken says where the syntax fails."""
    reading = _Reading(text)
    end = reading.value(reading.blank(0), ())
    end = reading.blank(end)
    if end < len(text):
        message = "more text after the end of the policy"
        raise Broken(message, end)
    return reading.values, reading.keys


class _Reading:
    def __init__(self, text: str) -> None:
        self.text = text
        self.values: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}

    def blank(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _BLANK:
            at += 1
        return at

    def value(self, at: int, path: Path) -> int:
        self.values[path] = at
        if len(path) > MAX_DEPTH:
            message = "nested too deeply"
            raise Broken(message, at)
        character = self.text[at : at + 1]
        if character == "{":
            return self._object(at + 1, path)
        if character == "[":
            return self._list(at + 1, path)
        if character == '"':
            return self._string(at)
        return self._plain(at)

    def _object(self, at: int, path: Path) -> int:
        at = self.blank(at)
        if self.text[at : at + 1] == "}":
            return at + 1
        while True:
            if self.text[at : at + 1] != '"':
                message = "a key in double quotes is expected"
                raise Broken(message, at)
            end = self._string(at)
            key = self._unescaped(at, end)
            if (*path, key) in self.keys:
                message = f"the key `{key}` is given twice"
                raise Broken(message, at)
            self.keys[(*path, key)] = at
            at = self._expect(self.blank(end), ":", "a colon is expected after the key")
            at, closed = self._next(self.value(at, (*path, key)), "}")
            if closed:
                return at

    def _list(self, at: int, path: Path) -> int:
        at = self.blank(at)
        if self.text[at : at + 1] == "]":
            return at + 1
        n = 0
        while True:
            at, closed = self._next(self.value(at, (*path, n)), "]")
            if closed:
                return at
            n += 1

    def _next(self, at: int, close: str) -> tuple[int, bool]:
        at = self.blank(at)
        if self.text[at : at + 1] == close:
            return at + 1, True
        after = self._expect(at, ",", f"a comma or `{close}` is expected")
        if self.text[after : after + 1] == close:
            message = f"a comma before `{close}` is one too many"
            raise Broken(message, at)
        return after, False

    def _expect(self, at: int, sign: str, message: str) -> int:
        if self.text[at : at + 1] != sign:
            raise Broken(message if at < len(self.text) else "the text ends too early", at)
        return self.blank(at + 1)

    def _string(self, at: int) -> int:
        start = at
        at += 1
        while at < len(self.text):
            character = self.text[at]
            if character == '"':
                return at + 1
            if character < " ":
                message = "a control character stands in a string" if character != "\n" else "a string is not closed"
                raise Broken(message, at if character != "\n" else start)
            at += self._escape(at) if character == "\\" else 1
        message = "a string is not closed"
        raise Broken(message, start)

    def _escape(self, at: int) -> int:
        kind = self.text[at + 1 : at + 2]
        if not kind or kind not in _ESCAPES:
            message = f"`\\{kind}` is no escape"
            raise Broken(message, at)
        if kind != "u":
            return 2
        digits = self.text[at + 2 : at + 6]
        if len(digits) < 4 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):  # noqa: PLR2004
            message = "four hex digits are expected after `\\u`"
            raise Broken(message, at)
        return 6

    def _unescaped(self, start: int, end: int) -> str:
        raw = self.text[start + 1 : end - 1]
        if "\\" not in raw:
            return raw
        from _json import scanstring  # noqa: PLC0415  CPython's, as in core.canonical

        return str(scanstring(self.text, start + 1)[0])

    def _plain(self, at: int) -> int:
        for word in _WORDS:
            if self.text.startswith(word, at):
                return at + len(word)
        end = at
        while end < len(self.text) and self.text[end] in "+-0123456789.eE":
            end += 1
        number = self.text[at:end]
        if not number:
            message = _expected(self.text[at : at + 1])
            raise Broken(message, at)
        if not _is_number(number):
            message = f"`{number[:40]}` is no number"
            raise Broken(message, at)
        return end


def _expected(character: str) -> str:
    if not character:
        return "the text ends where a value is expected"
    if character == "'":
        return "text stands in double quotes, not in single ones"
    if character in "/#":
        return "a value is expected: JSON has no comments"
    return f"a value is expected, not `{character}`"


def _is_number(text: str) -> bool:
    body = text.removeprefix("-")
    whole = body.partition("e" if "e" in body else "E")[0].partition(".")[0]
    if not whole.isdigit() or (len(whole) > 1 and whole[0] == "0") or body[:1] == "+":
        return False
    try:
        float(text)
    except ValueError:
        return False
    return not text.endswith(".") and ".e" not in text.lower()
