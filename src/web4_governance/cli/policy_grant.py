"""`web4 policy grant`: let through what your policy would stop, for so many calls and so long, with a reason on record."""

from __future__ import annotations

import os
import sys

from web4_governance.app import times
from web4_governance.cli import find, main, policy_view, render
from web4_governance.cli.here import now_us, person
from web4_governance.cli.text import safe
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.grants import Given
    from web4_governance.app.policy_grant import Asked, Listed
    from web4_governance.app.query import Ledger

DEFAULT_SPAN = "1h"
SHOWN = 12


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add(
        "call", nargs="?", default="", metavar="ID", help="let this recorded call's action through: all that stopped it"
    )
    add("--rule", default="", metavar="RULE", help="lift this rule for whatever call it would stop")
    add(
        "--target",
        action="append",
        default=[],
        metavar="GLOB",
        help="only for deeds on this path, host or other target",
    )
    add("--session", default="", metavar="ID", help="for this session only (the beginning of its id will do)")
    often = parser.add_mutually_exclusive_group()
    often.add_argument("--once", action="store_true", help="for one call, which is what holds where nothing is said")
    often.add_argument("--count", type=int, metavar="N", help="for so many calls (default: 1; with --for alone, all)")
    add("--for", dest="span", default="", metavar="TIME", help="for so long: 10m, 2h, 3d (default: 1h)")
    add("--why", default="", metavar="TEXT", help="the reason, which is recorded")
    add("--list", action="store_true", help="list grants")
    add("--revoke", default="", metavar="GRANT", help="take a grant back")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Grant, list or take back."""
    by_name = bool(arguments.rule or arguments.target)
    wanted = [bool(arguments.call), by_name, arguments.list, bool(arguments.revoke)]
    if sum(wanted) != 1:
        message = "say one of a call's ID, --rule or --target, --list and --revoke"
        raise UsageError(message, hint="`web4 log --decision deny` lists what was denied")
    if arguments.list:
        return _list(arguments)
    if not arguments.why.strip():
        message = "a grant has a reason"
        raise UsageError(message, hint="give it with --why TEXT; it is recorded")
    return _revoke(arguments) if arguments.revoke else _grant(arguments)


def _grant(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_grant  # noqa: PLC0415  # loaded for the one action that was asked for

    span = policy_grant.span_us(arguments.span or DEFAULT_SPAN)
    count = arguments.count
    if count is None:
        count = policy_grant.MAX_COUNT if arguments.span and not arguments.once else 1
    with find.open_ledger(arguments) as ledger:
        asked = _asked(arguments, ledger)
    given = policy_grant.grant(
        main.home_of(arguments),
        asked,
        count=count,
        span=span,
        who=person(),
        why=arguments.why,
        now_us=now_us(),
    )
    print(f"grant   {given.id[:SHOWN]}\nlifts   {safe(', '.join(asked.rules))}")
    print(f"for     {_calls(given)}\nuntil   {times.iso(given.until_us)}")
    return 0


def _calls(given: Given) -> str:
    from web4_governance.app.policy_grant import MAX_COUNT  # noqa: PLC0415

    number = "one call" if given.count == 1 else f"{given.count} calls"
    calls = "every call" if given.count == MAX_COUNT else number
    session = " in one session" if given.session else ""
    if given.call >= 0:
        return f"{calls} that does what #{given.call} does{session}"
    return f"{calls}{session}" + (f", on {safe(', '.join(given.targets))}" if given.targets else "")


def _asked(arguments: argparse.Namespace, ledger: Ledger) -> Asked:
    from web4_governance.app import policy_grant  # noqa: PLC0415
    from web4_governance.core.value import replace  # noqa: PLC0415

    session = find.session_of(ledger, arguments.session) if arguments.session else ""
    targets = tuple(arguments.target)
    policy = policy_view.in_force(arguments, os.getcwd()).policy
    if arguments.rule:
        return policy_grant.of_rule(policy, arguments.rule, session=session, targets=targets)
    if targets:
        return policy_grant.of_targets(targets, session=session)
    return replace(policy_grant.of_call(ledger.reader, find.record_of(ledger, arguments.call), policy), session=session)


def _revoke(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_grant  # noqa: PLC0415

    with find.open_ledger(arguments) as ledger:
        given = policy_grant.revoke(
            main.home_of(arguments),
            arguments.revoke,
            reader=ledger.reader,
            who=person(),
            why=arguments.why,
            now_us=now_us(),
        )
    print(f"no longer granted: {given.id[:SHOWN]}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from web4_governance.app import policy_grant  # noqa: PLC0415

    with find.open_ledger(arguments) as ledger:
        found = policy_grant.listed(ledger.reader)
    now = now_us()
    if not render.machine(arguments, [_row(one, now) for one in found]):
        for one in found:
            print(f"{one.given.id[:SHOWN]}  {one.state(now):<7}  until {times.iso(one.given.until_us)}")
            of = "" if one.given.count == policy_grant.MAX_COUNT else f" of {one.given.count}"
            print(f"  for    {_calls(one.given)}\n  used   {one.used}{of}")
            print(f"  lifts  {safe(', '.join(map(_named, one.given.lifts)))}")
            print(f"  why    {safe(one.why or '(not kept)')} ({safe(one.who or '(not kept)')})")
        if not found:
            print("nothing is granted", file=sys.stderr)
    return 0


def _named(key: str) -> str:
    """Give a rule's name as people know it; that it is the rule as it was is said by the machine's form."""
    return "whatever you may lift" if key == "*" else key.rpartition("@")[0] or key


def _row(one: Listed, now: int) -> dict[str, Any]:
    given = one.given
    return {
        "id": given.id,
        "idx": given.idx,
        "time": times.iso(given.ts),
        "ts": given.ts,
        "state": one.state(now),
        "lifts": list(given.lifts),
        "count": given.count,
        "used": one.used,
        "until_us": given.until_us,
        "session": given.session or None,
        "call": given.call,
        "targets": list(given.targets),
        "who": one.who,
        "why": one.why,
    }
