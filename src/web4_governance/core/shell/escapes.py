"""The escapes of `$'…'`, of backquotes and of `printf` and `echo -e`, as text."""

from __future__ import annotations

_SIMPLE = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")
_HEX_LENGTHS = {"x": 2, "u": 4, "U": 8}
_NUMBERED = frozenset("xuU01234567")
_IN_NAMES = frozenset("/-_.")
MANY = 3  # one or two may be there to be exact
_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def ansi_text(inside: str, *, zero_octal: bool = False) -> str:
    """Give the text of `$'inside'`.

    Args:
        inside: The text between the quotes.
        zero_octal: An octal number may have four digits after a leading zero (`echo -e`, `printf %b`).
    """
    if "\\" not in inside:
        return inside
    out, at = [], 0
    while at < len(inside):
        if inside[at] != "\\":
            end = inside.find("\\", at)
            end = end if end >= 0 else len(inside)
            out.append(inside[at:end])
            at = end
        else:
            text, at = _escape(inside, at + 1, zero_octal=zero_octal)
            out.append(text)
    whole = "".join(out)
    return whole.partition("\0")[0]


def hides(inside: str) -> bool:
    """Say whether letters that could be written as they are were spelled in numbers: nobody needs that but to hide them."""
    if "\\" not in inside:
        return False
    at, spelled = inside.find("\\"), 0
    while at >= 0 and spelled < MANY:
        if inside[at + 1 : at + 2] in _NUMBERED:
            text, end = _escape(inside, at + 1, zero_octal=True)
            spelled += text.isascii() and (text.isalnum() or text in _IN_NAMES)
        else:
            end = at + 2
        at = inside.find("\\", end)
    return spelled >= MANY


def _escape(inside: str, at: int, *, zero_octal: bool) -> tuple[str, int]:
    char = inside[at : at + 1]
    if char in _SIMPLE:
        return _SIMPLE[char], at + 1
    if char in _HEX_LENGTHS:
        digits = _digits(inside, at + 1, _HEX_LENGTHS[char], _HEX)
        return (_character(int(digits, 16)) if digits else "\\" + char), at + 1 + len(digits)
    if char in _OCTAL and char:
        digits = _digits(inside, at, 4 if zero_octal and char == "0" else 3, _OCTAL)
        return _character(int(digits, 8) & 0xFF), at + len(digits)
    if char == "c" and at + 1 < len(inside):
        return chr(ord(inside[at + 1]) & 0x1F), at + 2
    return "\\" + char, at + 1


def _digits(inside: str, at: int, most: int, digits: frozenset[str]) -> str:
    end = at
    while end < len(inside) and end - at < most and inside[end] in digits:
        end += 1
    return inside[at:end]


def _character(number: int) -> str:
    return chr(number) if number <= _LAST and number not in _SURROGATES else "\ufffd"


def backtick_text(inside: str, *, quoted: bool) -> str:
    """Give the commands inside backquotes: one level of backslashes is taken away."""
    if "\\" not in inside:
        return inside
    out, at = [], 0
    while at < len(inside):
        after = inside[at + 1 : at + 2]
        if inside[at] == "\\" and after and (after in "$`\\" or (quoted and after == '"')):
            at += 1
        out.append(inside[at])
        at += 1
    return "".join(out)
