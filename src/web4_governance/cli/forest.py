"""Prints a session's tree (app.tree) for people."""

from __future__ import annotations

from web4_governance.app import rows
from web4_governance.app.tree import records_of, tree_of, with_words
from web4_governance.cli.text import Paint, safe, shorten, shorten_path, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.r6 import Record

    Node = dict[str, Any]

COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow"}


def print_tree(ledger: Ledger, session: str) -> None:
    """Print a session's tree for people."""
    records = records_of(ledger, session)
    print(Paint()(f"session {safe(session)}", "bold"))
    _print_nodes(tree_of(ledger, session, records)["children"], "", {record.id: record for record in records})


def _print_nodes(nodes: Iterable[Node], indent: str, records: dict[str, Record]) -> None:
    listed = with_words(nodes)
    for n, node in enumerate(listed):
        last = n == len(listed) - 1
        start = f"{indent}{'└─' if last else '├─'} "
        print(_line(node, start, records))
        below = [{"node": "file", "file": one, "call": node["id"]} for one in node.get("files", ())]
        _print_nodes([*below, *node.get("children", ())], indent + ("   " if last else "│  "), records)


def _line(node: Node, start: str, records: dict[str, Record]) -> str:
    room = terminal_width() - len(start)
    match node["node"]:
        case "prompt":
            said = "(not kept)" if node["text"] is None else f"“{safe(node['text'])}”"
            return start + shorten(f"prompt {said}", room)
        case "agent":
            unknown = "" if node["made_by"] else " (nobody says who made it)"
            return start + shorten(f"agent {safe(node['agent_type'])} {safe(node['agent_id'])}{unknown}", room)
        case "words":
            return start + shorten(f"said “{safe(node['text'])}”", room)
        case "file":
            return start + _change(node["file"], records[node["call"]], room)
        case "call":
            return start + _call_line(records[node["id"]], room)
        case other:
            return start + " ".join(word for word in (other, node["detail"], node["time"][11:19]) if word)


def _call_line(record: Record, room: int) -> str:
    decision = record.decision
    end = "  " + (rows.ending(record) if decision == "allow" else f"{decision} · {rows.ending(record)}")
    text = f"#{record.reference.idx} {safe(rows.tool_near(record))} {safe(rows.what_near(record))}"
    return shorten(text, max(10, room - len(end))) + Paint()(end, COLOURS.get(decision, "dim"))


def _change(one: Mapping[str, Any], record: Record, columns: int) -> str:
    """Say what became of a file, with its path inside the project, and a mark where the call is not proven to have done it."""
    mark = "?" if one.get("how") == "seen" else ""
    start = f"{mark}{rows.change_word(one)} "
    path = safe(rows.near(str(one.get("path")), record.request.project))
    return start + shorten_path(path, max(10, columns - len(start)))
