"""`web4 identity`: the signed documents of those who act here: list them, show one with its history, check them all."""

from __future__ import annotations

import argparse
import sys

from web4_governance.app import identity, times
from web4_governance.cli import render
from web4_governance.cli.find import open_ledger
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.app.identity import Known

HELP = "who acts here: signed documents of operators, agents, servers and policies"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    every = what.add_parser("list", help="list all identities")
    one = what.add_parser("show", help="show one, what it is bound to, and what came before and after it")
    checked = what.add_parser("verify", help="check signatures, ids and links of all, or of one")
    one.add_argument("name", metavar="ID", help="its id or name, or a part of one that only it has")
    checked.add_argument("name", nargs="?", default="", metavar="ID", help="this one only")
    for sub in (every, one, checked):
        sub.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)
        render.add_formats(sub)


def run(arguments: argparse.Namespace) -> int:
    """List, show or check."""
    with open_ledger(arguments) as ledger:
        known = identity.identities(ledger.reader)
    if arguments.what == "list":
        return _list(arguments, known)
    chosen = identity.find(known, arguments.name) if arguments.name else None
    if arguments.what == "show" and chosen is not None:
        return _show(arguments, chosen, known)
    return _verify(arguments, known if chosen is None else (chosen,))


def _list(arguments: argparse.Namespace, known: tuple[Known, ...]) -> int:
    if not render.machine(arguments, [_row(one) for one in known]):
        for one in known:
            print(f"{one.lct.id if one.lct else '(unreadable)':<42}  {safe(one.name)}")
        if not known:
            print("no identity is signed yet: `web4 anchor` signs those of everybody who has acted", file=sys.stderr)
    return 0


def _show(arguments: argparse.Namespace, one: Known, known: tuple[Known, ...]) -> int:
    row = _row(one)
    names = {other.lct.id: other.lct.name for other in known if other.lct is not None}
    later = [other for other in known if other.lct is not None and other.lct.after == row["id"]]
    row["before"] = [other.lct.id for other in later if other.lct is not None]
    if not render.one(arguments, row):
        print(f"{row['id']}  {safe(one.name)}")
        pairs = [
            ("kind", row["kind"]),
            ("parent", _linked(row["parent"], names)),
            ("after", _linked(row["after"], names)),
        ]
        pairs += [("before", _linked(name, names)) for name in row["before"]]
        pairs += [(f"binds {name}", safe(said)) for name, said in row["binds"].items()]
        pairs += [
            ("made", row["time"]),
            ("bound in", "software: whoever can read this home's private key can sign others"),
        ]
        render.fields([*pairs, ("entry", f"#{one.idx}"), ("wrong", one.wrong)], label=14)
    return 2 if one.wrong else 0


def _linked(name: str, names: dict[str, str]) -> str:
    return f"{name}  {safe(names.get(name, '(not here)'))}" if name else ""


def _verify(arguments: argparse.Namespace, known: tuple[Known, ...]) -> int:
    rows = [
        {"id": row["id"], "name": row["name"], "idx": row["idx"], "wrong": row["wrong"]} for row in map(_row, known)
    ]
    wrong = [one for one in known if one.wrong]
    if not render.machine(arguments, rows):
        for one in wrong:
            print(f"#{one.idx}  {safe(one.name)}: {safe(one.wrong)}")
        print(
            f"{len(known) - len(wrong)} of {len(known)} identities are signed by this log's keys, with ids and links that hold"
        )
    return 2 if wrong else 0 if known else 1


def _row(one: Known) -> dict[str, Any]:
    lct = one.lct
    return {
        "id": lct.id if lct is not None else None,
        "kind": str(lct.kind) if lct is not None else None,
        "name": one.name,
        "binds": dict(lct.binds) if lct is not None else {},
        "binding": "software",
        "parent": lct.parent if lct is not None else "",
        "after": lct.after if lct is not None else "",
        "time": times.iso(one.ts),
        "idx": one.idx,
        "wrong": one.wrong,
    }
