"""A report as one HTML file: styles inside, no script, nothing fetched, escaped by Jinja2 (the extra `report`)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys

from web4_governance.app.reports.layout import sections
from web4_governance.app.reports.markdown import TITLE
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from web4_governance.app.reports.pages import Course

PLACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
WIDTH, HEIGHT = 300, 80


def html(doc: dict[str, Any]) -> str:
    """Print the report; UsageError where Jinja2 is not installed."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # an extra
    except ImportError:
        hint = f"`{sys.executable} -m pip install '.[report]'` in the clone puts it there; `--format md` needs none"
        raise UsageError("a report in HTML needs the package `jinja2`, and it is not here", hint=hint) from None
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(PLACE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    with open(os.path.join(PLACE, "report.css"), encoding="utf-8") as file:
        css = file.read()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    template = environment.get_template("report.html")
    return template.render(
        title=TITLE,
        css=css,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'",
        head=head(doc),
        sections=sections(doc),
        band=band,
        line=line,
        width=WIDTH,
        height=HEIGHT,
    )


def head(doc: dict[str, Any]) -> str:
    """Give what a sign-off reads out of a report: its format, period, framework, and the head of the ledger it was made at."""
    found = {name: doc[name] for name in ("format", "made", "period", "scope", "ledger")}
    return json.dumps({**found, "framework": doc["framework"]["id"] if doc["framework"] else ""}, separators=(",", ":"))


def band(course: Course) -> str:
    """Give the area between the two bounds as the points of a polygon."""
    there = [*_places(course)]
    return " ".join([f"{x},{high}" for x, _, high in there] + [f"{x},{low}" for x, low, _ in reversed(there)])


def line(course: Course) -> str:
    """Give the lower bound, which rules compare, as the points of a line."""
    return " ".join(f"{x},{low}" for x, low, _ in _places(course))


def _places(course: Course) -> Iterator[tuple[int, int, int]]:
    last = max(course.slices - 1, 1)
    for n, low, high in course.points:
        yield n * WIDTH // last, HEIGHT - low * HEIGHT // 1000, HEIGHT - high * HEIGHT // 1000
