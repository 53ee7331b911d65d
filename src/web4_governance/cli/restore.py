"""`web4 restore`: put a backup in the ledger's place; an entry says from where to where, by whom and why."""

from __future__ import annotations

from web4_governance.app import backup
from web4_governance.cli import main, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "put a backup in the ledger's place"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a file that `web4 backup` wrote")
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, which is recorded")
    parser.add_argument("--yes", action="store_true", help="do it; without it, what would be lost is said")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Say what would happen, or do it."""
    home = main.home_of(arguments)
    if not arguments.yes:
        size, here = backup.look(home, arguments.file)
        if not render.one(arguments, {"size": size, "replaces": here, "done": False}):
            print(f"{size} entries would take the place of {here}")
            render.remark("nothing was restored: `--yes` does it; what is replaced is kept beside the ledger")
        return 0
    done = backup.restore(home, arguments.file, who=person(), why=arguments.why, now_us=now_us())
    row = {
        "size": done.size,
        "replaced": done.replaced,
        "idx": done.idx,
        "leaf": done.leaf,
        "kept": list(done.kept),
        "erased_again": done.erased_again,
        "done": True,
    }
    if not render.one(arguments, row):
        print(f"{done.size} entries are in the place of {done.replaced}; entry {done.idx} says so")
        for kept in done.kept:
            print(f"kept    {safe(kept)}")
    if done.erased_again:
        render.remark(f"{done.erased_again} values that were erased since were erased in it again")
    if done.lost:
        render.remark(
            f"anchors still hold heads of what is gone: `web4 verify --restored {done.leaf[:16]}` says that you know of it"
        )
    if done.kept:
        render.remark("grants that were used or taken back since hold again: `web4 policy grant --list` shows them")
    return 0
