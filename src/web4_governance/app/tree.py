"""A session as a tree: prompts, under each the agent's words and calls, under a call its files and the subagent it made.

Who made a subagent is said by the host's own note on it, or by the result of the call that made it; one of whom nobody
says anything stands under the prompt, marked so.
"""

from __future__ import annotations

from web4_governance.app import rows, times
from web4_governance.app.query import read
from web4_governance.core.record.entry import Kind, at
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.r6 import Record

    Node = dict[str, Any]


def tree_of(ledger: Ledger, session: str, records: list[Record]) -> Node:
    """Give the session as nested nodes; each has `node` (what it is), its own fields, and `children`."""
    roots = _roots(ledger, session)
    agents: dict[str, Node] = {}
    calls: dict[str, Node] = {}
    makers = {record.result.child_agent: record.request.call for record in records if record.result.child_agent}
    for record in records:
        node = _call_node(record)
        above = _root_before(roots, record.reference.idx)
        if record.role.agent_id:
            if record.role.agent_id not in agents:
                agents[record.role.agent_id] = _agent_node(record)
                maker = rows.parent_call(record) or makers.get(record.role.agent_id, "")
                agents[record.role.agent_id]["made_by"] = maker
                # INVARIANT: it hangs under what hangs already. A note that names one of its own calls hides nothing.
                (calls.get(maker) or above)["children"].append(agents[record.role.agent_id])
            above = agents[record.role.agent_id]
        above["children"].append(node)
        if record.request.call:
            calls[record.request.call] = node
    return {"node": "session", "session": session, "children": roots}


def records_of(ledger: Ledger, session: str) -> list[Record]:
    """Give all calls of a session."""
    return list(ledger.query(Filters(session=session)))


def with_words(nodes: Iterable[Node]) -> list[Node]:
    """Give the nodes with the agent's words before the first call that they speak of: one message may make several."""
    shown: list[Node] = []
    said = None
    for node in nodes:
        if node.get("words") and node["words"] != said:
            said = node["words"]
            shown.append({"node": "words", "text": said})
        shown.append(node)
    return shown


def _roots(ledger: Ledger, session: str) -> list[Node]:
    """Give the moments of the session itself, in order: its start, its prompts, its end."""
    found: list[Node] = []
    for kind in (Kind.SESSION, Kind.PROMPT):
        for stored in ledger.reader.entries_of(session, kind=str(kind)):
            entry = read(ledger.reader, stored)
            opened = entry.open if entry is not None else {}
            text = opened.get("request.text")
            found.append(
                {
                    "node": str(kind),
                    "idx": stored.idx,
                    "time": times.iso(stored.ts),
                    "detail": str(at(stored.body(), "detail") or ""),
                    "text": text if isinstance(text, str) else None,
                    "children": [],
                }
            )
    return sorted(found, key=lambda node: int(node["idx"]))


def _root_before(roots: list[Node], idx: int) -> Node:
    """Give the prompt or moment that a call stands under; a call before all of them gets one of its own."""
    above = [root for root in roots if root["idx"] < idx]
    if above:
        return above[-1]
    roots.insert(0, {"node": "unprompted", "idx": -1, "time": "", "detail": "", "text": None, "children": []})
    return roots[0]


def _call_node(record: Record) -> Node:
    row = rows.call(record)
    kept = (
        "idx",
        "id",
        "time",
        "who",
        "tool",
        "call",
        "what",
        "decision",
        "rules",
        "status",
        "denied_by",
        "duration_us",
        "words",
        "files",
    )
    server = (record.request.mcp or {}).get("name", "")
    return {"node": "call", **{name: row[name] for name in kept}, "server": server, "children": []}


def _agent_node(record: Record) -> Node:
    return {"node": "agent", "agent_id": record.role.agent_id, "agent_type": record.role.agent_type, "children": []}
