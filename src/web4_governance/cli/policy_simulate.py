"""`web4 policy simulate` and `diff`: policies against recorded history. What a word means is `app.simulate`'s."""

from __future__ import annotations

import os
from collections import Counter

from web4_governance.app import rows
from web4_governance.cli import find, main, policy_view, render
from web4_governance.cli.listing import Listing
from web4_governance.cli.progress import Progress
from web4_governance.core.policy.decision import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import date
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.app.replay import Replayed
    from web4_governance.app.simulate import Simulated
    from web4_governance.core.policy import PolicySet
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters

DECISIONS = ("allow", "warn", "ask", "deny")


def configure(parser: argparse.ArgumentParser, presets: tuple[str, ...]) -> None:
    """Declare the arguments of `simulate`."""
    policy = parser.add_mutually_exclusive_group()
    policy.add_argument("--preset", choices=presets, help="judge by a preset")
    policy.add_argument("--policy", metavar="FILE", help="judge by a policy file (default: what is in force here)")
    policy.add_argument(
        "--recorded", action="store_true", help="by the policy that was in force: does it decide again as recorded?"
    )
    parser.add_argument(
        "--reparse",
        action="store_true",
        help="read the recorded text again with this program's catalog: where do deeds or decision change?",
    )
    filters(parser)
    parser.add_argument(
        "--all", action="store_true", help="list every call, not only those for which something changes"
    )
    render.add_formats(parser)


def filters(parser: argparse.ArgumentParser) -> None:
    """Declare which part of history is asked about."""
    add = parser.add_argument
    add("--since", default="", metavar="TIME", help="from this time on: `yesterday`, `7d`, a date, a time")
    add("--until", default="", metavar="TIME", help="up to this time")
    add("--project", default="", metavar="DIR|GLOB", help="in this project: a directory, a name, or a glob over roots")
    add("--session", default="", metavar="ID", help="of this session (the beginning of its id will do)")


def run(arguments: argparse.Namespace) -> int:
    """Judge history by a policy, or again."""
    with find.open_ledger(arguments) as ledger:
        wanted = filters_of(arguments, ledger)
        if arguments.recorded or arguments.reparse:
            return _again(arguments, ledger, wanted)
        return _simulate(arguments, ledger, wanted)


def filters_of(arguments: argparse.Namespace, ledger: Ledger) -> Filters:
    """Make the filters that the arguments mean."""
    return find.filters_of(arguments, ledger)


def policy_named(named: str) -> PolicySet:
    """Give the policy that a word names, a preset or a file, as the user's layer and nothing else."""
    from web4_governance.app import policies, policy_eval  # noqa: PLC0415
    from web4_governance.app.policy_admin import source_at  # noqa: PLC0415

    if named in policies.presets():
        return policy_eval.policy_of(preset=named)
    return policy_eval.policy_of(source=source_at(named, LayerName.USER))


def _policy(arguments: argparse.Namespace) -> PolicySet:
    named = arguments.preset or arguments.policy
    return policy_named(named) if named else policy_view.in_force(arguments, os.getcwd()).policy


def _simulate(arguments: argparse.Namespace, ledger: Ledger, wanted: Filters) -> int:
    from web4_governance.app import simulate  # noqa: PLC0415

    policy = _policy(arguments)
    found = simulate.simulate(ledger.reader, policy, wanted, passing=Progress("judged").over)
    summing = _Summing(policy)
    wanted_ones = (one for one in map(summing.count, found) if one.change or arguments.all)
    if arguments.jsonl:
        render.machine(arguments, map(_row, wanted_ones))
        return 0
    listed = [*wanted_ones]
    summed = summing.summary()
    if arguments.json:
        render.document({**summed, "listed": [_row(one) for one in listed]})
        return 0
    _print_summary(summed)
    for change, title in simulate.MEANING.items():
        print_calls(title, [(one.record, _because(one)) for one in listed if one.change == change])
    return 0


class _Summing:
    """Counts what a policy decides as it is judged, so that only what is listed is kept."""

    def __init__(self, policy: PolicySet) -> None:
        self._policy = policy
        self._now, self._then, self._changes = Counter[str](), Counter[str](), Counter[str]()
        self._calls = self._unsure = 0
        self._days: set[date] = set()

    def count(self, one: Simulated) -> Simulated:
        """Count a call, and give it back."""
        from web4_governance.app.simulate import day_of  # noqa: PLC0415

        self._calls += 1
        self._days.add(day_of(one.record))
        self._now[one.decision] += 1
        self._then[one.record.rules.answer] += 1
        self._changes[str(one.change)] += 1
        self._unsure += bool(one.unknown)
        return one

    def summary(self) -> dict[str, Any]:
        """Give the figures of all calls that were counted."""
        from web4_governance.app.simulate import MEANING  # noqa: PLC0415

        days = len(self._days)
        return {
            "policy": self._policy.digest,
            "packs": len(self._policy.packs),
            "calls": self._calls,
            "days": days,
            "decisions": {word: self._now[word] for word in DECISIONS},
            "answered": {word: self._then[word] for word in DECISIONS},
            "changes": {word: self._changes[word] for word in MEANING},
            "friction": {"policy": _a_day(self._now, days), "answered": _a_day(self._then, days)},
            "unsure": self._unsure,
        }


