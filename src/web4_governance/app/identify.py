"""Who acts in a call, by the names that trust is kept under: the agent definition with its model, and the MCP server.

What is not known of one (the model of a subagent that has said nothing yet) is not guessed: it is another entity then.
"""

from __future__ import annotations

from web4_governance.app.scope import projects_of
from web4_governance.core.errors import CanonicalError
from web4_governance.core.evidence.subjects import MODEL_CHANGED, agent_name, entities, server_name
from web4_governance.core.record.build import word
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record


RECENT = 8  # entries of a kind that are looked through


def acting(pen: Pen) -> dict[str, str]:
    """Name the entities of the pen's event, by what they are."""
    event = pen.event
    model = word(pen.model() or _last_model(pen))
    found = {"agent": agent_name(event.agent, word(event.agent_type), model, _definition(pen))}
    if event.mcp is not None:
        found["server"] = server_name(word(event.mcp.name), word(event.mcp.source), _command(pen, event.mcp.name))
    return found


def acted(one: Record) -> dict[str, str]:
    """Name the entities of a recorded call, by what they are; the model where it was known only later."""
    role: dict[str, Json] = {"agent_id": one.role.agent_id, "agent_type": one.role.agent_type}
    if one.role.entities is not None:
        role["entities"] = one.role.entities
    request: dict[str, Json] = {"mcp": one.request.mcp} if one.request.mcp is not None else {}
    body: dict[str, Json] = {"agent": one.role.agent, "session": one.session, "role": role, "request": request}
    return entities(body, model=one.resource.model)


def _definition(pen: Pen) -> str:
    """Give the digest of what defines a subagent; the main agent is the client itself, which no file defines."""
    if not pen.event.agent_type:
        return ""
    from web4_governance.app import definitions  # noqa: PLC0415  # most calls are the main agent's

    return definitions.of_agent(pen.event.agent_type, **_places(pen))


def _command(pen: Pen, server: str) -> str:
    from web4_governance.app import definitions  # noqa: PLC0415  # most calls are of no server

    return definitions.of_server(server, **_places(pen), home=pen.context.home)


def _places(pen: Pen) -> dict[str, Any]:
    context = pen.context
    projects = projects_of(pen.event.cwd, context.project_hint, user_home=context.user_home)
    return {"projects": projects, "user_home": context.user_home, "config_dir": context.config_dir}


def _last_model(pen: Pen) -> str:
    """Give the model that the ledger last saw this agent speak with in its session, unless the person changed it since."""
    event, ledger = pen.event, pen.ledger
    said = [(one.idx, _body(one)) for one in ledger.recent(event.session, str(Kind.WORDS), RECENT)]
    mine = [
        (idx, at(body, "resource.model"))
        for idx, body in said
        if str(at(body, "role.agent_id") or "") == event.agent_id
    ]
    found = [(idx, str(model)) for idx, model in mine if model]
    if not event.agent_id:
        session = ledger.last(event.session, str(Kind.SESSION))
        started = at(_body(session), "role.model")
        found += [(session.idx, str(started))] if session is not None and started else []
        for one in ledger.recent(event.session, str(Kind.EVENT), RECENT):
            found = [pair for pair in found if pair[0] > one.idx or at(_body(one), "event") != MODEL_CHANGED]
    return max(found)[1] if found else ""


def _body(stored: Stored | None) -> Json:
    try:
        return None if stored is None else stored.body()
    except CanonicalError:
        return None
