"""The keys that a reader of bundles has from elsewhere, as arguments of the commands that ask bundles. Not a command."""

from __future__ import annotations

from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Declare `--key` and `--witness`."""
    for name, what in (("--key", "a key of its log"), ("--witness", "a witness of its heads")):
        parser.add_argument(
            name,
            action="append",
            default=[],
            metavar="VKEY",
            help=f"with `--bundle`: {what}, that you have from elsewhere",
        )


def refuse_alone(arguments: argparse.Namespace) -> None:
    """Raise UsageError where keys are given and no bundle to hold against them."""
    if (arguments.key or arguments.witness) and not arguments.bundle:
        raise UsageError("`--key` and `--witness` are of bundles", hint="`web4 verify` holds the ledger against them")
