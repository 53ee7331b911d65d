"""The section on verification: the verdict, what holds at this moment, what was found, and what is not covered."""

from __future__ import annotations

from web4_governance.app.reports.pages import Section, Table, row, told, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]


def verification(doc: Doc) -> Section:
    """Tell what verifying came to."""
    found = doc["verification"]
    if not found["verdict"]:
        lines: tuple[str, ...] = (
            "The ledger was not verified for this report (`--verify none`): nothing here speaks for it.",
        )
        return Section(id="verification", title="Verification", lines=lines)
    lines = (
        f"{told(found['verdict'])}" + (f" at {told(found['place'])}: {told(found['reason'])}" if found["place"] else ""),
        f"Read: {found['size'] - found['unread']} of {found['size']} entries; the first {found['unread']} were not read again.",
        *([f"The root over all of them is {found['root']}."] if found["root"] else []),
        f"{found['tail']} entries came after the last head that lies outside the ledger.",
        f"{found['gaps_in_all']} gaps, {found['gaps_unexplained']} of them unexplained.",
    )  # fmt: skip
    return Section(id="verification", title="Verification", lines=lines, tables=_tables(found))


def _tables(found: Doc) -> tuple[Table, ...]:
    findings = tuple(row(one["step"], one["claim"], one["place"], one["reason"]) for one in found["findings"])
    gaps = tuple(row(one["place"], one["reason"], one["explained"] or "unexplained") for one in found["gaps"])
    heads = tuple(row(one["by"], one["size"], when(one["us"]), one["where"]) for one in found["anchored"])
    open_ = tuple(row(one["place"], one["reason"]) for one in found["uncorroborated"])
    every = (
        Table(title="Steps that failed", head=("step", "claim", "place", "reason"), rows=findings),
        Table(title="Gaps", head=("place", "reason", "explained by"), rows=gaps),
        Table(title="Heads that lie outside the ledger", head=("by", "entries", "time", "where"), rows=heads),
        Table(title="Not corroborated", head=("place", "reason"), rows=open_),
        Table(title="What holds", head=("property",), rows=tuple(map(row, found["holds"]))),
        Table(title="Not covered", head=("what",), rows=tuple(map(row, found["not_covered"]))),
        Table(title="Notes", head=("note",), rows=tuple(map(row, found["notes"]))),
    )
    return tuple(table for table in every if table.rows)
