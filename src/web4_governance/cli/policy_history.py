"""`web4 policy diff` and `suggest`: two policies on recorded history, and the rules that history speaks for."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter

from web4_governance.cli import find, policy_simulate, policy_view, render
from web4_governance.cli.progress import Progress
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.policy_diff import Pair
    from web4_governance.app.suggest import Suggestion

SHOWN = 5


def configure_diff(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `diff`."""
    parser.add_argument("first", metavar="A", help="a preset or a policy file")
    parser.add_argument(
        "second", nargs="?", default="", metavar="B", help="another (default: A, beside what is in force)"
    )
    policy_simulate.filters(parser)
    render.add_formats(parser)


def diff(arguments: argparse.Namespace) -> int:
    """Say on which recorded calls two policies differ."""
    from web4_governance.app.policy_diff import compare  # noqa: PLC0415

    named = [policy_simulate.policy_named(one) for one in (arguments.first, arguments.second) if one]
    if len(named) == 1:
        named.insert(0, policy_view.in_force(arguments, os.getcwd()).policy)
    first, second = named
    with find.open_ledger(arguments) as ledger:
        wanted = policy_simulate.filters_of(arguments, ledger)
        pairs = compare(ledger.reader, first, second, wanted, passing=Progress("judged").over)
    told = [pair for pair in pairs if pair.is_told]
    listed = [pair for pair in told if pair.differs]
    counts = Counter((pair.first.decision, pair.second.decision) for pair in listed)
    summed = {
        "first": first.digest,
        "second": second.digest,
        "calls": len(pairs),
        "unknown": len(pairs) - len(told),
        "differ": len(listed),
        "counts": [{"first": one, "second": other, "calls": n} for (one, other), n in sorted(counts.items())],
    }
    if arguments.json:
        render.document({**summed, "listed": [_pair_row(pair) for pair in listed]})
    elif not render.machine(arguments, map(_pair_row, listed)):
        untold = f", {summed['unknown']} could not be judged" if summed["unknown"] else ""
        print(f"{summed['calls']} calls, {summed['differ']} decided otherwise{untold}")
        for (one, other), n in sorted(counts.items()):
            print(f"{n:>6} {one} becomes {other}")
        for one, other in sorted(counts):
            same = [pair for pair in listed if (pair.first.decision, pair.second.decision) == (one, other)]
            policy_simulate.print_calls(f"{one} becomes {other}", [(pair.record, _because(pair)) for pair in same])
    return 0


def _pair_row(pair: Pair) -> dict[str, Any]:
    return {
        **policy_simulate.brief(pair.record),
        "first": pair.first.decision,
        "first_rules": list(pair.first.rules),
        "second": pair.second.decision,
        "second_rules": list(pair.second.rules),
        "unknown": list(dict.fromkeys((*pair.first.unknown, *pair.second.unknown))),
    }


def _because(pair: Pair) -> str:
    first, second = (", ".join(one.rules) or "no rule" for one in (pair.first, pair.second))
    return f"{pair.first.decision} by {first}, {pair.second.decision} by {second}"


def configure_suggest(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `suggest`."""
    policy_simulate.filters(parser)
    parser.add_argument(
        "--least", type=int, default=3, metavar="N", help="so many calls must speak for a rule (default: 3)"
    )
    render.add_formats(parser)


def suggest(arguments: argparse.Namespace) -> int:
    """Print your policy with the rules that history speaks for; what speaks for and against them on standard error."""
    from web4_governance.app import suggest as suggesting  # noqa: PLC0415

    if arguments.least < 1:
        raise UsageError("nothing speaks for a rule for which no call does", hint="give `--least 1` or more")
    loaded = policy_view.in_force(arguments, os.getcwd())
    base = suggesting.base_of(loaded)
    with find.open_ledger(arguments) as ledger:
        wanted = policy_simulate.filters_of(arguments, ledger)
        found = suggesting.suggest(ledger.reader, base, wanted, least=arguments.least, passing=Progress("judged").over)
    if render.machine(arguments, map(_suggestion_row, found)):
        return 0
    made = [one for one in found if not one.against]
    print(json.dumps(base.with_rules([rule for one in made for rule in one.rules]), indent=2))
    for one in found:
        _remark(one)
    if not made:
        render.remark("history speaks for no further rule: what is printed is your policy as it is")
    return 0


def _suggestion_row(one: Suggestion) -> dict[str, Any]:
    return {
        "side": str(one.side),
        "rules": list(one.rules),
        "calls": len(one.evidence),
        "evidence": [policy_simulate.brief(record) for record in one.evidence],
        "against": one.against,
    }


def _remark(one: Suggestion) -> None:
    ids = ", ".join(str(rule["id"]) for rule in one.rules)
    matches = "; ".join(json.dumps(rule["match"]) for rule in one.rules)
    at = " ".join(f"#{record.reference.idx}" for record in one.evidence[:SHOWN])
    more = f" and {len(one.evidence) - SHOWN} more" if len(one.evidence) > SHOWN else ""
    render.remark(f"{one.side} {matches}: {one.rules[0]['reason']} ({at}{more})")
    print(f"     not suggested: {one.against}" if one.against else f"     suggested as {ids}", file=sys.stderr)
