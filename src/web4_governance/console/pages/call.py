"""Why: one call from what was said before it over its effects and the rules to the decision, and what came of it."""

from __future__ import annotations

from starlette.routing import Route

from web4_governance.app import asked, explanation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.console.desk import Desk


def routes(desk: Desk) -> list[Route]:
    """Give the page of a call, by its place, the host's call id, or the beginning of its leaf."""

    def why(request: Request) -> Response:
        with desk.ledger() as ledger:
            record = asked.record_of(ledger, request.path_params["name"])
            rules = explanation.rules_of(ledger, record)
        return desk.paper.page(
            "call.html",
            title=f"#{record.reference.idx} {record.decision}",
            here="timeline",
            record=record,
            rules={name: rules.get(name) for name in explanation.rules_named(record)},
            lifted=explanation.lifted_by(record, rules),
            trust=explanation.trust_of(record),
        )

    return [Route("/call/{name}", why)]
