"""Who last changed each line of a file: runs of lines with one origin, and how changes move them.

A pure fold: what the outcomes' openings hold (`core.lineage.change`) gives the same runs again. The keys of the lines lie
beside them; they serve only to recognise lines again where a file was changed by nobody we saw.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.lineage.lines import KEY
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from web4_governance.core.lineage.align import Edit

    Run: TypeAlias = tuple[int, str]  # some lines in a row, and the word of their one origin
    Runs: TypeAlias = tuple[Run, ...]


class By(Closed):
    """Who changed a line: the closed list, each known by the one letter that it is stored as."""

    CALL = "c"  # the call whose outcome the origin names
    BEFORE = "b"  # nobody known: it was there when the file was first seen
    OUTSIDE = "o"  # nobody's call: none was open that could have
    UNPROVEN = "u"  # during a call, whose intent the origin names besides; that it was the cause is not proven


@value
class Origin:
    """Where lines come from: who, the place of the outcome that first had them, and of the call that may be the cause."""

    by: By
    idx: int
    during: int = -1

    @property
    def word(self) -> str:
        """The origin as it stands in runs: `c17`, `u20.18`."""
        return f"{self.by}{self.idx}{f'.{self.during}' if self.during >= 0 else ''}"


def origin_of(word: str) -> Origin:
    """Read an origin from its word; of one that makes no sense nobody is known."""
    by, (idx, _, during) = word[:1], word[1:].partition(".")
    if by not in {str(one) for one in By} or not idx.isdigit() or not (during.isdigit() or not during):
        return Origin(by=By.BEFORE, idx=-1)
    return Origin(by=By(by), idx=int(idx), during=int(during or -1))


def after_edits(runs: Iterable[Run], edits: Iterable[Edit], origin: Origin) -> Runs:
    """Give the runs of a file after some of its lines were replaced by lines of one origin."""
    source, word = _Source(runs), origin.word
    found: list[Run] = []
    for old, count, _new, added in edits:
        found += source.until(old)
        source.skip(count)
        if added:
            found.append((added, word))
    found += source.rest()
    return tuple(_merged(found))


def keys_after(keys: bytes, edits: Iterable[Edit], new: bytes) -> bytes:
    """Give the keys of a file's lines after edits; `new` are those of the lines that the edits brought, in order."""
    parts: list[bytes] = []
    at = taken = 0
    for old, count, _new, added in edits:
        parts += [keys[at * KEY : old * KEY], new[taken * KEY : (taken + added) * KEY]]
        at, taken = old + count, taken + added
    return b"".join((*parts, keys[at * KEY :]))


def spell(runs: Iterable[Run]) -> str:
    """Give runs as the text they are stored as: `3 c17 1 u20.18`."""
    return " ".join([f"{count} {word}" for count, word in runs])


def read(text: str) -> Runs:
    """Read runs from their text; a count that is none ends them."""
    words = text.split()
    if not all(map(str.isdigit, words[::2])):
        words = words[: next(n for n, word in enumerate(words) if n % 2 == 0 and not word.isdigit())]
    return tuple(zip(map(int, words[::2]), words[1::2], strict=False))


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    lines, held = 0, ""
    for count, word in runs:
        if word == held:
            lines += count
            continue
        if lines:
            yield lines, held
        lines, held = count, word
    if lines:
        yield lines, held


class _Source:
    """Runs that are read from their beginning, once, and may be cut anywhere."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = list(runs)
        self._next = 0
        self._at = 0

    def until(self, line: int) -> list[Run]:
        """Give what is left before a line."""
        runs, at, first = self._runs, self._at, self._next
        n = first
        while n < len(runs) and at + runs[n][0] <= line:
            at += runs[n][0]
            n += 1
        found = runs[first:n]
        if at < line and n < len(runs):  # the run across it is cut in two
            count, word = runs[n]
            found.append((line - at, word))
            runs[n] = (count - (line - at), word)
            at = line
        self._at, self._next = at, n
        return found

    def skip(self, count: int) -> None:
        self.until(self._at + count)

    def rest(self) -> list[Run]:
        return self._runs[self._next :]