def _a_day(counted: Counter[str], days: int) -> float:
    """Give asks and denials for each day with calls."""
    return round((counted["ask"] + counted["deny"]) / days, 2) if days else 0.0


def _row(one: Simulated) -> dict[str, Any]:
    return {
        **brief(one.record),
        "change": str(one.change),
        "now": one.decision,
        "now_rules": list(one.rules),
        "now_reasons": list(one.reasons),
        "unknown": list(one.unknown),
        "why": one.why,
    }


def brief(record: Record) -> dict[str, Any]:
    """Give the fields of a call by which it is known, and what was decided and became of it."""
    whole = rows.call(record)
    return {name: whole[name] for name in rows.BRIEF}


def _because(one: Simulated) -> str:
    if one.why:
        return one.why
    unknown = f" (unknown: {', '.join(one.unknown)})" if one.unknown else ""
    return f"now {one.decision} by {', '.join(one.rules) or 'no rule'}{unknown}"


def _print_summary(summed: dict[str, Any]) -> None:
    from web4_governance.app.simulate import MEANING  # noqa: PLC0415

    friction = summed["friction"]
    render.fields(
        [
            ("policy", summed["policy"]),
            ("history", f"{summed['calls']} calls on {summed['days']} day" + "s" * (summed["days"] != 1)),
            ("decides", _counts(summed["decisions"])),
            ("answered", f"{_counts(summed['answered'])} (what the host was told then)"),
            ("friction", f"{friction['policy']} asks and denials a day with calls; then it was {friction['answered']}"),
            ("unsure", f"{summed['unsure']} calls lack facts that it asks for" if summed["unsure"] else ""),
            ("packs", "not asked: deeds are as recorded (`--reparse` reads the text)" if summed["packs"] else ""),
        ],
        indent="",
        label=9,
    )
    for change, title in MEANING.items():
        if summed["changes"][change]:
            print(f"{summed['changes'][change]:>6} {title}")


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in counted.items())


def print_calls(title: str, pairs: Sequence[tuple[Record, str]]) -> None:
    """Print calls for people under a title, each with a remark."""
    if pairs:
        print(f"\n{title}:")
        Listing().show([record for record, _ in pairs], because=[text for _, text in pairs])


def _again(arguments: argparse.Namespace, ledger: Ledger, wanted: Filters) -> int:
    """Judge again as recorded, from deeds or from text; 2 where a recorded decision does not come again."""
    from web4_governance.app import replay, simulate  # noqa: PLC0415

    recorded = replay.Policies(ledger.reader)
    given = None if not (arguments.preset or arguments.policy) else _policy(arguments)
    home = main.home_of(arguments)

    def again(record: Record, intent: Any) -> Replayed:  # noqa: ANN401  # an entry as it was read
        if arguments.reparse:
            return replay.reparse(record, intent, recorded if given is None else given, home=home)
        return replay.replay(record, intent, recorded)

    places = simulate.wanted_of(ledger.reader, wanted)
    counts = Counter[str]()
    listed: list[Replayed] = []
    for pair in replay.calls(ledger.reader, Progress("judged").over(places[::-1])):
        one = again(*pair)
        counts[str(one.sameness)] += 1
        if str(one.sameness) != "same" or arguments.all:
            listed.append(one)
    summed = {"calls": counts.total(), **{word: counts[word] for word in ("same", "different", "unknown")}}
    if arguments.json:
        render.document({**summed, "listed": [_again_row(one) for one in listed]})
    elif not render.machine(arguments, map(_again_row, listed)):
        print(
            f"{summed['calls']} calls: {counts['same']} the same, {counts['different']} different,"
            f" {counts['unknown']} could not be told"
        )
        for word, title in (("different", "different"), ("unknown", "could not be told"), ("same", "the same")):
            print_calls(title, [(one.record, _differs(one)) for one in listed if str(one.sameness) == word])
    return exit_of(counts) if not arguments.reparse else 0


def exit_of(counts: Counter[str]) -> int:
    """Give 2 where something differs, 1 where something could not be told, else 0."""
    return 2 if counts["different"] else int(bool(counts["unknown"]))


def _again_row(one: Replayed) -> dict[str, Any]:
    return {
        **brief(one.record),
        "sameness": str(one.sameness),
        "why": one.why,
        "now": one.decision,
        "now_rules": list(one.rules),
        "gone": list(one.gone),
        "new": list(one.new),
    }


def _differs(one: Replayed) -> str:
    deeds = [f"no longer {text}" for text in one.gone] + [f"now {text}" for text in one.new]
    return "; ".join(text for text in (one.why, *deeds) if text)
