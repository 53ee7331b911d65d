"""What was counted, and how complete that is: the period's entries, calls, and every sign of something that is missing."""

from __future__ import annotations

from web4_governance.app.query import EVERYTHING
from web4_governance.app.reports import readable
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reports.asked import Asked, Period
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.reader import Reader

MOST_GAPS = 100
RECONCILE = "reconcile"
UNCLOSED = "unclosed"


def population(period: Period) -> dict[str, Json]:
    """Give the counts of a period; places are those of the whole ledger."""
    reader, asked, figures = period.reader, period.asked, period.reader.figures
    found = figures.range(asked.since_us, asked.until_us)
    statuses = period.counts("status")
    judged = figures.judged(asked.calls)
    gaps = figures.of_ledger((str(Kind.GAP),), asked.since_us, asked.until_us, MOST_GAPS)
    kinds = figures.kinds(asked.since_us, asked.until_us)
    across = found.last - found.first + 1 if found.entries else 0
    return {
        "entries": found.entries,
        "chains": found.chains,
        "kinds": dict(kinds),
        "first_place": found.first,
        "last_place": found.last,
        "first_us": found.first_us,
        "last_us": found.last_us,
        "out_of_order": max(0, across - found.entries),
        "broken_chains": figures.broken_chains(),
        "pruned": len(reader.pruned()),
        "calls": period.calls,
        "sessions": figures.sessions(asked.calls),
        "statuses": {word or UNCLOSED: count for word, count in statuses.items()},
        "unclosed": statuses.get("", 0),
        "late": sum(calls for (*_, late), calls in judged.items() if late),
        "judged": _judged(judged),
        "gap_entries": kinds.get(str(Kind.GAP), 0),
        "gaps": [_gap(reader, stored) for stored in gaps],
        "reconciliations": _reconciliations(reader, asked),
        "switches": _switches(figures.said_by_events(asked.since_us, asked.until_us)),
    }


def _switches(events: dict[str, int]) -> dict[str, Json]:
    return {word: events.get(word, 0) for word in ("off", "on")}


def _gap(reader: Reader, stored: Stored) -> dict[str, Json]:
    body = readable.body(stored)
    text = reader.opening(stored.idx, "gap.text") or reader.opening(stored.idx, "gap.said")
    return {
        "place": stored.idx,
        "us": stored.ts,
        "why": "restore" if "restore" in body else str(at(body, "gap.why") or ""),
        "tool": str(at(body, "gap.tool") or ""),
        "text": text if isinstance(text, str) else "",
    }


def _reconciliations(reader: Reader, asked: Asked) -> list[Json]:
    """Give the comparisons with the host's own transcript or telemetry that were put on record in the period."""
    found = reader.figures.of_ledger((str(Kind.EVENT),), asked.since_us, asked.until_us, EVERYTHING)
    rows: list[Json] = []
    for stored in found:
        body = readable.body(stored)
        if body.get("event") != RECONCILE:
            continue
        rows.append(
            {
                "place": stored.idx,
                "us": stored.ts,
                "exit": at(body, "reconcile.exit"),
                "by": at(body, "reconcile.by"),
                "calls": at(body, "reconcile.calls"),
                "agreed": at(body, "reconcile.agreed"),
                "found": at(body, "reconcile.found"),
                "silent": at(body, "reconcile.silent"),
            }
        )
    return rows[-MOST_GAPS:]


def _judged(found: dict[tuple[str, str, str, bool], int]) -> list[Json]:
    """Give the counts by policy, mode and answer, the largest first."""
    told: dict[tuple[str, str, str], int] = {}
    for (policy, mode, answer, _late), calls in found.items():
        told[policy, mode, answer] = told.get((policy, mode, answer), 0) + calls
    ordered = sorted(told.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"policy": p, "mode": mode, "answer": a, "calls": calls} for (p, mode, a), calls in ordered]
