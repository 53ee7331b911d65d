"""How pages are printed: Jinja2 templates, quoted by themselves, in which nothing that an agent wrote is obeyed.

INVARIANT: every text that a template prints is quoted for HTML, and what a browser or a terminal could obey or hide (control
characters, marks of direction) is written as an escape first. Only `Markup`, which templates make, goes as it is.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from web4_governance.app import rows, times
from web4_governance.app.visible import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 20_000  # characters of one text; a record shows more with `web4 show`


class Paper:
    """Prints templates for one console."""

    def __init__(self, root: str, given: Mapping[str, Any]) -> None:
        self._root = root
        self._made = Environment(
            loader=FileSystemLoader(os.path.join(HERE, "templates")),
            autoescape=True,
            finalize=visible,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._made.globals.update(given, at=self.at)
        self._made.filters.update(FILTERS)

    def at(self, path: str, **query: object) -> str:
        """Give the address of a page, with what it is asked; what is empty is left out."""
        asked = urlencode({name: said for name, said in query.items() if said not in ("", None)})
        return f"{self._root}{path}{'?' if asked else ''}{asked}"

    def page(self, template: str, /, *, status: int = 200, **given: Any) -> Response:  # noqa: ANN401  # what templates take
        """Print a template as an answer."""
        return HTMLResponse(self._made.get_template(template).render(given), status_code=status)


def visible(given: Any) -> Any:  # noqa: ANN401  # whatever a template prints
    """Make a text visible before it is quoted; markup that a template made is left as it is."""
    if isinstance(given, str) and not isinstance(given, Markup):
        return safe(given)
    return given


def block(text: str) -> Markup:
    """Give a text of several lines, each made visible and quoted, the line ends kept; what is too long is cut, and says so."""
    shown = Markup("\n").join(escape(safe(line)) for line in text[:LONGEST].split("\n"))
    more = len(text) - LONGEST
    return shown if more <= 0 else shown + Markup("\n") + escape(f"… {more} more characters")


def said(text: str) -> Markup:
    """Give a sentence of the program's own, what stands in backticks as code; made visible and quoted like any other."""
    parts = [escape(safe(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:  # one backtick has no other: it stands for itself
        parts[-2:] = [Markup("`").join(parts[-2:])]
    return Markup().join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def moment(micro: int) -> str:
    """Give a ledger time for people: day, time of day and offset."""
    return f"{times.day(micro)} {times.clock(micro)} {times.local(micro):%z}"


def _json(given: object) -> str:
    return json.dumps(given, ensure_ascii=False)


FILTERS: dict[str, Callable[..., Any]] = {
    "block": block,
    "said": said,
    "moment": moment,
    "json": _json,
    "clock": times.clock,
    "day": times.day,
    "iso": times.iso,
    "took": times.duration,
    "who": rows.who,
    "tool": rows.tool_near,
    "what": rows.what_near,
    "ending": rows.ending,
    "argv": rows.argv,
    "change_word": rows.change_word,
    "near": rows.near,
    "count": lambda number: f"{number:,}".replace(",", "\u202f"),
}
