"""The threads that judge: they take calls in the order in which they came, some at a time, and see that these are recorded.

Python runs one thread at a time. Threads that calculate beside one another only take the interpreter from one another, at every
statement to the database once, so there is a turn: who holds it judges and records, the others wait. They do not wait for
long: a call that takes its time holds up nobody, the next thread goes beside it. While a batch is being made durable nobody
calculates, and the turn is the next one's.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Lock, Thread, get_ident
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.daemon.batch import Scribe

JUDGES = 4  # threads: one call that takes long leaves the others
PATIENCE_S = 0.015  # that a thread waits for its turn, before it goes beside who has it
SLICE_S = 0.005  # in which one thread takes further calls before it records those that it has
MOST = 32


class Turn:
    """Whose turn it is to calculate."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder = 0

    def take(self) -> None:
        """Wait for the turn, a little while."""
        if self._holder != get_ident() and self._lock.acquire(timeout=PATIENCE_S):
            self._holder = get_ident()

    def give(self) -> None:
        """Let the next one have it, if it is this thread's."""
        if self._holder == get_ident():
            self._holder = 0
            self._lock.release()


class Judges:
    """The judging threads of a gate."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._turn = scribe.turn
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"web4-judge-{n}", daemon=True) for n in range(JUDGES)]
        for thread in self._threads:
            thread.start()

    def submit(self, judge: Callable[[], None]) -> None:
        """Let a call be judged: `judge` raises nothing, and gives the scribe what is to be recorded."""
        self._waiting.put(judge)

    def stop(self) -> None:
        """Judge nothing further."""
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self) -> None:
        while (judge := self._waiting.get()) is not None:
            self._turn.take()
            try:
                self._some(judge)
                self._scribe.write()
            finally:
                self._turn.give()

    def _some(self, judge: Callable[[], None]) -> None:
        """Judge a call, and those that came by then."""
        end = monotonic() + SLICE_S
        judge()
        for _ in range(MOST - 1):
            if monotonic() > end:
                return
            try:
                more = self._waiting.get_nowait()
            except Empty:
                return
            if more is None:  # for a thread that waits
                self._waiting.put(None)
                return
            more()
