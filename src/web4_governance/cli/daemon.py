"""`web4 daemon`: the resident gate of a home, in the foreground or not, and how it does."""

from __future__ import annotations

import os
import sys

from web4_governance.app import resident
from web4_governance.cli.main import home_of
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "the resident gate of a home: run, start, stop, status"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", choices=("run", "start", "stop", "status", "unit"), help="run stays in the foreground")
    parser.add_argument("--idle", type=float, default=0.0, metavar="SECONDS", help="end after so long without a call")
    parser.add_argument(
        "--system", action="store_true", help="run: for another user, whose agent cannot write this home"
    )
    parser.add_argument("--for", dest="person", default="", metavar="USER", help="with --system, unit: that user")
    parser.add_argument(
        "--anchors", action="store_true", help="unit: let it reach the network, for anchors on other machines"
    )
    parser.add_argument("--socket", default="", metavar="PATH", help="with --system: where that user reaches it")


def run(arguments: argparse.Namespace) -> int:
    """Do it: status 0 where a gate answers, 1 where none does."""
    home = home_of(arguments)
    if arguments.what == "unit":
        print(resident.unit(arguments.person, anchors=arguments.anchors), end="")
        return 0
    if arguments.what == "run":
        command = resident.command(home, idle_s=arguments.idle)
        if arguments.system:
            command += resident.for_another(arguments.person, arguments.socket)
        sys.stdout.flush()
        os.execve(command[0], command, resident.environment())  # noqa: S606  # our own interpreter and script
    if arguments.what == "start":
        return _show(resident.start(home))
    if arguments.what == "stop":
        stopped = resident.stop(home)
        print("stopped" if stopped else "no gate was there")
        return 0
    return _show(resident.status(home))


def _show(state: dict[str, str] | None) -> int:
    if state is None:
        print("no resident gate answers: hooks judge in their own process")
        return 1
    for name, text in state.items():
        print(f"{name:8} {safe(text)}")
    return 0
