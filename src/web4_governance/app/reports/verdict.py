"""The verification's verdict as a report tells it: what was read, what holds now, what was found, what is not covered."""

from __future__ import annotations

from web4_governance.app.assurance import with_assurance
from web4_governance.app.held import collect
from web4_governance.app.reports.asked import Reading
from web4_governance.app.verify import verify_ledger
from web4_governance.app.verify_incremental import verify_incremental
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.verdict import exit_code
from web4_governance.core.ledger.verify import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.verdict import Report

ALL_UP_TO = 50_000  # entries: reading them all again takes some seconds
MOST = 50


def verdict(
    around: Surroundings, reading: Reading, *, size: int, now_us: int, told: Callable[[int, int], None]
) -> dict[str, Json]:
    """Verify, and give what came of it; nothing but the reason where nothing was to be read. `told` hears how far it is."""
    if reading is Reading.NONE:
        return {"read": str(reading), "verdict": "", "reason": "not asked for"}
    report, read = _verified(around.home, reading, size, told)
    return {"read": str(read), **as_json(with_assurance(report, around, now_us=now_us))}


def _verified(home: str, reading: Reading, size: int, told: Callable[[int, int], None]) -> tuple[Report, Reading]:
    small = reading is Reading.AUTO and size <= ALL_UP_TO
    if reading is not Reading.ALL and not small:
        try:
            report = verify_incremental(home, lambda reader, newest: collect(reader, newest=newest))
        except UsageError:  # there is no signed head to begin with
            if reading is Reading.NEW:
                raise
        else:
            return report, Reading.NEW if report.unread else Reading.ALL
    return verify_ledger(home, collect, told=told), Reading.ALL


def as_json(report: Report) -> dict[str, Json]:
    """Give a verification's report as a report on the period tells it."""
    tally = report.tally
    return {
        "verdict": str(report.verdict),
        "exit": exit_code(report, require_anchor=False),
        "place": report.place,
        "reason": report.reason,
        "findings": [
            {"step": one.step, "claim": STEPS.get(one.step, ""), "place": one.place, "reason": one.reason}
            for one in report.findings[:MOST]
        ],
        "found": report.found,
        "gaps": [{"place": one.place, "reason": one.reason, "explained": one.explained} for one in report.gaps[:MOST]],
        "gaps_in_all": len(report.gaps),
        "gaps_unexplained": sum(not one.explained for one in report.gaps),
        "uncorroborated": [{"place": one.place, "reason": one.reason} for one in report.uncorroborated[:MOST]],
        "anchored": [
            {"by": one.by, "size": one.size, "us": one.time, "where": one.where} for one in report.anchored[-MOST:]
        ],
        "tail": report.tail,
        "unread": report.unread,
        "size": tally.entries,
        "root": report.root,
        "openings": {"match": tally.opened, "not_kept_or_erased": tally.closed},
        "holds": list(report.holds),
        "not_covered": list(report.not_covered),
        "notes": list(report.notes),
    }
