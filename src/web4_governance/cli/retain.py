"""`web4 retain`: what is kept for how long. Prunes the oldest entries when it is told to; holds keep them."""

from __future__ import annotations

import sys

from web4_governance.app import retain, times
from web4_governance.cli import find, main, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

HELP = "prune the oldest entries, keeping their hashes; or hold them"
SHOWN = 12


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--keep", default="", metavar="TIME", help="prune what is older: 90d, 8w, 6y")
    add("--max-size", default="", metavar="SIZE", help="prune the oldest until so much is left: 500MB, 2GB")
    add("--hold", action="store_true", help="keep what `--session` or `--since` names from being pruned")
    add("--release", default="", metavar="HOLD", help="release a hold")
    add("--session", default="", metavar="ID", help="with `--hold`: this session (the beginning of its id will do)")
    add("--since", default="", metavar="TIME", help="with `--hold`: from this time on, as for `web4 log`")
    add("--why", default="", metavar="TEXT", help="the reason, which is recorded")
    add("--yes", action="store_true", help="prune; without it, what would go is said")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Say, prune, hold or release."""
    home = main.home_of(arguments)
    now = now_us()
    if arguments.hold:
        with find.open_ledger(arguments) as ledger:
            filters = find.filters_of(_as_filters(arguments), ledger)
        held = retain.hold(
            home, session=filters.session, since=filters.since, who=person(), why=arguments.why, now_us=now
        )
        print(f"hold    {held[:SHOWN]}")
        return 0
    if arguments.release:
        released = retain.release(home, arguments.release, who=person(), why=arguments.why, now_us=now)
        print(f"no longer held: {released.id[:SHOWN]}")
        return 0
    keep = retain.span_us(arguments.keep) if arguments.keep else 0
    most = retain.size_of(arguments.max_size) if arguments.max_size else 0
    if arguments.yes:
        return _prune(arguments, home, keep, most, now)
    found = retain.plan(home, keep_us=keep, most=most, now_us=now)
    row = {"from": found.first, "size": found.size, "total": found.total, "held_by": found.held_by or None}
    if not render.one(arguments, {**row, "holds": [_hold(one) for one in found.holds]}):
        print(
            f"{found.size - found.first} entries would be pruned, {found.total - found.size} kept;"
            f" {found.first} are gone already"
        )
        for one in found.holds:
            what = f"session {one.session}" if one.session else f"from {times.iso(one.since)} on"
            print(f"hold    {one.id[:SHOWN]}  {safe(what)}: {safe(one.why)}")
    if not keep and not most:
        render.remark("everything is kept: say `--keep` or `--max-size` to prune")
    return 0


def _prune(arguments: argparse.Namespace, home: str, keep: int, most: int, now: int) -> int:
    done = retain.prune(home, keep_us=keep, most=most, who=person(), why=arguments.why, now_us=now)
    if done is None:
        render.remark("nothing was pruned: nothing is older or more than that, or a hold keeps it")
        return 0
    if not render.one(arguments, {"from": done.first, "size": done.size, "idx": done.idx, "whole": done.whole}):
        print(f"{done.size - done.first} entries are pruned; entry {done.idx} says so")
    for copy in done.unreached:
        print(f"  not reached: {safe(copy)}", file=sys.stderr)
    if done.whole:
        return 0
    render.remark(
        "a reader holds an older state of the ledger, and with it old pages: end it, then `web4 erase --finish`"
    )
    return 1


def _as_filters(arguments: argparse.Namespace) -> argparse.Namespace:
    names = ("project", "tool", "category", "agent", "decision", "status", "effect", "target", "until")
    for name in names:
        setattr(arguments, name, "")
    return arguments


def _hold(one: retain.Hold) -> dict[str, object]:
    return {"id": one.id, "idx": one.idx, "session": one.session or None, "since": one.since, "why": one.why}
