"""Who acts in a call, by the names that trust is kept under: the agent definition with its model, and the MCP server.

What is not known of one (the model of a subagent that has said nothing yet) is not guessed: it is another entity then.
"""

from __future__ import annotations

from web4_governance.core.canonical import trusted
from web4_governance.core.errors import CanonicalError
from web4_governance.core.evidence.subjects import agent_name, server_name
from web4_governance.core.record.build import word
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored


def acting(pen: Pen) -> dict[str, str]:
    """Name the entities of the pen's event, by what they are."""
    event = pen.event
    found = {"agent": agent_name(event.agent, word(event.agent_type), word(pen.model() or _last_model(pen)))}
    if event.mcp is not None:
        found["server"] = server_name(word(event.mcp.name), word(event.mcp.source))
    return found


def _last_model(pen: Pen) -> str:
    """Give the model that the ledger last saw this agent speak with in its session."""
    event = pen.event
    words = _body(pen.ledger.last(event.session, str(Kind.WORDS)))
    if str(at(words, "role.agent_id") or "") == event.agent_id and at(words, "resource.model"):
        return str(at(words, "resource.model"))
    if event.agent_id:
        return ""
    return str(at(_body(pen.ledger.last(event.session, str(Kind.SESSION))), "role.model") or "")


def _body(stored: Stored | None) -> Json:
    try:
        return None if stored is None else trusted(stored.data)
    except CanonicalError:
        return None
