"""Sessions, the latest active first, and one session as a tree of prompts, words, calls, agents and files."""

from __future__ import annotations

from starlette.routing import Route

from web4_governance.app import asked, tree
from web4_governance.app.query import page
from web4_governance.app.sessions import latest
from web4_governance.console.desk import number_of, words_of
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.console.desk import Desk

ROWS = 40
CALLS = 400  # of one page of a tree


def routes(desk: Desk) -> list[Route]:
    """Give the list, and the tree of one session."""

    def listed(request: Request) -> Response:
        before = number_of(request, "before", -1)
        with desk.ledger() as ledger:
            found, older = latest(ledger.reader, before=before, limit=ROWS)
        return desk.paper.page(
            "sessions.html", title="Sessions", here="sessions", sessions=found, before=before, older=older
        )

    def one(request: Request) -> Response:
        before = number_of(request, "before", -1)
        with desk.ledger() as ledger:
            session = asked.session_of(ledger, words_of(request, ("id",))["id"])
            records, older = page(ledger.reader, Filters(session=session), before=before, limit=CALLS)
            nodes = tree.tree_of(ledger, session, [*reversed(records)])["children"]
        paged = before >= 0 or older >= 0
        return desk.paper.page(
            "session.html",
            title=f"Session {session[:8]}",
            here="sessions",
            session=session,
            nodes=[node for node in nodes if node["children"] or not paged],
            records={record.id: record for record in records},
            with_words=tree.with_words,
            before=before,
            older=older,
        )

    return [Route("/sessions", listed), Route("/session", one)]
