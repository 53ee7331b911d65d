"""A stretch of the ledger that was read apart, by another process, and what of it the whole has to know (ledger.md V13).

Only of a stretch in which nothing was found and nothing is in doubt: any other is read again in its place. It begins and
ends at entries whose places are multiples of 256, but for the ledger's end, so that its subtrees are the tree's.
"""

from __future__ import annotations

from web4_governance.core.ledger.merkle import Frontier, perfect
from web4_governance.core.ledger.tile import WIDTH
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@value
class Part:
    """What a stretch comes to.

    `blocks` are the roots over 256 entries each, `tail` the leaves that are left, `peaks` the frontier within its block at
    each size that was asked for. `asked` are the intents that outcomes of it name and that are not in it. `began` has by
    session the first entry's seq and prev, `ended` the chain's size and the last leaf.
    """

    start: int
    size: int
    blocks: tuple[bytes, ...] = ()
    tail: tuple[bytes, ...] = ()
    peaks: Mapping[int, tuple[bytes, ...]] = {}
    began: Mapping[str, tuple[int, str]] = {}
    ended: Mapping[str, tuple[int, str]] = {}
    intents: int = 0
    outcomes: int = 0
    known: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    late: Mapping[str, str] = {}
    refused: tuple[str, ...] = ()
    explained: Mapping[str, str] = {}
    strays: tuple[tuple[str, str, str, bool], ...] = ()
    witnessed: Mapping[str, tuple[str, str]] = {}
    prunes: tuple[tuple[str, object, object], ...] = ()
    signoffs: tuple[tuple[str, object, object], ...] = ()
    opened: int = 0
    commitments: int = 0


class Blocks:
    """Grows the subtrees of a stretch."""

    def __init__(self, start: int, sizes: Iterable[int]) -> None:
        self._sizes = set(sizes)
        self._start = start
        self._rest: list[bytes] = []
        self.blocks: list[bytes] = []
        self.peaks: dict[int, tuple[bytes, ...]] = {}

    def take(self, leaves: list[bytes]) -> None:
        """Take the next leaves."""
        self._rest += leaves
        while len(self._rest) >= WIDTH:
            self._note(WIDTH)
            self.blocks.append(perfect(self._rest[:WIDTH]))
            self._rest = self._rest[WIDTH:]

    def end(self) -> tuple[bytes, ...]:
        """Give the leaves that fill no block."""
        return tuple(self._rest)

    def _note(self, room: int) -> None:
        begin = self._start + len(self.blocks) * WIDTH
        for size in self._sizes.intersection(range(begin + 1, begin + room)):
            self.peaks[size] = Frontier().extend(self._rest[: size - begin]).peaks
