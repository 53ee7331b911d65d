"""`web4 stats`: how many calls, by decision, end, tool, agent, category and rule."""

from __future__ import annotations

from web4_governance.app.stats import count
from web4_governance.cli import render
from web4_governance.cli.find import add_filters, filters_of, open_ledger
from web4_governance.cli.text import Paint, pad, safe, shorten, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from web4_governance.app.stats import Stats

HELP = "count calls by decision, end, tool, category and rule"
SHOWN = 8  # of each kind, in the text for people
NAME, NUMBER, LEAST_BAR = 34, 8, 8
COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "denied": "red", "failed": "red"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_filters(parser, limit=False)
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Count and print."""
    with open_ledger(arguments) as ledger:
        found = count(ledger.reader, filters_of(arguments, ledger))
    if not render.one(arguments, as_json(found)):
        _print(found)
    return 0


def as_json(found: Stats) -> dict[str, object]:
    """Give the counts as one object."""
    return {
        "calls": found.calls,
        "sessions": found.sessions,
        "decisions": dict(found.decisions),
        "statuses": dict(found.statuses),
        "tools": dict(found.tools),
        "agents": dict(found.agents),
        "categories": dict(found.categories),
        "effects": dict(found.effects),
        "rules": dict(found.rules),
        "days": dict(found.days),
    }


def _print(found: Stats) -> None:
    print(f"{found.calls} calls in {found.sessions} sessions")
    for title, counts in (
        ("decided", found.decisions),
        ("ended", found.statuses),
        ("tools", found.tools),
        ("agents", found.agents),
        ("categories", found.categories),
        ("rules that spoke", found.rules),
        ("days", dict(list(found.days.items())[-SHOWN:])),
    ):
        if counts:
            _table(title, counts)


def _table(title: str, counts: Mapping[str, int]) -> None:
    paint, room = Paint(), max(LEAST_BAR, terminal_width() - NAME - NUMBER - 4)
    most = max(counts.values())
    print(f"\n{paint(title, 'bold')}")
    for name, number in list(counts.items())[:SHOWN]:
        bar = "█" * max(1, round(room * number / most))
        label = paint(pad(shorten(safe(name), NAME), NAME), COLOURS.get(name, ""))
        print(f"  {label}{number:>{NUMBER}}  {paint(bar, 'dim')}".rstrip())
    if len(counts) > SHOWN:
        rest = list(counts.values())[SHOWN:]
        print(f"  {pad(f'and {len(rest)} more', NAME)}{sum(rest):>{NUMBER}}")
