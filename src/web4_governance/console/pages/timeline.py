"""The timeline: recorded calls, the newest first, filtered as `web4 log` filters, one page at a time."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from web4_governance.app import asked, times
from web4_governance.app.query import page
from web4_governance.console.desk import now, number_of, words_of
from web4_governance.core.action import Category, Effect
from web4_governance.core.event import Status
from web4_governance.core.policy.decision import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from web4_governance.console.desk import Desk
    from web4_governance.core.record.r6 import Record

ROWS = 50
CHOICES = {
    "decision": tuple(map(str, Decision)),
    "status": tuple(map(str, Status)),
    "category": tuple(sorted(map(str, Category))),
    "effect": tuple(sorted(map(str, Effect))),
}


def routes(desk: Desk) -> list[Route]:
    """Give the page, and the part of it that is asked for anew while it is open."""

    def whole(request: Request) -> Response:
        return desk.paper.page("timeline.html", **_given(desk, request))

    def part(request: Request) -> Response:
        given = _given(desk, request, seen=number_of(request, "size", -1))
        return desk.paper.page("calls.html", **given) if given else Response(status_code=204)

    return [Route("/", whole), Route("/calls", part)]


def _given(desk: Desk, request: Request, *, seen: int = -1) -> dict[str, Any]:
    """Give what the templates print; nothing where the ledger has the size that was seen before."""
    words = {name: said.strip() for name, said in words_of(request, asked.WORDS).items()}
    before = number_of(request, "before", -1)
    with desk.ledger() as ledger:
        size = ledger.reader.head().size
        if size == seen:
            return {}
        filters = asked.filters_of(words, ledger, now=now())
        records, older = page(ledger.reader, filters, before=before, limit=ROWS)
    return {
        "title": "Timeline",
        "here": "timeline",
        "words": words,
        "choices": CHOICES,
        "groups": grouped(records),
        "shown": len(records),
        "size": size,
        "before": before,
        "older": older,
        "paused": request.query_params.get("live") == "0",
    }


def grouped(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Give records in groups of one day, session and prompt that follow one another."""
    found: list[dict[str, Any]] = []
    for record in records:
        key = (times.day(record.ts), record.session, record.request.prompt)
        if not found or found[-1]["key"] != key:
            found.append({"key": key, "day": key[0], "session": key[1], "prompt": key[2], "records": []})
        found[-1]["records"].append(record)
    return found
