"""`web4 lineage FILE|AGENT|SERVER`: who called what that changed which file, one chain a change."""

from __future__ import annotations

import os

from web4_governance.app import rows, times
from web4_governance.app.trace import Step, trace
from web4_governance.cli import render
from web4_governance.cli.find import open_ledger
from web4_governance.cli.text import Paint, safe, shorten, shorten_path, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "say who called what that changed a file, or which files an agent or server changed"
FIRST = 11  # `11-27 02:35`


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "name",
        metavar="FILE|AGENT|SERVER",
        help="a path, a session, a subagent's id or type, `main`, an MCP server, or a name of `web4 trust`",
    )
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="the newest N only (says so if it cut)")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the chains."""
    with open_ledger(arguments) as ledger:
        steps = trace(ledger.reader, arguments.name)
    if not steps:
        render.remark("no change of a file is recorded of it")
    most = arguments.limit
    if most is not None and 0 < most < len(steps):
        render.remark(f"{len(steps) - most} older changes are left out by --limit")
        steps = steps[-most:]
    if not render.machine(arguments, map(rows.trace, steps)):
        for step in steps:
            _print(step)
    return 0 if steps else 1


def _print(step: Step) -> None:
    total = terminal_width()
    when = times.local(step.author.ts).strftime("%m-%d %H:%M")
    path = step.change.get("path")
    mark = "?" if step.change.get("how") == "seen" else ""
    head = f"{when}  {mark}{rows.change_word(step.change)} "
    name = safe(rows.near(path, os.path.realpath(os.curdir))) if isinstance(path, str) else "(name not kept)"
    print(Paint()(head + shorten_path(name, max(10, total - len(head))), "bold"))
    for depth, part in enumerate(step.chain[:-1]):
        start = " " * FIRST + "  " + "  " * depth + ("└─ " if depth else "")
        end = f", {step.author.decision}, {step.author.status or 'unclosed'}" if depth == len(step.chain) - 2 else ""
        print(start + shorten(safe(part), max(10, total - len(start) - len(end))) + end)
    if step.author.prompt:
        print(" " * FIRST + "  " + shorten(f"asked “{safe(step.author.prompt)}”", total - FIRST - 2))
