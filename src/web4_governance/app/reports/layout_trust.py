"""The section on trust: bounds as they stand, and how they went."""

from __future__ import annotations

from web4_governance.app.reports.pages import Course, Section, Table, cut, row, told
from web4_governance.core.trust.tensor import Dimension

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]

SOURCES = {
    "folded": "The courses are folded from the whole ledger up to the end of the period.",
    "consulted": "The courses are the bounds that rules read at the time, as on record; `--trust all` folds the whole ledger.",
    "left out": "Trust is folded from one whole ledger: of a selection, or of several bundles together, none is told.",
}

LEFT_OUT = (
    "How trust stands is left out: its rows are {} entries behind. `web4 trust --renew` or `--trust all` folds them."
)


def trust(doc: Doc) -> Section:
    """Show trust."""
    found = doc["trust"]
    rows = tuple(
        row(one["entity"], one["role"], *(_between(one["dimensions"].get(str(name))) for name in Dimension))
        for one in found["standing"]
    )
    table = Table(
        title=f"As it stands after {found['size']} entries: 5 % and 95 % bounds",
        head=("entity", "role", *map(str, Dimension)),
        rows=rows,
        note=cut(len(rows), found["in_all"]),
    )
    courses = tuple(
        Course(
            title=f"{told(one['entity'])} in {told(one['role'])}: {told(one['dimension'])}",
            slices=found["slices"],
            points=tuple((n, low, high) for n, low, high in one["points"]),
        )
        for one in found["lines"]
    )
    lines = (
        "Trust is measured from what was recorded; rules compare the 5 % and the 95 % bound of it. `!` marks an alarm.",
        SOURCES[found["source"]],
        *((LEFT_OUT.format(found["behind"]),) if found["behind"] and not found["standing"] else ()),
    )
    return Section(id="trust", title="Trust over time", lines=lines, tables=(table,), courses=courses)


def _between(held: Doc | None) -> str:
    if held is None:
        return "not known"
    return f"{held['low'] / 1000:.3f} to {held['high'] / 1000:.3f}{' !' if held['alarm'] else ''}"
