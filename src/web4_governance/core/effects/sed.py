"""What a sed script reads, writes and runs: the files of `r`, `R`, `w`, `W` and of the flag `w`, the commands of `e`.

Read as sed(1) reads it: commands end at `;`, at a newline, or where the rest of the line is an argument. What stands in a
regular expression, in a replacement, in an inserted text or behind a label is none of it. A script that cannot be followed
says nothing more: what a shell leaves open in it is a part like any other.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

MAX_SCRIPT = 20_000
BLANK = " \t"
ENDS = " \t;}\n"
READS, WRITES = names("r R"), names("w W")
TEXTS = names("a i c")  # a text to the end of the line
LABELS = names(": b t T")
NUMBERS = "0123456789,~+$! \t"
STREAMS = names("/dev/stdin /dev/stdout /dev/stderr")


@value
class Touched:
    """What one command of a script does, and the file or command that it names; empty where the input is the command."""

    effect: Effect
    text: str


def touched(script: str) -> Iterator[Touched]:
    """Give what a script reads, writes and runs besides its input."""
    if len(script) > MAX_SCRIPT:
        yield Touched(effect=Effect.CODE_RUN, text="")
        return
    at = 0
    while at < len(script):
        at = _addressed(script, at)
        verb = script[at : at + 1]
        line = _line(script, at + 1)
        argument = script[at + 1 : line].strip()
        if verb in READS or verb in WRITES:
            if argument and argument not in STREAMS:
                yield Touched(effect=Effect.FILE_READ if verb in READS else Effect.FILE_WRITE, text=argument)
            at = line
        elif verb == "e":
            yield Touched(effect=Effect.CODE_RUN, text=argument)
            at = line
        elif verb in TEXTS:
            at = _text(script, at + 1)
        elif verb in LABELS:
            at = _label(script, at + 1)
        elif verb == "s":
            at = yield from _substituted(script, at + 1)
        elif verb == "y":
            at = _delimited(script, at + 1, regex=False)
        else:
            at += 1


def _addressed(script: str, at: int) -> int:
    """Skip what stands before a command: blanks, brackets, numbers and regular expressions."""
    while at < len(script):
        sign = script[at]
        if sign == "/":
            at = _closing(script, at + 1, "/")
            while script[at : at + 1] in ("I", "M"):
                at += 1
        elif sign == "\\" and at + 1 < len(script):
            at = _closing(script, at + 2, script[at + 1])
        elif sign in NUMBERS or sign in "{};\n":
            at += 1
        elif sign == "#":
            at = _line(script, at)
        else:
            break
    return at


def _substituted(script: str, at: int) -> Generator[Touched, None, int]:
    """Read `/regex/replacement/flags`."""
    at = _delimited(script, at, regex=True)
    while at < len(script) and script[at] not in ENDS:
        if script[at] == "w":
            end = _line(script, at)
            name = script[at + 1 : end].strip()
            if name and name not in STREAMS:
                yield Touched(effect=Effect.FILE_WRITE, text=name)
            return end
        if script[at] == "e":
            yield Touched(effect=Effect.CODE_RUN, text="")
        at += 1
    return at


def _delimited(script: str, at: int, *, regex: bool) -> int:
    """Skip two parts that end in the sign which stands first."""
    sign = script[at : at + 1]
    at = _closing(script, at + 1, sign, regex=regex)
    return _closing(script, at, sign, regex=False)


def _closing(script: str, at: int, sign: str, *, regex: bool = True) -> int:
    """Give the place behind the next sign that is not escaped and, of a regular expression, stands in no brackets."""
    while at < len(script):
        char = script[at]
        if char == sign:
            return at + 1
        at = _bracketed(script, at) if regex and char == "[" else at + 1 + (char == "\\")
    return at


def _bracketed(script: str, at: int) -> int:
    """Give the place behind a bracket expression (`[^]/[:alpha:]]`); behind its first sign where it does not close."""
    place = at + 1
    place += script[place : place + 1] == "^"
    place += script[place : place + 1] == "]"
    while (end := script.find("]", place)) >= 0:
        inner = script.find("[:", place, end)
        if inner < 0:
            return end + 1
        place = end + 1
    return at + 1


def _text(script: str, at: int) -> int:
    """Skip a text: to the end of a line that no backslash continues."""
    end = _line(script, at)
    while end < len(script) and script[at:end].endswith("\\"):
        at, end = end + 1, _line(script, end + 1)
    return end


def _label(script: str, at: int) -> int:
    while at < len(script) and script[at] not in ";}\n":
        at += 1
    return at


def _line(script: str, at: int) -> int:
    end = script.find("\n", at)
    return len(script) if end < 0 else end
