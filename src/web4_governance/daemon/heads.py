"""Signs heads over what a resident gate recorded, in its own thread, and lets them be handed over (docs/spec/ledger.md K5).

Off the way of a call: who records tells what there is and goes on. A head is signed when one is due, after a session's turn or
end, and for each call that may run only under one. The handing over, which waits for others' servers, is a detached
`web4 anchor`, one at a time. A home without keys gets nothing of it.
"""

from __future__ import annotations

import os
from threading import Condition, Thread
from time import monotonic

from web4_governance.app import commit, signing
from web4_governance.app.cadence import EVERY_ENTRIES, EVERY_US
from web4_governance.app.detach import start_anchor
from web4_governance.app.settings import settings
from web4_governance.app.sign_head import due, sign_in
from web4_governance.core.errors import LedgerBusy, NotCommitted, Web4Error
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.daemon.batch import Scribe
    from web4_governance.storage.lookup import SignedHead
    from web4_governance.storage.writer import Writer

AGAIN_S = 60.0  # after a head that could not be signed
APART_S = 5.0  # between two handings over that nobody waits for
LOOK_S = 0.02  # while somebody waits
WAIT_S = 5.0


@value
class Waiting:
    """A call that may run only under a head over so many entries; `done` is told None then, or why it may not."""

    size: int
    until: float
    done: Callable[[Exception | None], None]


class Heads:
    """The signing thread of a gate; it begins with the first entry of a home that has keys."""

    def __init__(self, home: str, scribe: Scribe, clock: Callable[[], int]) -> None:
        self._home, self._scribe, self._clock = home, scribe, clock
        self._changed = Condition()
        self._thread: Thread | None = None
        self._stirred = self._ends = self._urgent = self._hurry = self._owed = self._turn = False
        self._size = 0
        self._last: SignedHead | None = None
        self._waiting: list[Waiting] = []
        self._courier = 0
        self._not_before = self._courier_after = 0.0

    def recorded(self, size: int, *, ended: bool) -> None:
        """Take note of what is durable: `size` entries (0: unknown); `ended` after a session's turn or end."""
        if not signing.present(self._home):
            return
        with self._changed:
            idle = self._size <= self._covered()
            self._size = max(size, self._size + (not size))
            self._urgent, self._turn = self._urgent or ended, self._turn or ended
            if idle or ended or self._size - self._covered() >= EVERY_ENTRIES:
                self._stir()

    def before(self, size: int, until: float, done: Callable[[Exception | None], None]) -> None:
        """Tell `done` when a head over `size` entries is signed, and held as the log policy asks."""
        if not signing.present(self._home):
            done(
                NotCommitted(
                    "a rule asks for a signed head before this call, and the home has no keys", hint=commit.MAKE
                )
            )
            return
        with self._changed:
            self._size = max(size, self._size)
            self._waiting.append(Waiting(size=size, until=until, done=done))
            self._stir()

    def stop(self, wait: float) -> None:
        """Sign what no head covers, let it be handed over, and end."""
        with self._changed:
            self._ends = self._urgent = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(wait)

    def _stir(self) -> None:
        self._stirred = True
        if self._thread is None and not self._ends:
            self._thread = Thread(target=self._work, name="web4-heads", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _work(self) -> None:
        signing.warm()
        ends = False
        while not ends:
            with self._changed:
                self._changed.wait_for(lambda: self._stirred or self._ends, self._pause())
                self._stirred, ends = False, self._ends
                waiting, self._waiting = self._waiting, []
                wanted, self._urgent = self._urgent or bool(waiting), False
            why = self._sign(wanted=wanted)
            self._carry(now=wanted)
            left = [one for one in waiting if not self._answered(one, why)]
            with self._changed:
                self._waiting = left + self._waiting

    def _pause(self) -> float | None:
        """How long nothing has to be looked at, in seconds; None is until something is recorded."""
        if self._waiting:
            return LOOK_S
        pauses = []
        if self._size > self._covered():
            age = self._clock() - (self._last.ts if self._last else 0)
            pauses.append(max(min(EVERY_US - age, EVERY_US) / 1e6, self._not_before - monotonic(), LOOK_S))
        if self._owed or self._courier:
            pauses.append(LOOK_S * 5 if self._courier else max(self._courier_after - monotonic(), LOOK_S))
        return min(pauses, default=None)

    def _covered(self) -> int:
        return self._last.size if self._last else 0

    def _sign(self, *, wanted: bool) -> Exception | None:
        """Sign a head if one is due, or wanted; give why it could not be."""
        now = self._clock()
        uncovered = self._size > self._covered()
        if not uncovered or not (
            wanted or (due(self._size, self._last, now_us=now) and monotonic() > self._not_before)
        ):
            return None
        made: list[SignedHead | None] = []
        asked = self._size

        def work(ledger: Writer) -> None:
            made.append(sign_in(ledger, self._home, now_us=now))

        try:
            self._scribe.with_ledger(work, WAIT_S)
        except Exception as error:  # noqa: BLE001  # a head that is missing holds up nobody but who waits for it
            self._not_before = monotonic() + AGAIN_S
            return error
        self._last, self._owed = made[0], True
        with self._changed:
            self._size = self._covered() if self._size == asked else max(self._size, self._covered())
        return None

    def _carry(self, *, now: bool) -> None:
        """Let the last head be handed over, where there is an anchor, by one process at a time.

        After a session's turn or end also where there is none: that process makes the documents of who acted (identity.md L6).
        """
        self._hurry = self._hurry or now
        if self._courier and not _is_over(self._courier):
            return
        self._courier = 0
        if self._owed and (self._hurry or monotonic() > self._courier_after):
            turn, self._turn = self._turn, False
            self._owed = self._hurry = False
            self._courier_after = monotonic() + APART_S
            self._courier = start_anchor(self._home) if turn or _has_anchors(self._home) else 0

    def _answered(self, one: Waiting, why: Exception | None) -> bool:
        """Tell a call what became of its head; False where that is not known yet."""
        try:
            lacking = commit.missing(self._home, one.size)
        except Web4Error as error:
            one.done(error)
            return True
        if not lacking:
            one.done(None)
        elif why is not None:
            one.done(_as_error(why))
        elif monotonic() > one.until:
            one.done(LedgerBusy("no head in time"))  # who asked has time left to wait
        else:
            return False
        return True


def _as_error(why: Exception) -> Web4Error:
    if isinstance(why, Web4Error):
        return why
    return NotCommitted(f"no head could be signed ({type(why).__name__}: {why})", hint=commit.SEE)


def _has_anchors(home: str) -> bool:
    try:
        return bool(settings(home).anchors)
    except Web4Error:  # `web4 status` names it
        return False


def _is_over(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True
