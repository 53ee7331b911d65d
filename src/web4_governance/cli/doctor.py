"""`web4 doctor`: find every way in which hooks are silently lost, and mend it."""

from __future__ import annotations

import sys
from functools import partial

from web4_governance.app import doctor, install, native
from web4_governance.app.checks import lines
from web4_governance.app.checks.finding import Level, Mended
from web4_governance.cli import render
from web4_governance.cli.here import here, now_us
from web4_governance.cli.text import Paint, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json

HELP = "find every way in which hooks are silently lost, and mend it"
COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "dim"}
CLIENTS = {
    "native": "a resident gate answers, asked by the native client",
    "slim": "a resident gate answers, asked by a slim interpreter: `web4 doctor --build` makes the native client",
    "plain": "each call is judged in its own process: `web4 doctor --build` makes the native client",
}
NOT_SEEN = (
    "not seen from here: `--bare`, `--safe-mode`, `--setting-sources` and `--settings` on a client's own command line;"
    " only managed hooks run under those"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--build", action="store_true", help="build the native client with the C compiler at hand first"
    )
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, mend if that was asked, and print; 0 if nothing is left to mend, else 1."""
    around = here(arguments)
    now = now_us()
    if arguments.build:
        print(f"built {safe(native.build(around.home))}", file=sys.stderr)
        closed = install.layers_enforce(around.home, "", organisation=around.organisation)
        install.rewrite_lines(around.home, enforcing=closed, organisation=around.organisation)
    if arguments.fix:
        found: Sequence[Mended] = doctor.mend(around, now_us=now)
    else:
        found = [Mended(finding=finding) for finding in doctor.examine(around, now_us=now)]
    well = doctor.is_well(tuple(each.finding for each in found if not each.fixed))
    if not render.machine(arguments, [_row(each) for each in found]):
        _print(found, around, well=well)
    return 0 if well else 1


def _row(each: Mended) -> dict[str, Json]:
    finding = each.finding
    return {
        "id": finding.id,
        "level": str(finding.level),
        "what": finding.what,
        "how": finding.how,
        "fixable": finding.mend is not None,
        "fixed": each.fixed,
        "why": each.why,
    }


def _print(found: Sequence[Mended], around: Surroundings, *, well: bool) -> None:
    paint = Paint()
    for each in found:
        finding = each.finding
        word = "fixed" if each.fixed else str(finding.level)
        coloured = partial(paint, colour="green" if each.fixed else COLOURS[finding.level])
        render.say(f"{word} {finding.id}: {safe(finding.what)}", hang=2, paint=coloured, word=len(word))
        if each.why:
            render.say(f"  could not be mended: {safe(each.why)}", hang=4)
        if finding.how and not each.fixed:
            render.say(f"  {safe(finding.how)}", hang=4)
    print("all is well" if well else "not all is well")
    for form in lines.forms(around):
        print(f"client: {form.client} ({CLIENTS[form.client]}), in {safe(form.path)}")
    render.remark(NOT_SEEN)
