"""Edits of JSON text that change nothing else: put members in, take members out, in the style that is there.

An edit is (start, end, replacement); all edits of one pass speak of the same text and do not overlap.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from web4_governance.app.hosts.json_text import Node
    from web4_governance.core.canonical import Json

    Edit = tuple[int, int, str]

DEFAULT_UNIT = "  "


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Give the text with all edits made."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def insert(text: str, into: Node, new: Mapping[str, Json] | Sequence[Json]) -> Edit:
    """Give the edit that puts members (a mapping) or items (a sequence) at the end of a container."""
    named = [(f"{json.dumps(key)}:", item) for key, item in new.items()] if hasattr(new, "items") else []
    parts = named or [("", item) for item in new]
    if into.items:
        lead = _lead(text, into)
        gap = _gap(text, into)
        at = into.items[-1].end
        return at, at, "".join("," + lead + _member(text, key, item, lead, gap) for key, item in parts)
    lead, tail = _fresh(text, into)
    gap = " " if lead else ""
    inside = ",".join(lead + _member(text, key, item, lead, gap) for key, item in parts)
    return into.start + 1, into.end - 1, inside + tail


def remove(container: Node, which: Collection[int]) -> list[Edit]:
    """Give the edits that take items out of a container, each with the comma that goes with it."""
    if len(which) == len(container.items):
        return [(container.start + 1, container.end - 1, "")] if container.items else []
    edits: list[Edit] = []
    kept_before = False
    for n, item in enumerate(container.items):
        if n not in which:
            kept_before = True
        elif kept_before:
            edits.append((container.items[n - 1].end, item.end, ""))
        else:
            edits.append((container.starts[n], container.starts[n + 1], ""))
    return edits


def render(data: Json, *, base: str, unit: str, newline: str) -> str:
    """Print a value: objects and arrays of them over several lines, arrays of words on one."""
    if not unit:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    deeper = base + unit
    if isinstance(data, dict) and data:
        parts = [
            f"{json.dumps(key)}: {render(item, base=deeper, unit=unit, newline=newline)}" for key, item in data.items()
        ]
        return "{" + newline + deeper + ("," + newline + deeper).join(parts) + newline + base + "}"
    if isinstance(data, list) and any(isinstance(item, dict | list) for item in data):
        parts = [render(item, base=deeper, unit=unit, newline=newline) for item in data]
        return "[" + newline + deeper + ("," + newline + deeper).join(parts) + newline + base + "]"
    return json.dumps(data, ensure_ascii=False)


def _member(text: str, key: str, item: Json, lead: str, gap: str) -> str:
    newline = _newline(text)
    broken = "\n" in lead
    base = lead.rpartition("\n")[2]
    printed = render(item, base=base, unit=_unit(text) if broken else "", newline=newline)
    return f"{key}{gap if key else ''}{printed}"


def _lead(text: str, container: Node) -> str:
    """Give the blanks before the last item: where the next one goes."""
    before = container.items[-2].end if len(container.items) > 1 else container.start + 1
    between = text[before : container.starts[-1]]
    return between.rpartition(",")[2] if len(container.items) > 1 else between


def _gap(text: str, container: Node) -> str:
    """Give the blanks between a name's colon and its value."""
    if container.kind != "object":
        return ""
    before = text[: container.items[-1].start]
    return before[len(before.rstrip(" \t\n\r")) :].rpartition("\n")[2]


def _fresh(text: str, container: Node) -> tuple[str, str]:
    """Give the blanks before an item of an empty container, and those before its closing bracket."""
    if "\n" not in text.strip() and text.strip() not in ("", "{}", "\ufeff{}"):
        return "", ""
    newline = _newline(text)
    base = _indent(text, container.start)
    return newline + base + _unit(text), newline + base


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    """Give one step of indentation: that of the first line that is indented."""
    for line in text.splitlines():
        blank = line[: len(line) - len(line.lstrip(" \t"))]
        if blank and blank != line:
            return blank
    return DEFAULT_UNIT
