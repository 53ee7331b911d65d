"""What people did to the gate and the ledger: policies that came into force, grants, verdicts, erasures, sign-offs."""

from __future__ import annotations

from web4_governance.app.reports import readable
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reports.asked import Asked, Period
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.reader import Reader

MOST = 200
KINDS = (Kind.GRANT, Kind.LABEL, Kind.REDACTION, Kind.PRUNE, Kind.SIGNOFF)
EVENTS = ("off", "on", "hold", "release", "backup")
SHORT = 12


def policies(period: Period) -> dict[str, Json]:
    """Give the policies that came into force in a period, and what did not load."""
    reader, asked = period.reader, period.asked
    found = reader.figures.of_ledger((str(Kind.POLICY),), asked.since_us, asked.until_us, MOST)
    return {"in_force_before": _before(reader, asked), "changes": [_policy(reader, stored) for stored in found]}


def people(period: Period) -> list[Json]:
    """Give the acts of people that the ledger records of a period, the newest last."""
    reader, since, until = period.reader, period.asked.since_us, period.asked.until_us
    figures = reader.figures
    found = [*figures.of_ledger([*map(str, KINDS)], since, until, MOST)]
    found += [one for one in figures.of_ledger((str(Kind.EVENT),), since, until, 20 * MOST) if _is_ours(one)]
    return [_act(reader, stored) for stored in sorted(found, key=lambda stored: stored.idx)[-MOST:]]


def _is_ours(stored: Stored) -> bool:
    body = readable.body(stored)
    return body.get("agent") == "web4" and body.get("event") in EVENTS


def _before(reader: Reader, asked: Asked) -> str:
    found = reader.figures.of_ledger((str(Kind.POLICY),), 0, asked.since_us, 1)
    return str(at(readable.body(found[0]), "rules.policy") or "") if found else ""


def _policy(reader: Reader, stored: Stored) -> dict[str, Json]:
    body = readable.body(stored)
    sources = reader.opening(stored.idx, "rules.sources")
    broken = reader.opening(stored.idx, "broken")
    return {
        "place": stored.idx,
        "us": stored.ts,
        "policy": str(at(body, "rules.policy") or ""),
        "mode": str(at(body, "rules.mode") or ""),
        "sources": sources if isinstance(sources, list) else [],
        "broken": broken if isinstance(broken, list) else [],
        "did_not_load": "broken" in body,
    }


def _act(reader: Reader, stored: Stored) -> dict[str, Json]:
    body = readable.body(stored)
    event = str(body.get("event") or stored.kind)
    return {
        "place": stored.idx,
        "us": stored.ts,
        "kind": stored.kind,
        "event": event,
        "who": _opened(reader, stored, "who"),
        "why": _opened(reader, stored, "why") or _opened(reader, stored, "note"),
        "what": _what(stored.kind, body),
        "leaf": stored.leaf.hex(),
    }


def _what(kind: str, body: dict[str, Json]) -> str:
    match kind:
        case Kind.GRANT:
            return _grant(body)
        case Kind.LABEL:
            verdict = "good" if at(body, "label.good") is True else "bad"
            who = at(body, "label.entities")
            return f"{verdict}: {', '.join(map(str, who))}" if isinstance(who, list) else verdict
        case Kind.REDACTION:
            return f"{at(body, 'redaction.openings')} values of {at(body, 'redaction.entries')} entries"
        case Kind.PRUNE:
            return f"the first {at(body, 'prune.size')} entries"
        case Kind.SIGNOFF:
            digest = str(at(body, "signoff.report.sha256") or "")[:SHORT]
            return f"report {digest} over the first {at(body, 'signoff.size')} entries"
        case _:
            return ""


def _grant(body: dict[str, Json]) -> str:
    if revoked := at(body, "grant.revokes"):
        return f"took back {str(revoked)[:SHORT]}"
    call, targets = at(body, "grant.call"), at(body, "grant.targets")
    about = f" for call #{call}" if isinstance(call, int) else ""
    about += f" for {', '.join(map(str, targets))}" if isinstance(targets, list) else ""
    return f"let through {at(body, 'grant.count')} calls{about}"


def _opened(reader: Reader, stored: Stored, field: str) -> str | None:
    found = reader.opening(stored.idx, field)
    return found if isinstance(found, str) else None
