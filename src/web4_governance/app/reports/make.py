"""Makes a report: the figures of a period, one snapshot of the ledger, and what they are evidence for.

Read only. What comes out is one JSON document; the forms for people are printed from it and say nothing that it does not.
"""

from __future__ import annotations

from web4_governance import __version__
from web4_governance.app.exports.shown import moment
from web4_governance.app.reports.asked import Period
from web4_governance.app.reports.course import course
from web4_governance.app.reports.decisions import decisions
from web4_governance.app.reports.evidence import evidence
from web4_governance.app.reports.frameworks import framework
from web4_governance.app.reports.people import people, policies
from web4_governance.app.reports.population import population
from web4_governance.app.reports.touched import touched, unseen
from web4_governance.app.reports.usage import usage
from web4_governance.app.reports.verdict import verdict
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.glob import compile_glob
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.app.reports.asked import Asked
    from web4_governance.app.surroundings import Surroundings

    Doc = dict[str, Any]
    Told = Callable[[int, int, int], None]

FORMAT = "web4-report/1"

PARTS: dict[str, Callable[[Period], Any]] = {
    "population": population,
    "decisions": decisions,
    "policies": policies,
    "people": people,
    "trust": course,
    "files": touched,
    "usage": usage,
    "unseen": unseen,
}


def make(around: Surroundings, asked: Asked, *, told: Told) -> Doc:
    """Give the report; `told` hears after each part how many are done, its number, and how many there are."""
    _check(asked)
    chosen = framework(asked.framework) if asked.framework else None
    steps = len(PARTS) + 1
    with open_reader(around.home) as reader:
        head = reader.head()
        period = Period(reader=reader, asked=asked, tally=reader.figures.tally(asked.calls))
        doc: Doc = {
            "format": FORMAT,
            "made": {"us": asked.now_us, "time": moment(asked.now_us), "by": f"web4-governance {__version__}"},
            "period": {
                "since_us": asked.since_us,
                "until_us": asked.until_us,
                "since": moment(asked.since_us),
                "until": moment(asked.until_us),
            },
            "scope": {"project": asked.project, "target": asked.target},
            "ledger": {"origin": reader.origin, "size": head.size, "root": head.root.hex()},
        }
        for n, (name, part) in enumerate(PARTS.items()):
            doc[name] = part(period)
            told(n + 1, n, steps)
    doc["verification"] = verdict(around, asked.verify, size=head.size, now_us=asked.now_us)
    told(steps, steps - 1, steps)
    doc["framework"] = None if chosen is None else _served(doc, chosen)
    return doc


def _served(doc: Doc, chosen: Any) -> Doc:  # noqa: ANN401
    rows = []
    for control in chosen.controls:
        found = [(query, evidence(query, doc)) for query in control.evidence]
        rows.append(
            {
                "clause": control.clause,
                "subject": control.subject,
                "evidence": [
                    {"query": query, "says": one.text, "section": one.section, "some": one.some} for query, one in found
                ],
                "cannot": [*control.cannot],
            }
        )
    return {
        "id": chosen.id,
        "name": chosen.name,
        "edition": chosen.edition,
        "text": chosen.text,
        "note": chosen.note,
        "sources": [{"title": one.title, "url": one.url} for one in chosen.sources],
        "controls": rows,
    }


def _check(asked: Asked) -> None:
    if not asked.since_us < asked.until_us:
        raise UsageError("the period ends before it begins", hint="`--since` is the earlier time")
    for pattern in (asked.project, asked.target):
        if pattern:
            compile_glob(pattern)
