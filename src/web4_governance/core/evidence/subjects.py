"""Who a recorded call says something about: the entities that acted in it, by the names that trust is kept under.

A name is made of words that stand in the entry in the clear. INVARIANT: a changed model, definition or server command is
another name, so that it starts with nothing. Not an identity document: that is `identity`'s, and names these.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.record.entry import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.canonical import Json

UNKNOWN = "unknown"
MAIN = "main"
OPERATOR = "operator"
ENTITIES = "role.entities"
SHARED = ("agent:", "server:")  # whose names mean the same in every ledger


class Of(Closed):
    """Whom a rule may ask about."""

    AGENT = "agent"
    SERVER = "server"
    SESSION = "session"
    SUBAGENT = "subagent"
    OPERATOR = "operator"


def agent_name(host: str, agent_type: str, model: str, definition: str = "") -> str:
    """Give the name of an agent definition with its model; `definition` is the digest of what defines it, if any does."""
    return _named("agent", (host, agent_type or MAIN, model or UNKNOWN), definition)


def server_name(name: str, source: str, command: str = "") -> str:
    """Give the name of an MCP server; `command` is the digest of what starts it, where that is known."""
    return _named("server", (name, source or UNKNOWN), command)


def policy_name(digest: str) -> str:
    """Give the name of a policy as it was in force."""
    return f"policy:{digest.removeprefix('sha256:')[:DIGITS] or UNKNOWN}"


def instances(session: str, agent_id: str) -> dict[str, str]:
    """Name those of whom there is one a session, and the operator, of whom there is one a ledger."""
    found = {str(Of.OPERATOR): OPERATOR, str(Of.SESSION): f"session:{session}"}
    return {**found, str(Of.SUBAGENT): f"subagent:{session}/{agent_id}"} if agent_id else found


def entities(body: Mapping[str, Json], *, model: str = "") -> dict[str, str]:
    """Give the entities that an intent names, by what they are; of an older intent, those that its words make."""
    entry = dict(body)
    found = instances(str(entry.get("session") or ""), str(at(entry, "role.agent_id") or ""))
    said = at(entry, ENTITIES)
    told = said if isinstance(said, dict) else {}
    kind = str(at(entry, "role.agent_type") or "")
    found[str(Of.AGENT)] = str(told.get("agent") or agent_name(str(entry.get("agent") or ""), kind, model))
    server = at(entry, "request.mcp")
    if isinstance(server, dict):
        plain = server_name(str(server.get("name") or ""), str(server.get("source") or ""))
        found[str(Of.SERVER)] = str(told.get("server") or plain)
    return found


PARTS = {
    "agent": ("host", "type", "model"),
    "server": ("name", "source"),
    "session": ("session",),
    "subagent": ("session", "agent_id"),
}


def parts_of(name: str) -> tuple[str, dict[str, str]]:
    """Give what a name is of, and the words that it is made of, the digest under `digest`; nothing of a name not made here."""
    kind, _, rest = name.partition(":")
    if kind not in PARTS:
        return "", {}
    if kind in ("session", "subagent"):  # the host's own ids, as they are
        return kind, dict(zip(PARTS[kind], [rest] if kind == "session" else rest.rsplit("/", 1), strict=False))
    words, _, digest = rest.partition("#")
    split = words.split("/")
    plain = [part.replace("%23", "#").replace("%2F", "/").replace("%25", "%") for part in split]
    found = dict(zip(PARTS[kind], plain, strict=False))
    return kind, {**found, "digest": digest} if digest else found


def _named(kind: str, parts: tuple[str, ...], digest: str) -> str:
    # A name with a slash in it must not read as another's parts.
    words = "/".join(part.replace("%", "%25").replace("/", "%2F").replace("#", "%23") for part in parts)
    return f"{kind}:{words}#{digest[:DIGITS]}" if digest else f"{kind}:{words}"


DIGITS = 32
