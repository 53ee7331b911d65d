"""The threads that judge: they take calls in the order in which they came, some at a time, and see that these are recorded.

Python runs one thread at a time. Threads that calculate beside one another only take the interpreter from one another, at every
statement to the database once, so there is a turn: who holds it judges and records, the others wait. They do not wait for
long: a call that takes its time holds up nobody, the next thread goes beside it. While a batch is being made durable nobody
calculates, and the turn is the next one's.
"""

from __future__ import annotations

from collections import deque
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
    """The judging threads of a gate.

    One is woken for a call, and no other before that one has its turn: what comes by then is mostly taken by whoever is
    judging already. The one that rested last is woken first.
    """

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._turn = scribe.turn
        self._waiting: deque[Callable[[], None]] = deque()
        self._resting: list[Lock] = []
        self._roused = self._over = False
        self._guard = Lock()  # of the three above; held for moments, and by nobody that waits
        self._threads = [Thread(target=self._work, name=f"web4-judge-{n}", daemon=True) for n in range(JUDGES)]
        for thread in self._threads:
            thread.start()

    def submit(self, judge: Callable[[], None]) -> None:
        """Let a call be judged: `judge` raises nothing, and gives the scribe what is to be recorded."""
        self._waiting.append(judge)
        self._rouse()

    def stop(self) -> None:
        """Judge what was submitted, and nothing further."""
        with self._guard:
            self._over = True
            resting, self._resting = self._resting, []
        for bed in resting:
            bed.release()

    def _rouse(self) -> None:
        """Wake a thread for what waits, unless one is on its way already."""
        with self._guard:
            if self._roused or not self._waiting or not self._resting:
                return
            self._roused = True
            bed = self._resting.pop()
        bed.release()

    def _work(self) -> None:
        bed = Lock()
        bed.acquire()  # whoever wakes this thread releases it
        while self._rest(bed):
            self._turn.take()
            try:
                with self._guard:
                    self._roused = False
                judge = self._next()
                # INVARIANT: what waits while all are at work is found by whoever comes back first; while one rests, a thread
                # is on its way to it, or has its turn.
                self._rouse()
                if judge is not None:
                    self._some(judge)
                    self._scribe.write()
            finally:
                self._turn.give()

    def _rest(self, bed: Lock) -> bool:
        """Wait for a call; False when there will be none."""
        with self._guard:
            if self._over:
                return bool(self._waiting)
            self._resting.append(bed)
        self._rouse()
        bed.acquire()  # as above
        return True

    def _next(self) -> Callable[[], None] | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _some(self, judge: Callable[[], None]) -> None:
        """Judge a call, and those that came by then."""
        end = monotonic() + SLICE_S
        judge()
        for _ in range(MOST - 1):
            more = self._next() if monotonic() <= end else None
            if more is None:
                return
            more()
