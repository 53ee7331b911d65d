"""Proofs: what holds of the ledger now and what is not covered, its signed heads, its verification, and one entry's path."""

from __future__ import annotations

import time
from typing import Any

from starlette.routing import Route

from web4_governance.app.assurance import assurance, with_assurance
from web4_governance.app.held import collect
from web4_governance.app.inclusion import inclusion
from web4_governance.app.verify import verify_ledger
from web4_governance.console.desk import number_of, words_of
from web4_governance.core.ledger.verify import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from web4_governance.console.desk import Desk
    from web4_governance.core.ledger.verdict import Report

HEADS = 12


def routes(desk: Desk) -> list[Route]:
    """Give the page."""

    def whole(request: Request) -> Response:
        verify, entry = words_of(request, ("verify",))["verify"], number_of(request, "entry", -1)
        with desk.ledger() as ledger:
            head = ledger.reader.head()
            signed = ledger.reader.heads()
            proof = inclusion(ledger.reader, entry) if entry >= 0 else None
        level = desk.work.ask("assurance", lambda: assurance(desk.around(), now_us=_now_us()), size=head.size)
        checked = (
            desk.work.ask("verify", lambda: _verify(desk), size=head.size)
            if verify
            else desk.work.known("verify", size=head.size)
        )
        return desk.paper.page(
            "proofs.html",
            title="Proofs",
            here="proofs",
            size=head.size,
            root_hash=head.root.hex(),
            heads=signed[::-1][:HEADS],
            heads_count=len(signed),
            level=level,
            checked=checked,
            steps=_steps(checked.given) if checked is not None and checked.done else (),
            entry=entry,
            proof=proof,
        )

    return [Route("/proofs", whole)]


def _now_us() -> int:
    return time.time_ns() // 1000


def _verify(desk: Desk) -> Report:
    """Verify everything, from the heads that are held elsewhere to the last entry."""
    report = verify_ledger(desk.home, lambda reader: collect(reader, keys=[], witnesses=[], files=[], newest=False))
    return with_assurance(report, desk.around(), now_us=_now_us())


def _steps(report: Report) -> list[dict[str, Any]]:
    found = {step: [one for one in report.findings if one.step == step] for step in STEPS}
    return [{"number": number, "claim": claim, "findings": found[number]} for number, claim in STEPS.items()]
