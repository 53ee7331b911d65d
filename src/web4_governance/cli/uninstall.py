"""`web4 uninstall`: take the hooks out again."""

from __future__ import annotations

import sys

from web4_governance.app.uninstall import How, Undone, purge, uninstall
from web4_governance.cli.here import here
from web4_governance.cli.text import safe
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "take the hooks out again"
SAID = {
    How.RESTORED: "as it was before, byte for byte",
    How.REMOVED: "removed: there was none before",
    How.TAKEN_OUT: "our entries taken out; the rest stays as you changed it",
    How.NOTHING: "nothing of ours in it",
    How.FAILED: "NOT done",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--purge", action="store_true", help="also remove ledger, keys, policies and settings")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0 if everything of ours is out, else 1."""
    around = here(arguments)
    if arguments.purge and not arguments.yes and not _asked(around.home):
        raise UsageError("nothing was removed", hint="`web4 uninstall --purge --yes` does not ask")
    done = uninstall(around)
    for undone in done:
        _print(undone)
    if not done:
        print("nothing was installed")
    if arguments.purge:
        _purge(around.home)
    else:
        print(f"kept     {safe(around.home)} with the ledger and its keys (`--purge` removes them)")
    return 1 if any(undone.how is How.FAILED for undone in done) else 0


def _print(undone: Undone) -> None:
    print(f"{safe(undone.path)}: {SAID[undone.how]}")
    if undone.how is How.FAILED:
        print(f"web4: {safe(undone.why)}", file=sys.stderr)
        print("  take the entries that mention `web4_governance` out with an editor", file=sys.stderr)


def _purge(home: str) -> None:
    left = purge(home)
    if left:
        print(f"removed  what was ours in {safe(home)}; not ours, and left: {safe(', '.join(left))}")
    else:
        print(f"removed  {safe(home)}")


def _asked(home: str) -> bool:
    if not sys.stdin.isatty():
        return False
    print(f"This removes the ledger and everything else of ours in {safe(home)}. Type `yes`: ", end="", file=sys.stderr)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() == "yes"
