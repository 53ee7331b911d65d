"""`web4 anchor`: sign a head of the ledger and hand it to the anchors; show heads and keys; begin the next key epoch."""

from __future__ import annotations

import argparse
import sys
import time

from web4_governance.app import anchor, signing
from web4_governance.app.atomic import write_bytes
from web4_governance.app.prove import prove
from web4_governance.app.times import iso
from web4_governance.cli import render
from web4_governance.cli.find import entry_at, open_ledger, record_of
from web4_governance.cli.main import home_of
from web4_governance.storage import Home, open_reader

HELP = "sign a head of the ledger and hand it to the anchors"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_subparsers(dest="what", metavar="WHAT")
    now = what.add_parser("now", help="sign a head over everything recorded, and hand it over (the default)")
    heads = what.add_parser("list", help="list the signed heads and what anchors answered")
    key = what.add_parser("key", help="print the log's first public key, to be kept elsewhere")
    key.add_argument("--make", action="store_true", help="make it first, where there is none")
    rotate = what.add_parser("rotate", help="let the present key certify the next one, and destroy it")
    proof = what.add_parser("proof", help="prove that an entry is under a signed head (C2SP tlog-proof)")
    proof.add_argument(
        "entry", metavar="ENTRY", help="its place in the ledger, a call's id, or the beginning of its leaf"
    )
    proof.add_argument("--out", default="", metavar="FILE", help="write it there (default: standard output)")
    for sub in (now, heads, key, rotate, proof):
        sub.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)
    render.add_formats(heads)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    home = home_of(arguments)
    match arguments.what:
        case "key":
            keys = anchor.make_key(home) if arguments.make else signing.read(home)
            print(keys.first.to_text())
        case "rotate":
            keys = anchor.rotate(home, now_us=time.time_ns() // 1000)
            print(keys.present.to_text())
            print(f"web4: epoch {keys.epoch} begins; the first key stays the one to keep elsewhere", file=sys.stderr)
        case "proof":
            return _proof(arguments)
        case "list":
            return _list(home, arguments)
        case _:
            return _now(home)
    return 0


def _now(home: str) -> int:
    done = anchor.anchor(home, now_us=time.time_ns() // 1000)
    if done is None:
        print("web4: nothing is recorded yet, or another process hands a head over", file=sys.stderr)
        return 0
    print(f"{done.head.size} entries, epoch {done.head.epoch}")
    for one in done.taken:
        print(f"  {one.anchor}: {'taken' if one.receipt is not None else one.why}")
    return int(any(one.receipt is None for one in done.taken))


def _proof(arguments: argparse.Namespace) -> int:
    with open_ledger(arguments) as ledger:
        stored = entry_at(ledger, arguments.entry)
        if stored is None:
            stored = ledger.reader.by_leaf(record_of(ledger, arguments.entry).id)[0]
        data = prove(ledger.reader, stored.idx).to_bytes()
    if arguments.out:
        write_bytes(arguments.out, data)
    else:
        sys.stdout.write(data.decode())
    leaf = stored.leaf.hex()
    print(
        f"web4: entry {stored.idx}, leaf {leaf}: check it against that, and the first key (`web4 anchor key`)",
        file=sys.stderr,
    )
    return 0


def _list(home: str, arguments: argparse.Namespace) -> int:
    with open_reader(Home(home)) as reader:
        heads, anchorings = reader.heads(), reader.anchorings()
    rows = [
        {
            "size": head.size,
            "epoch": head.epoch,
            "ts": head.ts,
            "note": head.note.decode("utf-8", "replace"),
            "anchors": sorted(one.anchor for one in anchorings if one.size == head.size),
        }
        for head in heads
    ]
    if render.machine(arguments, rows):
        return 0
    for head in heads:
        names = sorted(one.anchor for one in anchorings if one.size == head.size)
        print(f"{iso(head.ts)}  {head.size} entries, epoch {head.epoch}  {', '.join(names) or '-'}")
    return 0
