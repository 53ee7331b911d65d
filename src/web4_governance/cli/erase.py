"""`web4 erase`: take away what was kept readable of calls or entries, for good, with who, why and authority on record."""

from __future__ import annotations

import sys

from web4_governance.app import erase, times
from web4_governance.cli import find, main, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe, shorten, terminal_width
from web4_governance.core.canonical import encode
from web4_governance.core.errors import UsageError
from web4_governance.core.record.where import condition

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

HELP = "erase what was kept readable, for good; every proof still holds"
SHOWN = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "names",
        nargs="*",
        metavar="ID",
        help="a call (its place, call id or leaf) with all that is recorded of it, or an entry",
    )
    find.add_filters(parser)
    add(
        "--where",
        action="append",
        default=[],
        metavar="FIELD~TEXT",
        help="only entries that say so (FIELD=VALUE is exact, the field `*` is any); more than one: all must hold",
    )
    add(
        "--field",
        action="append",
        default=[],
        metavar="FIELD",
        help="only this field, such as `request.input` (default: all)",
    )
    add("--why", default="", metavar="TEXT", help="the reason, which is recorded")
    add(
        "--authority",
        default="",
        metavar="TEXT",
        help="under what authority: whose request, which rule; it is recorded",
    )
    add("--yes", action="store_true", help="erase; without it, what would go is listed")
    add("--finish", action="store_true", help="finish an erasure that was cut short")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """List, erase or finish; 1 where old pages could not be overwritten yet."""
    home = main.home_of(arguments)
    if arguments.finish:
        return _said(whole=erase.finish(home))
    if arguments.limit is not None:
        message = "`--limit` would leave older entries as they are"
        raise UsageError(message, hint="leave it out, or narrow with `--since` and `--until`")
    with find.open_ledger(arguments) as ledger:
        asked = erase.Asked(
            names=tuple(arguments.names),
            filters=find.filters_of(arguments, ledger),
            where=tuple(map(condition, arguments.where)),
            fields=tuple(arguments.field),
        )
        pieces = erase.choose(ledger, asked)
    if not render.machine(arguments, [_row(piece) for piece in pieces]):
        for piece in pieces:
            line = f"{piece.idx:>6}  {times.iso(piece.ts)}  {piece.kind:<8} {safe(piece.field):<28} {_excerpt(piece)}"
            print(shorten(line, terminal_width()) if sys.stdout.isatty() else line)
    if not pieces:
        render.remark("nothing of what is asked for is kept readable")
        return 0
    if not arguments.yes:
        entries = len({piece.idx for piece in pieces})
        render.remark(f"{len(pieces)} values of {entries} entries would be erased; nothing was: `--yes` does it")
        return 0
    done = erase.erase(home, pieces, who=person(), why=arguments.why, authority=arguments.authority, now_us=now_us())
    render.remark(f"{done.count} values of {done.entries} entries are erased; entry {done.idx} says so")
    render.remark("not reached, and still to be dealt with where they exist:")
    for copy in done.unreached:
        print(f"  {safe(copy)}", file=sys.stderr)
    return _said(whole=done.whole)


def _said(*, whole: bool) -> int:
    if whole:
        return 0
    render.remark(
        "a reader holds an older state of the ledger, and with it old pages: end it, then `web4 erase --finish`"
    )
    return 1


def _excerpt(piece: erase.Piece) -> str:
    text = piece.shown if isinstance(piece.shown, str) else encode(piece.shown).decode()
    return safe(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _row(piece: erase.Piece) -> dict[str, Any]:
    return {
        "idx": piece.idx,
        "leaf": piece.leaf,
        "session": piece.session,
        "kind": piece.kind,
        "time": times.iso(piece.ts),
        "ts": piece.ts,
        "field": piece.field,
        "value": piece.shown,
    }
