"""A verification's report as JSON and for people: the steps, what was found, what is not covered, the verdict last."""

from __future__ import annotations

import re
from functools import partial

from web4_governance.cli import render
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
        colour = {"failed": "red", "ok": "green", "open": "yellow"}.get(result, "dim")
        render.say(f"{number:>3}. {result:<9}  {claim}", hang=16, paint=partial(_result_in, paint, colour), word=14)
        for found in report.findings:
            if found.step == number:
                render.say(f"     {safe(found.place)}: {safe(found.reason)}", hang=7)
    if report.found > len(report.findings):
        print(f"     and {report.found - len(report.findings)} more")
    _print_rest(report)
    verdict = str(report.verdict)
    where = f" at {safe(report.place)}: {safe(report.reason)}" if report.place else ""
    print()
    render.say(
        verdict + where, hang=2, paint=lambda word: paint(word, COLOURS.get(verdict, "yellow")), word=len(verdict)
    )


def _result_in(paint: Paint, colour: str, text: str) -> str:
    return text[:5] + paint(text[5:], colour)


def _print_rest(report: Report) -> None:
    for gap in report.gaps:
        render.say(f"gap  {safe(gap.place)}: {safe(gap.reason)} ({safe(gap.explained) or 'unexplained'})", hang=5)
    for one in report.uncorroborated:
        render.say(f"open {safe(one.place)}: {safe(one.reason)}", hang=5)
    for head in report.anchored[-3:]:
        render.say(
            f"held {head.size} entries by {safe(head.by)}" + (f", {safe(head.where)}" if head.where else ""), hang=5
        )
    for note in report.notes:
        render.say(f"note {safe(note)}", hang=5)
    tally = report.tally
    print()
    render.say(
        f"{tally.entries} entries, {tally.sessions} chains, {tally.intents} calls, {tally.outcomes} outcomes,"
        f" {tally.unclosed} unclosed; {tally.opened} openings match, {tally.closed} are not kept or erased",
        hang=0,
    )
    if report.root:
        print(f"root {report.root}")
    for text in report.holds:
        if PROPERTY.match(text):
            render.say(f"holds {safe(text)}", hang=6)
    for text in report.not_covered:
        render.say(f"not covered: {safe(text)}", hang=6)


def _result(report: Report, number: int, left_out: tuple[int, ...]) -> str:
    if any(found.step == number for found in report.findings):
        return "failed"
    if any(one.step == number for one in report.uncorroborated):
        return "open"
    return "not asked" if number in left_out else "ok"
