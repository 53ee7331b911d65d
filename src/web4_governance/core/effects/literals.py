"""The literal texts that stand in a piece of code, in order, as they would be if they were put one behind the other.

For the question what code may have put into a file (authored.py). Quotes, escapes and here-documents are read as the languages
have them in common; parts that are put in are a gap. It follows no value: which of the texts is written where is not told.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 400
LONGEST_GAP = 200  # between two texts that are joined by a sign
QUOTES = "'\"`"
HASHES = names("python ruby perl php r julia")  # languages in which `#` begins a comment
SLASHES = names("javascript php")
JOINS = ("+", ".", "..", "<<", "\\")
PREFIXES = "rRbBuUfF"
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": "", "e": "\x1b"}
NUMBERS = {"x": 2, "u": 4, "U": 8}
# What opens a text of its own in Perl and Ruby: `q{…}`, `%q(…)`.
OPENERS = {"q{": "}", "q(": ")", "q[": "]", "qq{": "}", "qq(": ")", "qq[": "]"}


@value
class Literal:
    """One literal: what it comes to, whether a part of it is put in, and where it ends in the code."""

    text: str
    whole: bool
    start: int
    end: int


def texts(code: str, language: str, left_out: frozenset[str]) -> list[str]:
    """Give the texts of a piece of code: what signs join is one; `left_out` are those that are something else."""
    found: list[str] = []
    words: list[str] = []  # single words with commas between them: a command, were they joined by blanks
    end = -1
    for literal in _literals(code, language):
        between = code[end : literal.start].strip() if found and end >= 0 else None
        end = literal.end
        if literal.text in left_out:
            end = -1
            continue
        if between is not None and (between in JOINS or (not between and language != "perl")):
            found[-1] += literal.text
        elif between is not None and _put_in(between):
            found[-1] += UNKNOWN_PART + literal.text
        else:
            words = [*words, literal.text] if between == "," else _flushed(words, found, literal.text)
            found.append(literal.text)
    _flushed(words, found, "")
    return found


def _flushed(words: list[str], found: list[str], text: str) -> list[str]:
    if len(words) > 1 and any(word.strip() and " " not in word for word in words):
        found.append(" ".join(words))
    return [text]


def _put_in(between: str) -> bool:
    """`'a' + name + 'b'`."""
    return (
        0 < len(between) < LONGEST_GAP
        and (between[0], between[-1]) in (("+", "+"), (".", "."))
        and "\n" not in between
        and "=" not in between
    )


def _literals(code: str, language: str) -> Iterator[Literal]:
    at = count = 0
    while at < len(code) and count < MOST:
        char = code[at]
        comment = "#" if language in HASHES else "//" if language in SLASHES else "\0"
        if code.startswith(comment, at):
            at = _to(code, at, "\n")
            continue
        found = _quoted(code, at, language) if char in QUOTES else _opened(code, at, language)
        if found is None:
            at += 1
            continue
        count += 1
        yield found
        at = found.end


def _opened(code: str, at: int, language: str) -> Literal | None:
    """Read `q{…}` of Perl, `%q(…)` of Ruby, and a here-document: `<<~END`."""
    if language not in ("perl", "ruby", "php"):
        return None
    for opener, closer in OPENERS.items() if code[at] == "q" and not code[at - 1 : at].isalnum() else ():
        if code.startswith(opener, at):
            start = at + len(opener)
            end = _to(code, start, closer)
            return Literal(text=code[start:end], whole=True, start=at, end=end + 1)
    if code.startswith("<<", at):
        head, _, rest = code[at + 2 :].partition("\n")
        name = head.lstrip("<~- \"'").partition(";")[0].strip("\"' ),.")
        if name.isidentifier():
            lines = rest.split("\n")
            body: list[str] = []
            for line in lines:
                if line.strip().rstrip(";)") == name:
                    text = "\n".join(body)
                    return Literal(text=text, whole=True, start=at, end=at + 2 + len(head) + 1 + len(text))
                body.append(line)
    return None


def _quoted(code: str, at: int, language: str) -> Literal | None:
    quote = code[at]
    opening = quote * 3 if code.startswith(quote * 3, at) and language in ("python", "julia") else quote
    start = at + len(opening)
    end = start
    while end < len(code) and not code.startswith(opening, end):
        end += 1 + (code[end] == "\\")
    if end >= len(code):
        return None
    text = code[start:end]
    prefix = code[max(at - 2, 0) : at]
    raw = language == "python" and prefix[-1:] in ("r", "R")
    if not raw and not (quote == "'" and language in ("perl", "php", "ruby") and "\\'" not in text):
        text = unescaped(text)
    filled = (language == "python" and any(char in "fF" for char in prefix if char in PREFIXES) and "{" in text) or (
        quote != "'" and ("${" in text or "#{" in text)
    )
    if filled:
        text = _gapped(text)
    return Literal(text=text, whole=not filled, start=at, end=end + len(opening))


def _gapped(text: str) -> str:
    """Put a sign in the place of what is put in between braces."""
    parts = text.replace("${", "{").replace("#{", "{").split("{")
    return parts[0] + "".join(UNKNOWN_PART + part.partition("}")[2] for part in parts[1:])


def unescaped(text: str) -> str:
    """Give a text with its escapes read: signs, and letters by their number."""
    if "\\" not in text:
        return text
    parts: list[str] = []
    at = 0
    while at < len(text):
        cut = text.find("\\", at)
        if cut < 0 or cut + 1 >= len(text):
            break
        sign = text[cut + 1]
        parts.append(text[at:cut])
        at = cut + 2
        width = NUMBERS.get(sign, 0)
        digits = text[at : at + width]
        if width and len(digits) == width and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            number = int(digits, 16)
            parts.append(chr(number) if number < 0x110000 else "")  # noqa: PLR2004  Unicode's end
            at += width
        else:
            parts.append(ESCAPES.get(sign, sign))
    return "".join([*parts, text[at:]])


def _to(code: str, at: int, sign: str) -> int:
    end = code.find(sign, at)
    return len(code) if end < 0 else end
