"""Who a recorded call says something about: the entities that acted in it, by the names that trust is kept under.

A name is made of words that stand in the entry in the clear. INVARIANT: a changed model, definition or server command is
another name, so that it starts with nothing. Not an identity document: that is `identity`'s, and names these.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.record.entry import part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

UNKNOWN = "unknown"
_UNKNOWN_MODEL = f"/{UNKNOWN}"
MAIN = "main"
OPERATOR = "operator"
MODEL_CHANGED = "PostModelSwitch"  # the event after which the main agent is another
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


def entities(body: dict[str, Json], *, model: str = "") -> dict[str, str]:
    """Give the entities that an intent names, by what they are; of an older intent, those that its words make."""
    role = part(body, "role")
    found = instances(str(body.get("session") or ""), str(role.get("agent_id") or ""))
    said = role.get("entities")
    told = said if isinstance(said, dict) else {}
    agent = told.get("agent")
    if not agent:
        agent = agent_name(str(body.get("agent") or ""), str(role.get("agent_type") or ""), model)
    found[str(Of.AGENT)] = of_model(str(agent), model)
    server = part(body, "request").get("mcp")
    if isinstance(server, dict):
        plain = server_name(str(server.get("name") or ""), str(server.get("source") or ""))
        found[str(Of.SERVER)] = str(told.get("server") or plain)
    return found


def is_of_no_known_model(agent: str) -> bool:
    """Say whether an agent's name was made before it was known which model acts."""
    return agent.partition("#")[0].endswith(_UNKNOWN_MODEL)


def of_model(agent: str, model: str) -> str:
    """Give the name of an agent of which only now the model is known; any other name as it is."""
    if not model or not is_of_no_known_model(agent):
        return agent
    words, apart, digest = agent.partition("#")
    return f"{words.removesuffix(_UNKNOWN_MODEL)}/{_escaped(model)}{apart}{digest}"


def is_one_agent(known: str, agent: str) -> bool:
    """Say whether two names are of one agent, as far as their models are known."""
    if known == agent:
        return True
    if not is_of_no_known_model(agent):
        known, agent = agent, known
    model = parts_of(known)[1].get("model", "")
    return is_of_no_known_model(agent) and of_model(agent, model) == known


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
    words = "/".join(map(_escaped, parts))
    return f"{kind}:{words}#{digest[:DIGITS]}" if digest else f"{kind}:{words}"


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F").replace("#", "%23")


DIGITS = 32
