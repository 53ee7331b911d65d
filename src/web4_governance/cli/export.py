"""`web4 export`: take entries out of the ledger in a form that others can check or read."""

from __future__ import annotations

from web4_governance.cli import main, render
from web4_governance.cli.find import add_filters, filters_of, open_ledger
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "export the ledger, or a part of it, with what it takes to check it"
FORMATS = ("bundle",)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--format", choices=FORMATS, default="bundle", help="bundle: a tar with proofs and a verifier")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the file to write")
    add_filters(parser)
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say what is in it."""
    from web4_governance.app.bundle import write_bundle  # noqa: PLC0415  # loaded only for this command
    from web4_governance.storage.reader import Filters  # noqa: PLC0415

    if arguments.limit is not None:
        raise UsageError("an export has no `--limit`: what matches is in it")
    with open_ledger(arguments) as ledger:
        filters = filters_of(arguments, ledger)
    chosen = None if filters == Filters() else filters
    entries, whole = write_bundle(main.home_of(arguments), arguments.output, filters=chosen)
    found = {"file": arguments.output, "entries": entries, "whole": whole}
    if not render.one(arguments, found):
        what = "the whole ledger" if whole else "a selection"
        print(f"{arguments.output}: {what}, {entries} entries; check it with `web4 verify --bundle {arguments.output}`")
    return 0
