"""`web4 verify`: check the ledger, one session, or a mirror file alone, step by step.

The steps and the verdicts are core.ledger's; here they are printed. Exit code 0 for a verdict that leaves nothing open,
1 for one that does, 2 for TAMPERED.
"""

from __future__ import annotations

import threading
import time

from web4_governance.cli import main, render
from web4_governance.cli.text import Paint, safe
from web4_governance.core.value import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.core.ledger.verdict import Report

HELP = "check the ledger, step by step"
PATIENCE = 1.0
COLOURS = {"ANCHORED": "green", "TAIL": "green", "UNANCHORED": "green", "TAMPERED": "red"}
# What cannot be asked of one session taken out of the ledger, and of a mirror file without the ledger.
NOT_OF_SESSION = (3, 5)
NOT_OF_FILE = (3, 5, 6, 8, 10)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--session", metavar="ID", help="one session only (the beginning of its id will do)")
    which.add_argument("--file", metavar="FILE", help="a session mirror alone, without the ledger")
    parser.add_argument("--require-anchor", action="store_true", help="an unanchored ledger is not enough (exit 1)")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify and print."""
    from web4_governance.core.ledger.verdict import exit_code  # noqa: PLC0415  # loaded only for this command

    with _Patience():
        report = _report(arguments)
    code = exit_code(report, require_anchor=arguments.require_anchor)
    left_out = NOT_OF_SESSION if arguments.session else NOT_OF_FILE if arguments.file else ()
    if not render.one(arguments, as_json(report, code, left_out)):
        print_report(report, left_out)
    if code and report.verdict == "UNANCHORED":
        render.remark("no anchor speaks of this ledger, and `--require-anchor` asks for one")
    return code


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
    for note in report.notes:
        print(f"note {safe(note)}")
    tally = report.tally
    print(
        f"\n{tally.entries} entries, {tally.sessions} chains, {tally.intents} calls, {tally.outcomes} outcomes, "
        f"{tally.unclosed} unclosed; {tally.opened} openings match, {tally.closed} are not kept or erased"
    )
    if report.root:
        print(f"root {report.root}")
    for text in report.not_covered:
        print(f"not covered: {text}")


def _result(report: Report, number: int, left_out: tuple[int, ...]) -> str:
    if any(found.step == number for found in report.findings):
        return "failed"
    return "not asked" if number in left_out else "ok"


def _report(arguments: argparse.Namespace) -> Report:
    from web4_governance.app import verify  # noqa: PLC0415

    if arguments.file:
        return verify.verify_mirror(arguments.file)
    home = main.home_of(arguments)
    if arguments.session:
        from web4_governance.cli.find import open_ledger, session_of  # noqa: PLC0415

        with open_ledger(arguments) as ledger:
            session = session_of(ledger, arguments.session)
        return verify.verify_session(home, session)
    return verify.verify_ledger(home)


class _Patience:
    """Tells the person on stderr that the work goes on, once it takes longer than a second."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> None:
        self._start = time.monotonic()
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _tell(self) -> None:
        wait = PATIENCE
        while not self._done.wait(wait):
            render.remark(f"still reading, {time.monotonic() - self._start:.0f} s so far")
            wait *= 2
