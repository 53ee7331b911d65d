"""Questions that may take long: asked once, answered beside the pages, and kept until others push them out.

A page waits a moment for an answer; after that it says that the work goes on, and the next look finds it, however much the
ledger has grown meanwhile: what took long is shown once as of the size it was asked at. What is kept is bounded, and so is
how much is done at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

PATIENCE_S = 0.7
MOST_KEPT = 24
MOST_WAITING = 6
AT_ONCE = 2


@value
class Answer:
    """What came of a question: `done` and what it gave, or for how many seconds it has been worked on.

    `size` is the ledger's as it was asked; `older` says that the ledger has grown since.
    """

    done: bool
    seconds: float
    size: int
    older: bool
    given: Any = None


class _Asked:
    """A question that was asked: of which size of the ledger, when, and whether its answer was given to anybody."""

    def __init__(self, future: Future[Any], size: int) -> None:
        self.future = future
        self.size = size
        self.begin = time.monotonic()
        self.shown = False

    def stands(self, size: int) -> bool:
        """Say whether it is still the question; one of an older ledger is until somebody has seen its answer."""
        return self.size == size or not self.shown


class Work:
    """Asks each question once, by its key and the ledger's size."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="web4-console")
        self._asked: OrderedDict[Hashable, _Asked] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key: Hashable, make: Callable[[], Any], *, size: int) -> Answer:
        """Give what `make` gives if it is there within a moment; what it raises is raised, and not kept."""
        with self._lock:
            found = self._asked.get(key)
            if found is None or not found.stands(size):
                found = self._begin(key, make, size)
            self._asked.move_to_end(key)
        wait([found.future], timeout=PATIENCE_S)
        seconds, older = time.monotonic() - found.begin, found.size != size
        if not found.future.done():
            return Answer(done=False, seconds=seconds, size=found.size, older=older)
        found.shown = True
        if found.future.exception() is not None:
            with self._lock:
                self._asked.pop(key, None)
        return Answer(done=True, seconds=seconds, size=found.size, older=older, given=found.future.result())

    def known(self, key: Hashable, *, size: int) -> Answer | None:
        """Give what came of a question that was asked before; None where it was not."""
        with self._lock:
            found = self._asked.get(key)
        return None if found is None or not found.stands(size) else self.ask(key, found.future.result, size=size)

    def _begin(self, key: Hashable, make: Callable[[], Any], size: int) -> _Asked:
        over = [one for one, asked in self._asked.items() if asked.future.done()]
        for one in over[: max(0, len(self._asked) - MOST_KEPT + 1)]:
            del self._asked[one]
        # Those who wait longest give way: whoever asked has gone on to another page.
        for one, asked in [*self._asked.items()][: max(0, len(self._asked) - len(over) - MOST_WAITING)]:
            if asked.future.cancel():
                del self._asked[one]
        found = _Asked(self._pool.submit(make), size)
        self._asked[key] = found
        return found
