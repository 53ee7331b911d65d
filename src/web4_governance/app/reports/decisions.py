"""What was decided: counts, the rules that spoke, the newest calls that were stopped or asked about, what came of asking."""

from __future__ import annotations

from web4_governance.app.reports import readable
from web4_governance.core.policy.decision import Decision
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reports.asked import Asked, Period
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader

MOST_CALLS = 100  # of each decision that a report lists
MOST_RULES = 50
SHOWN = 400  # characters of a command


def decisions(period: Period) -> dict[str, Json]:
    """Give what was decided in a period."""
    reader, asked, figures = period.reader, period.asked, period.reader.figures
    rules = sorted(figures.rules(asked.calls).items(), key=lambda pair: (-pair[1], pair[0]))
    answered = sorted(figures.answered(asked.calls).items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "counts": _json(period.counts("decision")),
        "rules": [{"decision": d, "rule": rule, "calls": n} for (d, rule), n in rules[:MOST_RULES]],
        "rules_in_all": len(rules),
        "asked": [
            {"status": s or "unclosed", "let_through_by": by, "denied_by": d, "calls": n} for (s, by, d), n in answered
        ],
        "listed": {word: _listed(reader, asked, word) for word in (str(Decision.DENY), str(Decision.ASK))},
        "tools": _json(period.counts("tool")),
        "agents": {word or "main": n for word, n in period.counts("agent").items()},
        "effects": _json(period.counts("effects")),
        "categories": _json(period.counts("categories")),
    }


def _listed(reader: Reader, asked: Asked, decision: str) -> list[Json]:
    places = reader.find(replace(asked.calls, decision=decision), limit=MOST_CALLS)
    return [call(record) for record in readable.records(reader, places[::-1])]


def call(record: Record) -> dict[str, Json]:
    """Give of a call what a list of calls says of it."""
    return {
        "place": record.reference.idx,
        "us": record.ts,
        "session": record.session,
        "agent": record.role.agent_type or record.role.agent_id or "main",
        "tool": record.tool,
        "what": what(record),
        "decision": record.decision,
        "mode": record.rules.mode,
        "rules": [*record.rules.matched],
        "reasons": [*record.rules.reasons],
        "status": record.status,
        "denied_by": record.result.denied_by,
        "leaf": record.id,
    }


def what(record: Record) -> str | None:
    """Say what a call is about: its command, else what it touches; None where that is not kept."""
    text = record.command or ", ".join(record.targets)
    if not text:
        return None if "request.input" in record.erased else ""
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _json(counts: dict[str, int]) -> dict[str, Json]:
    return {**counts}
