"""Whether a policy's glob and a shell's glob have a path in common: both are walked at once, all places as bits of one number.

Bit `i` of a set of places stands for "the first `i` units of the pattern are used up". A star of the pattern is a place
that any character leaves where it is; a run of the shell's lets every place go on as far as the pattern's units take its
characters, which is one addition (its carries run along the ones). So the time is that of the shell's glob, times the
words of the pattern's number. Not a matcher of texts: that is glob.py.

The shell's part stands for more rather than less: `**` crosses `/` and takes names that begin with a dot, as a search
for files does, whether or not the shell at hand was told to; the other parts take neither.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    class Bracket(Protocol):
        """One character in or out of a set."""

        def takes(self, character: str) -> bool:
            """Say whether the bracket stands for this character."""

    Unit: TypeAlias = "str | Bracket | None"

# What the shell expands, beside plain characters: one character, a run of them within a name (each also as the beginning
# of a name, which leaves a leading dot alone), any run, and directories down to none (`**/`).
ONE, RUN, FIRST, FIRST_RUN, DEEP, DIRECTORIES = "?", "*", "^?", "^*", "**", "**/"
MOST_KEPT = 4096
_kept: dict[tuple[object, ...], Places] = {}


class Places:
    """A pattern made ready: which of its units take which characters, and where it has a star."""

    __slots__ = ("_by_character", "_odd", "end", "inside", "leading", "stars", "units")

    def __init__(self, pieces: tuple[tuple[Unit, ...] | str, ...]) -> None:
        units: list[Unit] = []
        self.stars = 0
        for n, piece in enumerate(pieces):
            if n:
                self.stars |= 1 << len(units)
            units.extend(piece)
        self._by_character: dict[str, int] = {}
        self._odd: list[tuple[int, Unit]] = []
        for n, unit in enumerate(units):
            if isinstance(unit, str):
                self._by_character[unit] = self._by_character.get(unit, 0) | 1 << n
            else:
                self._odd.append((1 << n, unit))
        self.end = 1 << len(units)
        self.units = self.end - 1
        self.inside = self.units & ~self._by_character.get("/", 0)  # what takes some character of a name
        self.leading = self.inside & ~self._by_character.get(".", 0)  # and some that a name may begin with

    def takes(self, character: str) -> int:
        """Give the units that stand for a character."""
        found = self._by_character.get(character, 0)
        for bit, unit in self._odd:
            if unit is None or (not isinstance(unit, str) and unit.takes(character)):
                found |= bit
        return found

    def step(self, places: int, takers: int) -> int:
        """Give where one character leads that these units take."""
        return (places & takers) << 1 | places & self.stars


def overlaps(pieces: tuple[tuple[Unit, ...] | str, ...], shell: list[str]) -> bool:
    """Say whether some text is one for both: a pattern cut at its stars, and the shell's parts (of `shell_parts`)."""
    pattern = _places(pieces)
    places = 1
    for part in shell:
        places = _after(pattern, places, part)
        if not places:
            return False
    return bool(places & pattern.end)


def shell_parts(shell: str) -> list[str]:
    """Cut a shell's glob: characters, and what it expands."""
    parts: list[str] = []
    at = 0
    while at < len(shell):
        character = shell[at]
        leading = not at or shell[at - 1] == "/"
        at += 1
        if character == "*":
            single = shell[at : at + 1] != "*"
            while shell[at : at + 1] == "*":
                at += 1
            if single:
                parts.append(FIRST_RUN if leading else RUN)
            elif leading and shell[at : at + 1] == "/":
                at += 1
                parts.append(DIRECTORIES)
            else:
                parts.append(DEEP)
        elif character == "?" or (character == "[" and shell.find("]", at + 1) > 0):
            at = shell.find("]", at + 1) + 1 if character == "[" else at
            parts.append(FIRST if leading else ONE)
        else:
            parts.append(character)
    return parts


def _places(pieces: tuple[tuple[Unit, ...] | str, ...]) -> Places:
    found = _kept.get(pieces)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[pieces] = Places(pieces)
    return found


def _after(pattern: Places, places: int, part: str) -> int:
    if part == RUN:
        return _along(places, pattern.inside)
    if part == FIRST_RUN:
        return places | _along(pattern.step(places, pattern.leading), pattern.inside)
    if part == ONE:
        return pattern.step(places, pattern.inside)
    if part == FIRST:
        return pattern.step(places, pattern.leading)
    if part == DEEP:
        return _along(places, pattern.units)
    if part == DIRECTORIES:
        return places | pattern.step(_along(places, pattern.units), pattern.takes("/"))
    return pattern.step(places, pattern.takes(part))


def _along(places: int, takers: int) -> int:
    """Give where any number of characters leads that these units take: each place goes on to the end of its run of ones.

    A star keeps its place, which is in `places` already.
    """
    begun = places & takers
    return places | begun | (begun + takers) ^ takers
