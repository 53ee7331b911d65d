"""`web4 backup`: write the ledger to one file, as it is now; an entry says so."""

from __future__ import annotations

from web4_governance.app import backup
from web4_governance.cli import main, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "write the ledger to one file"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="where to; nothing may lie there yet")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write it."""
    done = backup.backup(main.home_of(arguments), arguments.file, who=person(), now_us=now_us())
    row = {"file": done.file, "size": done.size, "root": done.root, "idx": done.idx}
    if not render.one(arguments, row):
        print(f"{done.size} entries with root {done.root[:16]}… are in {safe(done.file)}; entry {done.idx} says so")
        render.remark("it holds what is kept readable, and the key of the lookups: keep it as you keep the ledger")
        render.remark("policies, settings and signing keys are not in it")
    return 0
