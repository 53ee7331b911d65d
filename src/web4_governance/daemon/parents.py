"""When the processes began that clients were started by: hosts stay, and are looked up once.

A process id is given again when its process is gone. So a process is held by a descriptor that names it and no other (Linux,
pidfd_open(2)), which says when it ends; where there is none, or no room, each call looks for itself.
"""

from __future__ import annotations

import os
import select
from threading import Lock

from web4_governance.app.peer import start_of

MOST = 64


class Parents:
    """The processes that are known."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._lock = Lock()

    def start_of(self, pid: int) -> int:
        """Give a process's start time in clock ticks since boot, 0 where the system does not tell."""
        with self._lock:
            held, start = self._known.get(pid, (-1, 0))
            if held >= 0 and not _has_ended(held):
                return start
            if held >= 0:
                os.close(held)
                del self._known[pid]
            return self._learn(pid)

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            while self._known:
                os.close(self._known.popitem()[1][0])

    def _learn(self, pid: int) -> int:
        try:
            held = os.pidfd_open(pid)
        except (AttributeError, OSError, OverflowError):
            return start_of(pid)
        start = start_of(pid)
        # INVARIANT: what was read is of the process that is held, because that one still has the number.
        if not start or _has_ended(held):
            os.close(held)
            return start
        if len(self._known) >= MOST:
            os.close(self._known.pop(next(iter(self._known)))[0])
        self._known[pid] = (held, start)
        return start


def _has_ended(held: int) -> bool:
    asked = select.poll()
    asked.register(held, select.POLLIN)
    return bool(asked.poll(0))
