"""`web4 sessions`: the sessions of the ledger, the latest active last."""

from __future__ import annotations

from web4_governance.app.sessions import summaries
from web4_governance.cli import render
from web4_governance.cli.find import open_ledger, project_glob
from web4_governance.cli.text import Paint, safe, shorten_path, terminal_width
from web4_governance.core.policy.glob import compile_glob

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

HELP = "list sessions"
HEADER = ("session", "last active", "calls", "denied", "failed", "state", "project")
CAPS = (10, 20, 6, 6, 6, 5, 20)
PROJECT = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--project", default="", metavar="DIR|GLOB", help="in this project: a directory, a name, or a glob"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the latest N only")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the sessions."""
    with open_ledger(arguments) as ledger:
        found = summaries(ledger)
    if arguments.project:
        fits = compile_glob(project_glob(arguments.project)).matches
        found = [row for row in found if row["project"] is not None and fits(row["project"])]
    if 0 < arguments.limit < len(found):
        found = found[-arguments.limit :]
        render.remark(f"only the latest {len(found)} are shown: `--limit` cut the rest")
    if not render.machine(arguments, found):
        _show(found)
    return 0


def _show(found: list[dict[str, Any]]) -> None:
    lines = [HEADER, *(_cells(row) for row in found)]
    widths = render.columns(lines, caps=CAPS, flexible=PROJECT, total=terminal_width())
    paint = Paint()
    for n, line in enumerate(lines):
        cells = (*line[:PROJECT], shorten_path(line[PROJECT], widths[PROJECT]), *line[PROJECT + 1 :])
        text = "  ".join(render.cells(cells, widths)).rstrip()
        print(paint(text, "dim") if n == 0 else text)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        safe(row["session"])[:8],
        row["last"][:16].replace("T", " "),
        str(row["calls"]),
        str(row["statuses"].get("denied", 0)),
        str(row["statuses"].get("failed", 0)),
        row["state"],
        safe(row["project"] or "(not kept)"),
    )
