"""One hook call from bytes to reply: the use case that every face runs."""

from __future__ import annotations

from web4_governance.agents import AGENTS
from web4_governance.core.errors import EventError, UsageError
from web4_governance.core.event import Moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.agents.reply import Reply
    from web4_governance.app.context import Context


def run(data: bytes, context: Context) -> Reply:
    """Parse, judge or settle, record, and render the reply; every failure is an error of the project's tree."""
    adapter = AGENTS.get(context.agent)
    if adapter is None:
        message = f"no agent is called `{context.agent}`"
        raise UsageError(message, hint=f"agents are {', '.join(AGENTS)}")
    try:
        event = adapter.parse(data)
    except EventError as error:
        from web4_governance.app.gap import unreadable  # noqa: PLC0415  # each way's modules, for that way only

        unreadable(data, error, context)
        raise
    if event.moment is Moment.GATE:
        from web4_governance.app.gate import gate  # noqa: PLC0415

        return adapter.render(gate(event, data, context))
    from web4_governance.app.settle import settle  # noqa: PLC0415

    return adapter.render(settle(event, data, context))
