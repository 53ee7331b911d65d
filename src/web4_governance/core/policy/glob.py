"""Globs as policies, the command line and the Python API read them (docs/spec/policy.md G1-G2, G7).

`*` (and `**`, which is the same) stands for any run of characters, `/` included; `?` for one character; `[a-z]` and
`[!a-z]` for one character in or out of a set. Case matters, nothing else is special. Not the shell's globs, which stop at
`/`, and not `fnmatch`, which goes through a backtracking regex: a pattern is cut at its stars, and each piece is found
once, so the time is bounded by pattern times text whatever they are.
"""

from __future__ import annotations

from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.overlap import DEEP, overlaps, shell_parts
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Piece: TypeAlias = "str | tuple[Unit, ...]"
    Unit: TypeAlias = "str | OneOf | None"

MAX_PATTERN = 4096
# Stands in a text for what cannot be known (a shell glob): no pattern but a star takes it.
UNKNOWN = "\0"
META = "*?["
ROOTS = "/~"


@value
class OneOf:
    """A bracket: one character in (or out of) some ranges."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def takes(self, character: str) -> bool:
        """Say whether the bracket stands for this character."""
        if character == UNKNOWN:
            return False
        return self.negated is not any(low <= character <= high for low, high in self.ranges)


@value
class Glob:
    """A parsed pattern: the pieces between its stars. A piece without `?` and brackets is plain text."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def longest(self) -> str:
        """The longest plain piece, which every text that the pattern stands for holds; empty where there is none."""
        return max((piece for piece in self.pieces if isinstance(piece, str)), key=len, default="")

    @property
    def beginning(self) -> str:
        """What every text begins with that the pattern stands for; empty where that is not fixed."""
        first = self.pieces[0]
        return first if isinstance(first, str) else ""

    @property
    def ending(self) -> str:
        """What every text ends with that the pattern stands for; empty where that is not fixed."""
        last = self.pieces[-1]
        return last if isinstance(last, str) else ""

    def matches(self, text: str) -> bool:
        """Say whether the pattern stands for the whole of `text`."""
        first, last = self.pieces[0], self.pieces[-1]
        if type(first) is str and not text.startswith(first):
            return False
        if type(last) is str and not text.endswith(last):
            return False
        if len(self.pieces) == 1:
            return len(text) == len(first) and _fits(first, text, 0)
        end = len(text) - len(last)
        at = len(first)
        if end < at or not _fits(first, text, 0) or not _fits(last, text, end):
            return False
        for piece in self.pieces[1:-1]:
            at = _find(piece, text, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    def reaches(self, directory: str) -> bool:
        """Say whether some path below a directory is one that this pattern stands for; the careful answer where unsure."""
        return overlaps(self.pieces, [*shell_parts(directory.rstrip("/") + "/"), DEEP])

    def overlaps(self, shell: str | ShellGlob) -> bool:
        """Say whether some path that the shell could make of the glob `shell` is one this pattern stands for.

        `**` is read as a search for files reads it: any directories, or none.
        """
        other = ShellGlob(shell) if isinstance(shell, str) else shell
        if other.relative and self.text[0] in ROOTS:
            return False
        if _apart(self.pieces[0], other.head) or _apart(self.pieces[-1][::-1], other.tail):
            return False
        return overlaps(self.pieces, other.parts)


class ShellGlob:
    """A shell's glob made ready to be held against many patterns: its parts, and its fixed ends (the last one reversed)."""

    __slots__ = ("head", "parts", "relative", "tail")

    def __init__(self, text: str) -> None:
        self.head = _head(text)
        self.tail = _head(text[::-1])
        self.parts = shell_parts(text)
        self.relative = text[:1] in META  # nothing that the shell finds from where it stands begins with a root's sign


def compile_glob(pattern: str) -> Glob:
    """Parse a pattern; PolicyError says what is wrong with it."""
    if not pattern:
        message = "an empty glob matches nothing"
        raise PolicyError(message, hint="write `*` for everything")
    if len(pattern) > MAX_PATTERN:
        message = f"a glob of {len(pattern)} characters is over {MAX_PATTERN}"
        raise PolicyError(message)
    if UNKNOWN in pattern:
        message = "a glob cannot hold a NUL character"
        raise PolicyError(message)
    plain = "?" not in pattern and "[" not in pattern
    pieces: list[Piece] = [*pattern.split("*")] if plain else [_piece(run) for run in _runs(pattern)]
    inner = [piece for piece in pieces[1:-1] if piece]
    return Glob(text=pattern, pieces=tuple([pieces[0], *inner, pieces[-1]] if len(pieces) > 1 else pieces))


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern stands for the whole of a text; PolicyError where the pattern is none."""
    return compile_glob(pattern).matches(text)


def is_glob(text: str) -> bool:
    """Say whether a text holds a character that globs give a meaning."""
    return any(character in text for character in META)


def blurred(shell: str) -> str:
    """Give a path with each part that the shell would expand replaced by what only a star takes."""
    return "".join(part if len(part) == 1 and part not in META else UNKNOWN for part in shell_parts(shell))


def _runs(pattern: str) -> list[list[Unit]]:
    """Cut the units of a pattern at its stars."""
    runs: list[list[Unit]] = [[]]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            runs.append([])
        elif character == "?":
            runs[-1].append(None)
        elif character == "[":
            bracket, at = _bracket(pattern, at)
            runs[-1].append(bracket)
        else:
            runs[-1].append(character)
    return runs


def _piece(run: list[Unit]) -> Piece:
    if all(isinstance(unit, str) for unit in run):
        return "".join(unit for unit in run if isinstance(unit, str))
    return tuple(run)


def _bracket(pattern: str, at: int) -> tuple[OneOf, int]:
    negated = pattern[at : at + 1] == "!"
    at += negated
    # As everywhere, a `]` in the first place is one of the set.
    close = pattern.find("]", at + 1)
    if close < 0:
        message = f"`[` is not closed in the glob `{pattern}`"
        raise PolicyError(message, hint="write `[[]` for the character itself")
    inside = pattern[at:close]
    ranges: list[tuple[str, str]] = []
    here = 0
    while here < len(inside):
        if inside[here + 1 : here + 2] == "-" and here + 2 < len(inside):
            ranges.append((inside[here], inside[here + 2]))
            here += 3
        else:
            ranges.append((inside[here], inside[here]))
            here += 1
    wrong = next((pair for pair in ranges if pair[0] > pair[1]), None)
    if wrong:
        message = f"the range `{wrong[0]}-{wrong[1]}` runs backwards in the glob `{pattern}`"
        raise PolicyError(message)
    return OneOf(ranges=tuple(ranges), negated=negated), close + 1


def _takes(unit: Unit, character: str) -> bool:
    if unit is None:
        return character != UNKNOWN
    return unit == character if isinstance(unit, str) else unit.takes(character)


def _fits(piece: Piece, text: str, at: int) -> bool:
    if isinstance(piece, str):
        return text.startswith(piece, at)
    return all(_takes(unit, text[at + n]) for n, unit in enumerate(piece))


def _find(piece: Piece, text: str, at: int, end: int) -> int:
    if isinstance(piece, str):
        return text.find(piece, at, end)
    return next((n for n in range(at, end - len(piece) + 1) if _fits(piece, text, n)), -1)


def _head(shell: str) -> str:
    """Give what stands in front of the first character of a shell's glob that may mean something else."""
    for sign in "*?[]":
        shell = shell.partition(sign)[0]
    return shell


def _apart(piece: Piece, head: str) -> bool:
    """Say whether two fixed beginnings differ: settles most pairs without a walk."""
    most = min(len(piece), len(head))
    return isinstance(piece, str) and piece[:most] != head[:most]
