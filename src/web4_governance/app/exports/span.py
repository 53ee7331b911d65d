"""What an OpenTelemetry span says of a call: name, ids, times, attributes (docs/spec/cli.md T10).

Not how it is written. `execute_tool {tool}` as the GenAI semantic conventions have it, which are in development; what was
decided is in attributes of our own, `web4.*`. Ids are made from the ledger (the trace from the session, the span from the
intent's leaf), so that what is sent twice is the same span.
"""

from __future__ import annotations

from web4_governance import __version__
from web4_governance.core.digest import sha256
from web4_governance.core.event import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from web4_governance.core.record.r6 import Record

    Attribute: TypeAlias = "str | int | tuple[str, ...]"

SCHEMA = "https://opentelemetry.io/schemas/1.41.0"  # the conventions these attributes were written by
SCOPE = "web4-governance"
FAILED = frozenset({Status.FAILED, Status.DENIED, Status.INTERRUPTED})
# What a call says of its own, however alike calls are.
OWN = frozenset(("gen_ai.tool.call.id", "web4.targets", "web4.command", "web4.reasons", "web4.leaf", "web4.index"))
MOST_TRACES = 1000  # sessions whose trace is remembered
_traces: dict[str, bytes] = {}


def named(origin: str) -> dict[str, str]:
    """Give the attributes of what the spans are about: this program, and the ledger."""
    return {"service.name": SCOPE, "service.version": __version__, "web4.ledger": origin}


def name_of(record: Record) -> str:
    """Give a span's name."""
    return f"execute_tool {record.tool}"


def trace_of(session: str) -> bytes:
    """Give the id of a session's trace, 16 bytes; never zero, which is no id."""
    found = _traces.get(session)
    if found is None:
        found = sha256(b"r6/trace\0" + session.encode())[:16]
        found = found if any(found) else bytes(15) + b"\1"
        if len(_traces) >= MOST_TRACES:
            _traces.clear()
        _traces[session] = found
    return found


def span_of(record: Record) -> str:
    """Give the id of a record's span, 16 hex digits: its leaf's beginning; never zero, which is no id."""
    found = record.id[:16]
    return found if found.strip("0") else "0" * 15 + "1"


def times_of(record: Record) -> tuple[int, int]:
    """Give when a span began and ended, nanoseconds since 1970; an open call ends where it began."""
    begin = record.ts * 1000
    return begin, max(begin, record.result.ts * 1000)


def fault_of(record: Record) -> str:
    """Give what is said of a call that failed: who denied it, or the class of its error."""
    return record.result.denied_by or record.result.error_class


def attributes(record: Record) -> dict[str, Attribute]:
    """Give a span's attributes: those of the conventions, and what was decided under `web4.`."""
    rules, request, role = record.rules, record.request, record.role
    found: dict[str, Attribute | None] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": record.tool,
        "gen_ai.tool.call.id": request.call,
        "gen_ai.tool.type": "extension" if request.mcp else "function",
        "gen_ai.agent.id": role.agent_id or record.session,
        "gen_ai.agent.name": role.agent_type or role.agent,
        "gen_ai.conversation.id": record.session,
        "gen_ai.request.model": record.resource.model or role.model,
        "error.type": (record.result.error_class or record.result.denied_by) if record.status in FAILED else "",
        "web4.decision": rules.decision,
        "web4.answer": rules.answer,
        "web4.mode": rules.mode,
        "web4.policy": rules.policy,
        "web4.rules": rules.matched,
        "web4.reasons": rules.reasons,
        "web4.status": record.status,
        "web4.categories": request.categories,
        "web4.effects": record.effects,
        "web4.targets": record.targets,
        "web4.command": record.command,
        "web4.leaf": record.id,
        "web4.index": record.reference.idx,
        "web4.erased": record.erased,
    }
    return {name: item for name, item in found.items() if item or type(item) is int}
