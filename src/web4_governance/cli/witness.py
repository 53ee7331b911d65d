"""`web4 witness`: cosign other logs' checkpoints, ours or other people's."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time

from web4_governance.app import witness
from web4_governance.app.times import iso
from web4_governance.app.witness_server import WitnessServer
from web4_governance.cli import render
from web4_governance.cli.here import now_us
from web4_governance.cli.main import home_of
from web4_governance.cli.text import safe
from web4_governance.core.ledger.note import VerifierKey
from web4_governance.storage.witness import open_witness

HELP = "cosign checkpoints of logs, as a C2SP witness"
PORT = 7380


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    serve = what.add_parser("serve", help="answer `add-checkpoint` requests until stopped")
    serve.add_argument(
        "--log", action="append", default=[], metavar="KEY", help="cosign this log, besides those of `witness/logs`"
    )
    serve.add_argument("--host", default="127.0.0.1", metavar="HOST", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"port (default: {PORT}; 0 takes a free one)"
    )
    key = what.add_parser("key", help="print the witness's public key; with --name, make it first")
    key.add_argument(
        "--name", metavar="NAME", help="make a key of this name, a schema-less address such as witness.example/alice"
    )
    status = what.add_parser("status", help="list the logs that were cosigned, and how far")
    hear = what.add_parser(
        "hear", help="take down what the ledger of another trust domain has seen of agents and servers"
    )
    hear.add_argument("bundle", metavar="BUNDLE", help="its whole ledger, as `web4 export --format bundle` wrote it")
    hear.add_argument(
        "--key", action="append", default=[], metavar="KEY", help="its log's key, as you have it from elsewhere"
    )
    hear.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that has cosigned its head"
    )
    hear.add_argument("--domain", required=True, metavar="NAME", help="your name for its trust domain")
    for sub in (serve, key, status, hear):
        sub.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)
    render.add_formats(status)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    home = home_of(arguments)
    match arguments.what:
        case "key":
            print((witness.make_key(home, arguments.name) if arguments.name else witness.read_key(home).key).to_text())
        case "status":
            return _status(home, arguments)
        case "hear":
            return _hear(home, arguments)
        case _:
            return _serve(home, arguments)
    return 0


def _serve(home: str, arguments: argparse.Namespace) -> int:
    key = witness.read_key(home)
    logs = witness.known_logs(home, arguments.log)
    state = os.path.join(witness.directory(home), "state.db")
    serving = witness.Witness(key=key, logs=logs, state=state, now=lambda: int(time.time()))
    server = WitnessServer(serving, log=lambda row: print(ascii(row)[1:-1], file=sys.stderr, flush=True))

    def ready(port: int) -> None:
        print(f"http://{arguments.host}:{port}", flush=True)
        print(f"web4: `{key.key.name}` cosigns {len(logs)} logs; stop with Ctrl-C", file=sys.stderr, flush=True)

    try:
        asyncio.run(server.run(arguments.host, arguments.port, ready))
    except OSError as error:
        print(f"web4: cannot listen: {(error.strerror or 'unknown error').lower()}", file=sys.stderr)
        return 1
    finally:
        serving.close()
    return 0


def _hear(home: str, arguments: argparse.Namespace) -> int:
    from web4_governance.app import hearing  # noqa: PLC0415  # loaded for the one action that was asked for

    found = hearing.hear(
        home,
        arguments.bundle,
        keys=[VerifierKey.from_text(key) for key in arguments.key],
        witnesses=[VerifierKey.from_text(key) for key in arguments.witness],
        domain=arguments.domain.strip(),
        now_us=now_us(),
    )
    print(f"#{found.idx}  the word of `{safe(found.domain)}` over {found.size} entries of {safe(found.origin)}")
    for entity, role in found.rows:
        print(f"  {safe(entity)}  in {safe(role)}")
    return 0


def _status(home: str, arguments: argparse.Namespace) -> int:
    key = witness.read_key(home).key
    state = open_witness(os.path.join(witness.directory(home), "state.db"))
    try:
        seen = state.logs()
    finally:
        state.close()
    logs = [{"origin": o, "size": r.latest.size, "root": r.latest.root.hex(), "time": r.time} for o, r in seen.items()]
    if render.one(arguments, {"key": key.to_text(), "logs": logs}):
        return 0
    print(key.to_text())
    for origin, found in seen.items():
        print(f"{origin.encode('unicode_escape').decode()}  {found.latest.size} entries  {iso(found.time * 1_000_000)}")
    return 0
