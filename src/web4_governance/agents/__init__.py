"""The hosts that are known, by the name that `web4 hook` and `web4 init` take. A dict, not a discovery."""

from __future__ import annotations

from web4_governance.agents import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from web4_governance.agents.reply import Answer, Reply
    from web4_governance.core.event import BatchCall, Ending, Event

    class Adapter(Protocol):
        """What a host's module gives: bytes to events, answers to bytes, and what a batch tells of a call."""

        NAME: str

        def parse(self, data: bytes, /) -> Event:
            """Read one event; EventError where it cannot be read at all."""
            ...

        def render(self, answer: Answer, /) -> Reply:
            """Put an answer into the host's own words."""
            ...

        def ending_of_batch_call(self, call: BatchCall, /) -> Ending:
            """Say how a call ended of which only the batch tells."""
            ...


AGENTS: dict[str, Adapter] = {claude_code.NAME: claude_code}
