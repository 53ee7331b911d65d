"""What made one entity's trust: its newest observations, and how its bounds went, in memory that the ledger does not add to.

The ledger is folded from its first entry, as trust always is; who asks again goes on where it stopped. Not the fold.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar

from web4_governance.app.trust import Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.evidence.fold import Moved
    from web4_governance.core.trust.posterior import Posterior
    from web4_governance.storage.lookup import Lookup

T = TypeVar("T")
STEP = 4096  # entries that are folded between two words about how far it is


class Evenly(Generic[T]):
    """A stream's items at even steps, at most so many of them: the first one, the last one, and those between."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._step = 1
        self._kept: list[T] = []
        self._last: list[T] = []

    def add(self, item: T) -> None:
        """Take the next item."""
        self._last = [item]
        if self.count % self._step == 0:
            self._kept.append(item)
        self.count += 1
        if len(self._kept) > 2 * self._most:
            self._kept, self._step = self._kept[::2], 2 * self._step

    def points(self) -> list[T]:
        """Give the items, the oldest first."""
        ends_with_it = (self.count - 1) % self._step == 0
        line = self._kept if ends_with_it else self._kept + self._last
        count = min(self._most, len(line))
        return [line[round(n * (len(line) - 1) / max(1, count - 1))] for n in range(count)]


class Course:
    """The course of one entity, or of one of its roles, as far as it was followed.

    `newest` are its last observations, at most so many (None: all), `lines` the posteriors of each role and dimension at even
    steps, `places` where all of them stood: the place, and each as it was then.
    """

    def __init__(
        self, entity: str, *, newest: int | None, points: int, wanted: Callable[[str], bool] = lambda _role: True
    ) -> None:
        self.entity = entity
        self._newest, self._points, self._wanted = newest, points, wanted
        self._memory: Memory | None = None
        self._begin()

    def _begin(self) -> None:
        self.count = 0
        self.newest: deque[Moved] = deque(maxlen=self._newest)
        self.lines: dict[tuple[str, str], Evenly[Posterior]] = {}
        self.places: Evenly[tuple[int, dict[tuple[str, str], Posterior]]] = Evenly(self._points)
        self._now: dict[tuple[str, str], Posterior] = {}

    def follow(self, ledger: Lookup, *, told: Callable[[int, int, int], Any] = lambda *_: None) -> None:
        """Go on to the ledger's end; from its beginning where it is not the one that was followed.

        `told` hears how many entries were folded, the place of the last, and the ledger's size.
        """
        memory, size = self._memory, ledger.head().size
        self._memory = None  # what stops in between begins anew
        if memory is None or memory.size > size or ledger.trust.leaf(memory.size - 1) != memory.last:
            self._begin()
            memory = Memory(ledger, anew=True, listener=self._hear, of=self.entity)
        memory.table = ledger.trust
        while memory.size < size:
            memory.advance(size, at_most=STEP)
            told(memory.size, memory.size - 1, size)
        self._memory = memory

    def _hear(self, moved: Moved) -> None:
        if not self._wanted(moved.role):
            return
        key = (moved.role, str(moved.seen.dimension))
        self.count += 1
        self.newest.append(moved)
        self._now = {**self._now, key: moved.after}
        self.lines.setdefault(key, Evenly(self._points)).add(moved.after)
        self.places.add((moved.idx, self._now))
