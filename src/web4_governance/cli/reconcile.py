"""`web4 reconcile`: line the ledger up with the host's own transcript and telemetry, and name what does not fit.

Exit code 0 where every call lines up, 1 where that could not be told, 2 where a call was not seen, a denial did not bind,
or something else ran than was judged.
"""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime

from web4_governance.app import times
from web4_governance.app.switch import span_us
from web4_governance.cli import render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.main import home_of
from web4_governance.cli.progress import shown
from web4_governance.cli.text import Paint, safe
from web4_governance.core.errors import UsageError
from web4_governance.core.value import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.reconcile import Answer

HELP = "compare the ledger with the host's own transcript and telemetry"
WORDS = {0: "LINES UP", 1: "COULD NOT TELL", 2: "DOES NOT LINE UP"}
WAIT_S = 5.0
PORT = 4318  # OTLP/HTTP's own
COLOURS = {0: "green", 1: "yellow", 2: "red"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--transcript", action="append", default=[], metavar="FILE", help="a transcript, or a directory of them"
    )
    parser.add_argument(
        "--otel", action="append", default=[], metavar="FILE", help="a telemetry file: OTLP/JSON, one export a line"
    )
    parser.add_argument(
        "--session", default="", metavar="ID", help="one session only (the beginning of its id will do)"
    )
    parser.add_argument("--since", default="", metavar="TIME", help="only calls since then, as for `web4 log`")
    parser.add_argument("--record", action="store_true", help="put what was found on record in the ledger")
    parser.add_argument("--explain", default="", metavar="LEAF", help="say why a gap on record is no cause for alarm")
    parser.add_argument("--why", default="", metavar="TEXT", help="the explanation")
    parser.add_argument(
        "--listen", default="", metavar="FILE", help="take telemetry on loopback, and append it to a file"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"where to listen (default: {PORT})")
    parser.add_argument("--for", dest="span", default="24h", metavar="TIME", help="how long to listen (default: 24h)")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare and print."""
    from web4_governance.app.reconcile import Asked, reconcile  # noqa: PLC0415  # loaded only for this command

    if arguments.listen:
        return _listen(arguments)
    if arguments.explain or arguments.why:
        return _explain(arguments)
    since = times.since(arguments.since, now=datetime.now(UTC)) if arguments.since else 0
    asked = Asked(
        transcripts=tuple(arguments.transcript),
        telemetry=tuple(arguments.otel),
        session=_session(arguments),
        since=since,
    )
    with shown("compared, entries read") as told:
        answer = reconcile(here(arguments), asked, told=told)
    if arguments.record:
        _record(arguments, answer)
    if not render.one(arguments, _as_json(answer)):
        _print(answer)
    return answer.found.exit_code


def _listen(arguments: argparse.Namespace) -> int:
    """Listen until the time is over or the person ends it; what the client needs to send here is printed first."""
    from web4_governance.app.otlp_receiver import Receiver, variables  # noqa: PLC0415

    span = span_us(arguments.span)
    with Receiver(arguments.listen, port=arguments.port) as receiver:
        for name, text in variables(receiver.url).items():
            print(f"{name}={text}", flush=True)
        render.remark(f"listening; end it with Ctrl-C, then `web4 reconcile --otel {arguments.listen}`")
        with contextlib.suppress(KeyboardInterrupt):
            time.sleep(span / 1_000_000)
    return 0


def _record(arguments: argparse.Namespace, answer: Answer) -> None:
    from web4_governance.app.reconcile_record import record  # noqa: PLC0415

    new = record(home_of(arguments), answer, now_us=now_us(), deadline=time.monotonic() + WAIT_S)
    render.remark(f"on record, with {new} new gaps")


def _explain(arguments: argparse.Namespace) -> int:
    from web4_governance.app.reconcile_record import explain  # noqa: PLC0415

    if not (arguments.explain and arguments.why):
        raise UsageError("an explanation needs both `--explain LEAF` and `--why TEXT`")
    leaf = explain(
        home_of(arguments), arguments.explain, arguments.why, now_us=now_us(), deadline=time.monotonic() + WAIT_S
    )
    print(f"explained {leaf}")
    return 0


def _session(arguments: argparse.Namespace) -> str:
    from web4_governance.cli.find import open_ledger, session_of  # noqa: PLC0415

    if not arguments.session:
        return ""
    with open_ledger(arguments) as ledger:
        return session_of(ledger, arguments.session)


def _as_json(answer: Answer) -> dict[str, Any]:
    found = answer.found
    return {
        "exit": found.exit_code,
        "calls": found.calls,
        "agreed": found.agreed,
        "alike": found.alike,
        "found": [{name: getattr(one, name) for name in fields(one)} for one in found.found],
        "silent": list(found.silent),
        "notes": list(found.notes),
        "sources": [{"kind": source.kind, "file": source.path} for source in answer.sources],
        "last_us": answer.last_us,
    }


def _print(answer: Answer) -> None:
    found, paint = answer.found, Paint()
    for source in answer.sources:
        print(f"read  {source.kind}: {safe(source.path)}")
    for one in found.found:
        when = times.iso(one.ts) if one.ts else "-"
        print(f"{one.what:<15} {when}  {safe(one.session[:8])}  {safe(one.tool or '-')}  {safe(one.call or '-')}")
        print(f"{'':<15} {safe(one.why)}")
    for session in found.silent:
        print(f"no witness      session {safe(session)}")
    for note in found.notes:
        print(f"note  {safe(note)}")
    shown = f"; of {found.alike} the witness shows the input only in part" if found.alike else ""
    print(f"\n{found.calls} calls compared, {found.agreed} line up{shown}")
    print(paint(WORDS[found.exit_code], COLOURS[found.exit_code]))
