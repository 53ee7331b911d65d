"""`web4 tree SESSION`: a session as a tree of agents and calls."""

from __future__ import annotations

from web4_governance.app.tree import records_of, tree_of
from web4_governance.cli import render
from web4_governance.cli.find import open_ledger, session_of
from web4_governance.cli.forest import print_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "show a session as a tree of agents and calls"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("session", metavar="SESSION", help="the session's id, or its beginning")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the tree."""
    with open_ledger(arguments) as ledger:
        session = session_of(ledger, arguments.session)
        if not render.one(arguments, tree_of(ledger, session, records_of(ledger, session))):
            print_tree(ledger, session)
    return 0
