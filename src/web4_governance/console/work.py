"""Questions that may take long: asked once, answered beside the pages, and kept until others push them out.

A page waits a moment for an answer; after that it says that the work goes on, and the next look finds it. What is kept is
bounded, and so is how much is done at once.
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
    """What came of a question: `done` and what it gave, or for how many seconds it has been worked on."""

    done: bool
    seconds: float
    given: Any = None


class Work:
    """Asks each question once, by its key."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="web4-console")
        self._asked: OrderedDict[Hashable, tuple[Future[Any], float]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key: Hashable, make: Callable[[], Any]) -> Answer:
        """Give what `make` gives if it is there within a moment; what it raises is raised, and not kept."""
        with self._lock:
            found = self._asked.get(key) or self._begin(key, make)
            self._asked.move_to_end(key)
        future, begin = found
        wait([future], timeout=PATIENCE_S)
        seconds = time.monotonic() - begin
        if not future.done():
            return Answer(done=False, seconds=seconds)
        if future.exception() is not None:
            with self._lock:
                self._asked.pop(key, None)
        return Answer(done=True, seconds=seconds, given=future.result())

    def known(self, key: Hashable) -> Answer | None:
        """Give what came of a question that was asked before; None where it was not."""
        with self._lock:
            found = self._asked.get(key)
        return None if found is None else self.ask(key, found[0].result)

    def _begin(self, key: Hashable, make: Callable[[], Any]) -> tuple[Future[Any], float]:
        over = [one for one, (future, _) in self._asked.items() if future.done()]
        for one in over[: max(0, len(self._asked) - MOST_KEPT + 1)]:
            del self._asked[one]
        # Those who wait longest give way: whoever asked has gone on to another page.
        for one, (future, _) in [*self._asked.items()][: max(0, len(self._asked) - len(over) - MOST_WAITING)]:
            if future.cancel():
                del self._asked[one]
        found = (self._pool.submit(make), time.monotonic())
        self._asked[key] = found
        return found
