"""`web4 why ID`: how a decision came about, and what would lift it."""

from __future__ import annotations

from web4_governance.app.explanation import as_json, rules_of
from web4_governance.cli import render
from web4_governance.cli.explanation import explain
from web4_governance.cli.find import open_ledger, record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "say why a call was decided as it was"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", help="its place (`17`), the host's call id, or the beginning of its leaf")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explain one decision."""
    with open_ledger(arguments) as ledger:
        record = record_of(ledger, arguments.id)
        rules = rules_of(ledger, record)
    if not render.one(arguments, as_json(record, rules)):
        explain(record, rules)
    return 0
