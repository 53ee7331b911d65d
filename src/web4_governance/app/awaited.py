"""Waits, briefly, for the client to write down which model made a call, where judging that call turns on it (trust.md E11).

The client writes its transcript up to a hundred milliseconds late, also while a hook runs. Until then the agent is one of
unknown model, of whom nothing is known. INVARIANT: nobody waits whose judgement asks no agent's trust, nor longer than
`WAIT_S` or a quarter of the time that is left; what is not there by then is judged as the careful case.
"""

from __future__ import annotations

import os
import time

from web4_governance.agents import AGENTS
from web4_governance.app import transcripts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.gate import Seen
    from web4_governance.app.run import Prepared
    from web4_governance.core.event import Event

WAIT_S = 0.25  # the client was seen to take up to 0.12
PAUSE_S = 0.004
SHARE = 0.25  # of the time that is left before the deadline
AGENT = "agent"


class Awaited:
    """What one call waits for, from when it was looked at."""

    __slots__ = ("_adapter", "_event", "_seen", "_until")

    def __init__(self, prepared: Prepared) -> None:
        self._event = prepared.event
        self._seen = prepared.seen
        now = time.monotonic()
        self._until = now + min(WAIT_S, SHARE * (prepared.context.deadline - now))
        self._adapter = AGENTS[prepared.context.agent]

    def is_over(self) -> bool:
        """Say whether there is nothing to wait for, now or any more."""
        event, seen = self._event, self._seen
        if event is None or seen is None or seen.is_off or event.model or not event.call:
            return True
        if not any(of == AGENT for of, _role, _dimension in seen.sight.needs.trust):
            return True
        if time.monotonic() >= self._until or self._is_shown(event) or not _asks(seen):
            self._seen = None  # once over, always over
            return True
        return False

    def _is_shown(self, event: Event) -> bool:
        """Say whether the transcript has the message that made the call, or there is none that could get it."""
        # A client that keeps no transcript has none from the first call on: the prompt would stand there.
        if not os.path.isfile(event.transcript):
            return True
        tail = transcripts.tail(self._adapter.transcript_path(event.transcript, event.agent_id))
        said = self._adapter.words_before(tail, event.call)
        return said is not None and bool(said.model)


def wait(prepared: Prepared) -> None:
    """Wait in this thread until nothing is awaited."""
    awaited = Awaited(prepared)
    while not awaited.is_over():
        time.sleep(PAUSE_S)


def _asks(seen: Seen) -> bool:
    from web4_governance.core.policy.asking import asked_of  # noqa: PLC0415  # of a few calls, at a session's beginning

    sight = seen.sight
    return AGENT in asked_of(sight.loaded.policy, sight.action, sight.facts)
