"""`web4 verify`: check the ledger, one session, or a mirror file alone, step by step.

The steps and the verdicts are core.ledger's; here they are printed. Exit code 0 for a verdict that leaves nothing open,
1 for one that does, 2 for TAMPERED.
"""

from __future__ import annotations

import threading
import time

from web4_governance.cli import main, render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.report import as_json, print_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.core.ledger.verdict import Report

HELP = "check the ledger, step by step"
PATIENCE = 1.0
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
    from web4_governance.app.assurance import with_assurance, with_entries_alone  # noqa: PLC0415  # loaded only for this command
    from web4_governance.core.ledger.verdict import exit_code  # noqa: PLC0415

    with _Patience():
        report = _report(arguments)
        if arguments.file:
            report = with_entries_alone(report, "not looked at: a file alone was verified")
        else:
            report = with_assurance(report, here(arguments), now_us=now_us())
    code = exit_code(report, require_anchor=arguments.require_anchor)
    left_out = NOT_OF_SESSION if arguments.session else NOT_OF_FILE if arguments.file else ()
    if not render.one(arguments, as_json(report, code, left_out)):
        print_report(report, left_out)
    if code and report.verdict == "UNANCHORED":
        render.remark("no anchor speaks of this ledger, and `--require-anchor` asks for one")
    return code


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
