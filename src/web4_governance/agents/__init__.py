"""The hosts that are known, by the name that `web4 hook` and `web4 init` take. A dict, not a discovery."""

from __future__ import annotations

from web4_governance.agents import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from web4_governance.agents.reply import Answer, Reply
    from web4_governance.agents.transcript import Parent, Words
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

        def ending_in(self, tail: bytes, call: str, /) -> Ending | None:
            """Say how a call ended of which only the transcript tells; None where it does not."""
            ...

        def permission_of(self, tail: bytes, call: str, /) -> tuple[str, str]:
            """Give who let a call through by the transcript, and why; empty texts where it does not say."""
            ...

        def words_before(self, tail: bytes, call: str, /) -> Words | None:
            """Give what the agent said just before a call; None where the transcript does not have it (yet)."""
            ...

        def last_words(self, tail: bytes, /) -> Words | None:
            """Give what the agent said last; None where the transcript does not have it (yet)."""
            ...

        def cost_of(self, tail: bytes, /) -> int:
            """Give the session's cost in micro-dollars by the transcript; -1 where it does not say."""
            ...

        def transcript_path(self, transcript: str, agent_id: str, /) -> str:
            """Give where the transcript with an agent's own calls lies; empty where there can be none."""
            ...

        def parent_path(self, transcript: str, agent_id: str, /) -> str:
            """Give where the host writes down a subagent's origin; empty where there can be none."""
            ...

        def parent_of(self, data: bytes, /) -> Parent | None:
            """Read a subagent's origin; None where it is not readable."""
            ...


AGENTS: dict[str, Adapter] = {claude_code.NAME: claude_code}
