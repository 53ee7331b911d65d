"""`web4 console`: the ledger as a local web page, for reading only. This process becomes the console's own.

Loopback only, opened once by the printed address. What it needs beside the program is the extra `console`.
"""

from __future__ import annotations

import importlib.util
import os
import sys

from web4_governance.cli.main import home_of
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "show the ledger as a local web page, for reading only"
NEEDED = ("starlette", "uvicorn", "jinja2")
FACE = "web4_governance.console"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--port", type=int, default=0, metavar="N", help="listen on this port of 127.0.0.1 (default: a free one)")
    add("--policy", default="", metavar="FILE", help="a policy file that the page can try on the history")
    add("--no-open", action="store_true", help="print the address and open no browser")


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        hint = f"`{sys.executable} -m pip install '.[console]'` in the clone puts it beside this program"
        raise UsageError(f"the console needs the package `{missing[0]}`", hint=hint)
    words = [f"--home={home_of(arguments)}", f"--port={arguments.port}"]
    words += [f"--policy={os.path.abspath(arguments.policy)}"] if arguments.policy else []
    words += [] if arguments.no_open else ["--open"]
    sys.stdout.flush()
    # Faces do not know one another: the console is a program of its own. -P: nothing of the directory we stand in is loaded.
    os.execv(sys.executable, [sys.executable, "-P", "-m", FACE, *words])  # noqa: S606  # our own interpreter and module
