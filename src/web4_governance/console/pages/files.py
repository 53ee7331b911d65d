"""Files: which calls changed one, by whom and in which order, and who last changed each of its lines; never its content."""

from __future__ import annotations

import os
from typing import Any

from starlette.routing import Route

from web4_governance.app import rows
from web4_governance.app.blame import blame
from web4_governance.app.query import page
from web4_governance.app.trace import trace
from web4_governance.console.desk import words_of
from web4_governance.core.action import Effect
from web4_governance.core.errors import UsageError
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.app.query import Ledger
    from web4_governance.console.desk import Desk
    from web4_governance.core.record.r6 import Record

LATEST = 200  # calls in which the files changed last are looked for
STEPS = 100
RANGES = 400


def routes(desk: Desk) -> list[Route]:
    """Give the page: the files changed last, or one file, agent, session or server."""

    def whole(request: Request) -> Response:
        name = words_of(request, ("of",))["of"]
        if not name:
            with desk.ledger() as ledger:
                records, _ = page(ledger.reader, Filters(effect=str(Effect.FILE_WRITE)), limit=LATEST)
            return desk.paper.page("files.html", title="Files", here="files", of="", files=changed(records))
        answer = desk.work.ask(("file", name), lambda: _of(desk, name), size=_size(desk))
        return desk.paper.page(
            "file.html", title=f"File {name}", here="files", of=name, answer=answer, steps_most=STEPS
        )

    return [Route("/files", whole)]


def changed(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Give the files that these calls changed, each once, with the call that did so last; the newest first."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        for one in record.result.files:
            path = one.get("path")
            if isinstance(path, str) and path not in found:
                found[path] = {"path": path, "change": rows.change_word(one), "record": record}
    return [*found.values()]


def _size(desk: Desk) -> int:
    with desk.ledger() as ledger:
        return ledger.reader.head().size


def _of(desk: Desk, name: str) -> dict[str, Any]:
    with desk.ledger() as ledger:
        steps = trace(ledger.reader, name)
        lines, why = _lines(ledger, name)
    return {"steps": steps[::-1][:STEPS], "count": len(steps), "lines": lines, "why": why}


def _lines(ledger: Ledger, name: str) -> tuple[Any, str]:
    """Give who last changed which lines; nothing, and why, where the name is no file with lines."""
    if not os.path.isabs(name):
        return None, "only a file's absolute path is asked for its lines"
    try:
        found = blame(ledger.reader, name)
    except UsageError as error:
        return None, error.message
    return {"ranges": found.ranges[:RANGES], "more": len(found.ranges) - RANGES, "is_there": found.is_there}, ""
