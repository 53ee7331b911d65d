"""`web4 off`: let everything through for a while."""

from __future__ import annotations

import sys

from web4_governance.app import switch
from web4_governance.app.times import iso
from web4_governance.cli.here import now_us
from web4_governance.cli.main import home_of
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "let everything through for a while"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--for", dest="span", metavar="TIME", help="how long: 90s, 10m, 2h; at most 24h")
    how.add_argument("--on", action="store_true", help="end it now")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0 even where the ledger cannot say so, because that is when one needs it."""
    home = home_of(arguments)
    now = now_us()
    if arguments.on:
        done = switch.switch_on(home, now_us=now)
        print("on: decisions bind again, where the policy enforces")
    else:
        done = switch.switch_off(home, span=switch.span_us(arguments.span), now_us=now)
        print(
            f"off until {iso(done.until_us)}: every call goes through, and is recorded as such (`web4 off --on` ends it)"
        )
    if done.unrecorded:
        print(f"web4: the ledger does not say so: {safe(done.unrecorded)}", file=sys.stderr)
    return 0
