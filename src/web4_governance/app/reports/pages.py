"""A report as pages: sections with sentences, tables and courses. What both printed forms are made from; not a form itself.

Every text that a record holds goes through `told` here: steering characters are escapes, and what a spreadsheet would take
for a formula has an apostrophe before it, so that a table copied out of a report calculates nothing. Markup is the forms' own.
"""

from __future__ import annotations

from datetime import UTC, datetime

from web4_governance.app.exports.delimited import cell
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]

NOT_KEPT = "(not kept)"


@value
class Table:
    """A table: its heading, its columns, its rows, and a remark under it. `wide` names columns of long text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@value
class Course:
    """How two bounds went: thousandths by slice of the period."""

    title: str
    slices: int
    points: tuple[tuple[int, int, int], ...]


@value
class Section:
    """A section: its anchor, its heading, sentences, tables and courses."""

    id: str
    title: str
    lines: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    courses: tuple[Course, ...] = ()


def told(found: object) -> str:
    """Give anything a record holds as text for people."""
    if found is None:
        return NOT_KEPT
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, (list, tuple)):
        return cell("; ".join(map(str, found)))
    if isinstance(found, dict):
        return cell(", ".join(f"{name} {count}" for name, count in found.items()))
    return cell(str(found))


def row(*cells: object) -> tuple[str, ...]:
    """Give a row of a table."""
    return tuple(told(one) for one in cells)


def placed(one: Doc) -> str:
    """Give where an entry stands: its place, with the name of the bundle that it is from."""
    return f"{one['bundle']} #{one['place']}" if one.get("bundle") else f"#{one['place']}"


def when(us: int) -> str:
    """Give a time for people: local, with its offset, to the second; empty for none."""
    try:
        return datetime.fromtimestamp(us // 1_000_000, UTC).astimezone().isoformat(" ", "seconds") if us else ""
    except (ValueError, OverflowError, OSError):
        return ""


def counts(title: str, what: str, found: dict[str, int], *, most: int = 50) -> Table:
    """Give a table of words and how often each was counted."""
    rows = [row(word or "(none)", count) for word, count in [*found.items()][:most]]
    return Table(title=title, head=(what, "calls"), rows=tuple(rows), note=cut(len(rows), len(found)))


def cut(shown: int, whole: int) -> str:
    """Say that a list was cut, if it was."""
    return f"{shown} of {whole} are listed; `--format json` of a narrower period, or `web4 log`, has the others" if shown < whole else ""  # fmt: skip  # noqa: E501
