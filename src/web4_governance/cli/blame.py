"""`web4 blame PATH[:LINE]`: which agent, call, prompt and decision last changed each line of a file."""

from __future__ import annotations

import os

from web4_governance.app import rows, times
from web4_governance.app.blame import Who, blame
from web4_governance.cli import render
from web4_governance.cli.bundle_keys import add_keys, refuse_alone
from web4_governance.cli.find import open_ledger
from web4_governance.cli.text import Paint, safe, shorten, shorten_path, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.app.blame import Author, Blame, Range

HELP = "say which call last changed each line of a file"
COLOURS = {Who.OUTSIDE: "yellow", Who.UNPROVEN: "magenta", Who.UNKNOWN: "dim"}
CAPS = (11, 22, 15, 6, 11, 10)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH[:LINE]", help="a file, or one line of it (counted from 1)")
    parser.add_argument(
        "--bundle",
        action="append",
        default=[],
        metavar="FILE",
        help="by this export bundle, without a ledger (may be repeated)",
    )
    add_keys(parser)
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print who changed what."""
    refuse_alone(arguments)
    path, line = place_of(arguments.path)
    if arguments.bundle:
        found = _by_bundles(arguments, path, line)
    else:
        with open_ledger(arguments) as ledger:
            found = blame(ledger.reader, path, line=line)
    if not render.machine(arguments, [rows.line(found, one) for one in found.ranges]):
        _print(found)
    return 0 if found.told else 1


def _by_bundles(arguments: argparse.Namespace, path: str, line: int) -> Blame:
    from web4_governance.app.blame_bundle import blame_bundles  # noqa: PLC0415  # loaded for who asks for it
    from web4_governance.core.ledger.note import VerifierKey  # noqa: PLC0415  # likewise

    keys, witnesses = ([VerifierKey.from_text(key) for key in given] for given in (arguments.key, arguments.witness))
    return blame_bundles(arguments.bundle, path, line=line, keys=keys, witnesses=witnesses)


def place_of(text: str) -> tuple[str, int]:
    """Give path and line of `PATH[:LINE]`, line 0 for all; a file whose name ends like that is that file."""
    path, colon, line = text.rpartition(":")
    if colon and path and line.isdecimal() and not os.path.lexists(text):
        return path, int(line)
    return text, 0


def _print(found: Blame) -> None:
    total = terminal_width()
    gone = "" if found.is_there else "  (not there now: as last seen)"
    print(
        Paint()(
            shorten_path(safe(rows.near(found.path, os.path.realpath(os.curdir))), total - len(gone)) + gone, "bold"
        )
    )
    if found.last is not None and not (found.is_there and found.told):
        print(shorten(f"  last changed by {_call(found.last)}, {times.iso(found.last.ts)[:16]}", total))
    table = [_cells(one) for one in found.ranges]
    plain = [row if one.author else (row[0], *[""] * 5) for one, row in zip(found.ranges, table, strict=True)]
    widths = render.columns(plain, caps=CAPS, flexible=5, total=total)
    for one, row in zip(found.ranges, table, strict=True):
        text = "  ".join(render.cells(row, widths)) if one.author else f"{render.cells(row, widths)[0]}  {row[1]}"
        print(Paint()(shorten(text.rstrip(), total), COLOURS.get(one.who, "")))


def _cells(one: Range) -> tuple[str, ...]:
    place = "-" if not one.last else str(one.first) if one.first == one.last else f"{one.first}-{one.last}"
    author = one.author
    if author is None:
        return (place, f"{one.who}: {one.why}", "", "", "", "")
    # A call that is not proven to be the cause is marked, so that no column can be read without it.
    mark = "?" if one.who is Who.UNPROVEN else ""
    said = "(prompt not kept)" if author.prompt is None else f"“{safe(author.prompt)}”"
    who = f"{safe(author.agent_type or rows.MAIN)} {safe(author.session[:8])}"
    return (place, mark + _call(author), who, author.decision, times.local(author.ts).strftime("%m-%d %H:%M"), said)


def _call(author: Author) -> str:
    return f"#{author.idx} {safe(author.tool)}"
