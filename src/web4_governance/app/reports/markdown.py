r"""A report as Markdown (CommonMark with GitHub's tables). What a record holds is text in it and never markup.

Every character that could be markup where it stands has a backslash before it; `<`, `>`, `&` and the bar of tables are
entities. Each text is one line: `told` has made escapes of what ends one.
"""

from __future__ import annotations

import re

from web4_governance.app.reports.layout import sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from web4_governance.app.reports.pages import Course, Section, Table

ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
_MARKUP = re.compile(r"[\\`*_{}\[\]~@$<>&|]|:(?=//)|(?<=www)\.")
_BEGINS = re.compile(r"^(?:[#+=-]|\d{1,9}[.)](?=\s|$))")
TITLE = "What agents did: evidence from a ledger"


def markdown(doc: dict[str, Any]) -> str:
    """Print the report."""
    return "\n".join([f"# {TITLE}", "", *(line for part in sections(doc) for line in _section(part))]).rstrip() + "\n"


def escaped(text: str) -> str:
    """Give a text as it stands in Markdown for itself, on one line."""
    plain = _MARKUP.sub(lambda found: ENTITIES.get(found[0]) or f"\\{found[0]}", text.strip())
    return _BEGINS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", plain)


def _section(part: Section) -> Iterator[str]:
    yield f"## {escaped(part.title)}"
    yield ""
    for line in part.lines:
        yield f"- {escaped(line)}"
    yield ""
    for table in part.tables:
        yield from _table(table)
    for course in part.courses:
        yield from _course(course)


def _table(table: Table) -> Iterator[str]:
    yield f"### {escaped(table.title)}"
    yield ""
    if table.rows:
        yield f"| {' | '.join(map(escaped, table.head))} |"
        yield f"|{' --- |' * len(table.head)}"
        for cells in table.rows:
            yield f"| {' | '.join(map(escaped, cells))} |"
    else:
        yield "None."
    if table.note:
        yield ""
        yield escaped(table.note)
    yield ""


def _course(course: Course) -> Iterator[str]:
    told = "; ".join(
        f"{n + 1}/{course.slices}: {low / 1000:.3f} to {high / 1000:.3f}" for n, low, high in course.points
    )
    yield f"- {escaped(course.title)}: {escaped(told)}"
    yield ""
