"""`web4 report`: what a period's records show, as one HTML file, JSON or Markdown; and a reviewer's sign-off of one."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from web4_governance.app import times
from web4_governance.app.reports.asked import FORMATS, Asked, Reading
from web4_governance.app.reports.frameworks import NAMES
from web4_governance.cli import render
from web4_governance.cli.bundle_keys import add_keys, refuse_alone
from web4_governance.cli.find import project_glob
from web4_governance.cli.here import here, now_us
from web4_governance.cli.progress import Progress
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

HELP = "what a period's records show, as one file for who has to judge it"
STDOUT = "-"
SIGN_OFF = "sign-off"
EPILOG = (
    "`web4 report sign-off FILE --by NAME` records that somebody has read a report, in the ledger that it was made of."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    parser.epilog = EPILOG
    add(
        "action",
        nargs="?",
        default="",
        choices=("", SIGN_OFF),
        metavar=SIGN_OFF,
        help="sign off a report that was made",
    )
    add("file", nargs="?", default="", metavar="FILE", help=f"with `{SIGN_OFF}`: the report, as a page or JSON")
    add("--since", default="", metavar="TIME", help="from this time on: `'last month'`, `90d`, a date, a time")
    add("--until", default="", metavar="TIME", help="up to this time (default: now)")
    add(
        "--framework",
        default="",
        choices=NAMES,
        metavar="NAME",
        help=f"with the controls of this one, and what is evidence for each: {', '.join(NAMES)}",
    )
    add("--project", default="", metavar="DIR|GLOB", help="calls in this project only")
    add(
        "--target",
        default="",
        metavar="GLOB",
        help="list every recorded access to this, and what could have touched it",
    )
    add(
        "--bundle",
        metavar="[NAME=]FILE",
        action="append",
        default=[],
        help="of this bundle in place of the ledger; several: of all of them together, each verified first",
    )
    add_keys(parser)
    add("--format", default="", choices=FORMATS, help="html (the default), json or md")
    add("-o", "--output", metavar="FILE", default=STDOUT, help="the file to write (default: print it)")
    add("--verify", default=str(Reading.AUTO), choices=[*map(str, Reading)], help=READ)
    add("--trust", default=str(Reading.AUTO), choices=("auto", "all", "none"), help=FOLDED)
    verdict = parser.add_argument_group(f"with `{SIGN_OFF}`").add_argument
    verdict("--by", default="", metavar="NAME", help="who has read the report; recorded beside the account's own name")
    verdict("--note", default="", metavar="TEXT", help="what they say of it; it is recorded")
    render.add_formats(parser)


READ = "how much of the ledger is read again: all, what is new since a signed head, none (default: all of a small one)"
FOLDED = "whether the course of trust is folded from the whole ledger (default: from a small one)"


def run(arguments: argparse.Namespace) -> int:
    """Make the report and write it."""
    if arguments.action == SIGN_OFF:
        from web4_governance.cli import report_sign_off  # noqa: PLC0415  # loaded for the one action that was asked for

        return report_sign_off.run(arguments)
    if arguments.by or arguments.note:
        raise UsageError(f"`--by` and `--note` are of `{SIGN_OFF}`", hint=f"`web4 report {SIGN_OFF} FILE --by NAME`")
    refuse_alone(arguments)
    form = _form(arguments)
    if form == "html" and arguments.output == STDOUT and sys.stdout.isatty():
        raise UsageError(
            "a page is not printed on a terminal", hint="`-o report.html` writes it; `--format md` can be read here"
        )
    progress = Progress("report, parts done")
    try:
        doc = _made(arguments, progress)
    finally:
        progress.close()
    _write(arguments.output, _printed(form, doc, a_line=arguments.jsonl))
    if arguments.output != STDOUT:
        said = {"file": arguments.output, "format": form, "calls": doc["population"]["calls"],
                "verdict": doc["verification"]["verdict"], "size": doc["ledger"]["size"]}  # fmt: skip
        if not render.one(arguments, said):
            print(f"{arguments.output}: {said['calls']} calls, {said['verdict'] or 'not verified'}, as {form}")
    return 0


def _made(arguments: argparse.Namespace, told: Progress) -> dict[str, Any]:
    asked = _asked(arguments)
    if arguments.bundle:
        from web4_governance.app.reports.make_of_bundles import make_of_bundles  # noqa: PLC0415  # loaded where bundles are asked

        keys, witnesses = arguments.key, arguments.witness
        return make_of_bundles(arguments.bundle, asked, told=told, keys=keys, witnesses=witnesses)
    from web4_governance.app.reports.make import make  # noqa: PLC0415  # loaded only for this command

    return make(here(arguments), asked, told=told)


def _form(arguments: argparse.Namespace) -> str:
    if arguments.output == STDOUT and (arguments.json or arguments.jsonl):
        return "json" if not arguments.format else str(arguments.format)
    ending = os.path.splitext(arguments.output)[1][1:].lower()
    return str(arguments.format) or (ending if ending in FORMATS else "html")


def _asked(arguments: argparse.Namespace) -> Asked:
    if not arguments.since:
        raise UsageError("say since when: `--since`", hint=times.EXAMPLES)
    now, clock = now_us(), datetime.now(UTC).astimezone()
    return Asked(
        now_us=now,
        since_us=times.since(arguments.since, now=clock),
        until_us=times.until(arguments.until, now=clock) + 1 if arguments.until else now + 1,
        framework=arguments.framework,
        project=project_glob(arguments.project) if arguments.project else "",
        target=arguments.target,
        verify=Reading(arguments.verify),
        course=Reading(arguments.trust),
    )


def _printed(form: str, doc: dict[str, Any], *, a_line: bool) -> str:
    if form == "json":
        import json  # noqa: PLC0415

        return (json.dumps(doc, separators=(",", ":")) if a_line else json.dumps(doc, indent=1)) + "\n"
    if form == "md":
        from web4_governance.app.reports.markdown import markdown  # noqa: PLC0415

        return markdown(doc)
    from web4_governance.app.reports.html import html  # noqa: PLC0415

    return html(doc)


def _write(file: str, text: str) -> None:
    if file == STDOUT:
        sys.stdout.write(text)
        return
    from web4_governance.app.atomic import write_bytes  # noqa: PLC0415

    try:
        write_bytes(file, text.encode())
    except OSError as error:
        raise UsageError(f"`{file}` cannot be written: {(error.strerror or 'no reason').lower()}") from None
