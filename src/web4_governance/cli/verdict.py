"""A verification's report as JSON and for people: the steps, what was found, what is not covered, the verdict last."""

from __future__ import annotations

import re

from web4_governance.cli.text import Paint, safe
from web4_governance.core.value import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.ledger.verdict import Report

PROPERTY = re.compile(r"G[0-6]: ")
COLOURS = {"ANCHORED": "green", "TAIL": "green", "UNANCHORED": "green", "TAMPERED": "red"}


def as_json(report: Report, code: int, left_out: tuple[int, ...]) -> dict[str, Any]:
    """Give the report as JSON."""
    from web4_governance.core.ledger.verify import STEPS  # noqa: PLC0415

    return {
        "verdict": str(report.verdict),
        "exit": code,
        "place": report.place,
        "reason": report.reason,
        "steps": [
            {"step": number, "claim": claim, "result": _result(report, number, left_out)}
            for number, claim in STEPS.items()
        ],
        "findings": [{name: getattr(found, name) for name in fields(found)} for found in report.findings],
        "found": report.found,
        "gaps": [{name: getattr(gap, name) for name in fields(gap)} for gap in report.gaps],
        "uncorroborated": [{name: getattr(one, name) for name in fields(one)} for one in report.uncorroborated],
        "anchored": [{name: getattr(one, name) for name in fields(one)} for one in report.anchored],
        "tail": report.tail,
        "notes": list(report.notes),
        "tally": {name: getattr(report.tally, name) for name in fields(report.tally)},
        "root": report.root,
        "holds": list(report.holds),
        "not_covered": list(report.not_covered),
    }


def print_report(report: Report, left_out: tuple[int, ...] = ()) -> None:
    """Print the report for people."""
    from web4_governance.core.ledger.verify import STEPS  # noqa: PLC0415

    paint = Paint()
    for number, claim in STEPS.items():
        result = _result(report, number, left_out)
        colour = {"failed": "red", "ok": "green"}.get(result, "dim")
        print(f"{number:>3}. {paint(f'{result:<9}', colour)}  {claim}")
        for found in report.findings:
            if found.step == number:
                print(f"     {safe(found.place)}: {safe(found.reason)}")
    if report.found > len(report.findings):
        print(f"     and {report.found - len(report.findings)} more")
    _print_rest(report)
    verdict = str(report.verdict)
    where = f" at {safe(report.place)}: {safe(report.reason)}" if report.place else ""
    print(f"\n{paint(verdict, COLOURS.get(verdict, 'yellow'))}{where}")


def _print_rest(report: Report) -> None:
    for gap in report.gaps:
        print(f"gap  {safe(gap.place)}: {safe(gap.reason)} ({safe(gap.explained) or 'unexplained'})")
    for one in report.uncorroborated:
        print(f"open {safe(one.place)}: {safe(one.reason)}")
    for head in report.anchored[-3:]:
        print(f"held {head.size} entries by {safe(head.by)}" + (f", {safe(head.where)}" if head.where else ""))
    for note in report.notes:
        print(f"note {safe(note)}")
    tally = report.tally
    print(
        f"\n{tally.entries} entries, {tally.sessions} chains, {tally.intents} calls, {tally.outcomes} outcomes, "
        f"{tally.unclosed} unclosed; {tally.opened} openings match, {tally.closed} are not kept or erased"
    )
    if report.root:
        print(f"root {report.root}")
    for text in report.holds:
        if PROPERTY.match(text):
            print(f"holds {safe(text)}")
    for text in report.not_covered:
        print(f"not covered: {safe(text)}")


def _result(report: Report, number: int, left_out: tuple[int, ...]) -> str:
    if any(found.step == number for found in report.findings):
        return "failed"
    return "not asked" if number in left_out else "ok"
