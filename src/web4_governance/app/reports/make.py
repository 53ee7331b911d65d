"""Makes a report: the figures of a period, one snapshot of the ledger or of bundles, and what they are evidence for.

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
    from web4_governance.app.reports.frameworks import Framework
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.storage.reader import Reader

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
STEPS = len(PARTS) + 1
FINE = 1000  # steps of the verification


def make(around: Surroundings, asked: Asked, *, told: Told) -> Doc:
    """Give the report of a ledger; `told` hears after each part how many are done, its number, and how many there are."""
    chosen = check(asked)
    with open_reader(around.home) as reader:
        head = reader.head()
        ledger: Doc = {"origin": reader.origin, "size": head.size, "root": head.root.hex()}
        doc = begun(asked, ledger)
        counted(doc, reader, asked, told=told)

    def read(done: int, of: int) -> None:
        told(STEPS - 1, FINE * (STEPS - 1) + FINE * done // of - 1, FINE * STEPS)

    doc["verification"] = verdict(around, asked.verify, size=head.size, now_us=asked.now_us, told=read)
    return ended(doc, chosen, told=told)


def begun(asked: Asked, ledger: Doc) -> Doc:
    """Give what a report says of itself: when it was made, of which period, and of what."""
    return {
        "format": FORMAT,
        "made": {"us": asked.now_us, "time": moment(asked.now_us), "by": f"web4-governance {__version__}"},
        "period": {
            "since_us": asked.since_us,
            "until_us": asked.until_us,
            "since": moment(asked.since_us),
            "until": moment(asked.until_us),
        },
        "scope": {"project": asked.project, "target": asked.target},
        "ledger": ledger,
        "bundles": [],
    }


def counted(doc: Doc, reader: Reader, asked: Asked, *, told: Told) -> None:
    """Put the parts that are counted into a report."""
    period = Period(reader=reader, asked=asked, tally=reader.figures.tally(asked.calls))
    for n, (name, part) in enumerate(PARTS.items()):
        doc[name] = part(period)
        told(n + 1, n, STEPS)


def ended(doc: Doc, chosen: Framework | None, *, told: Told) -> Doc:
    """Give a report with what its figures are evidence for."""
    told(STEPS, STEPS - 1, STEPS)
    doc["framework"] = None if chosen is None else _served(doc, chosen)
    return doc


def _served(doc: Doc, chosen: Framework) -> Doc:
    rows = []
    for control in chosen.controls:
        found = [(query, evidence(query, doc)) for query in control.evidence]
        rows.append(
            {
                "clause": control.clause,
                "subject": control.subject,
                "read": control.read,
                "source": control.source,
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


def check(asked: Asked) -> Framework | None:
    """Give the framework that is asked for; UsageError or PolicyError where what is asked makes no sense."""
    if not asked.since_us < asked.until_us:
        raise UsageError("the period ends before it begins", hint="`--since` is the earlier time")
    for pattern in (asked.project, asked.target):
        if pattern:
            compile_glob(pattern)
    return framework(asked.framework) if asked.framework else None
