"""Counts calls: how many got each decision, how they ended, by which tools and agents, and which rules stopped them.

Read only. Counting runs in the database over its lookups; the rules are read from the entries of the calls that were not
simply allowed.
"""

from __future__ import annotations

from collections import Counter

from web4_governance.app.query import EVERYTHING, check
from web4_governance.core.policy.decision import Decision
from web4_governance.core.record.entry import at
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader

UNCLOSED = "unclosed"


@value
class Stats:
    """Counts of calls; each mapping is from a word to a number, the largest first (days in their order).

    A call has every category and effect that its deeds imply: those counts add up to more than the calls. `rules` counts
    the calls that a rule spoke of, of those that were not simply allowed.
    """

    calls: int
    sessions: int
    decisions: Mapping[str, int]
    statuses: Mapping[str, int]
    tools: Mapping[str, int]
    agents: Mapping[str, int]
    categories: Mapping[str, int]
    effects: Mapping[str, int]
    rules: Mapping[str, int]
    days: Mapping[str, int]


def count(reader: Reader, filters: Filters) -> Stats:
    """Count the calls that fit; UsageError or PolicyError where a filter makes no sense."""
    check(filters)
    decisions = reader.counted(filters, "decision")
    statuses = reader.counted(filters, "status")
    return Stats(
        calls=sum(decisions.values()),
        sessions=len(reader.counted(filters, "session")),
        decisions=_sorted(decisions),
        statuses=_sorted({word or UNCLOSED: number for word, number in statuses.items()}),
        tools=_sorted(reader.counted(filters, "tool")),
        agents=_sorted({word or "main": number for word, number in reader.counted(filters, "agent").items()}),
        categories=_sorted(_apart(reader.counted(filters, "categories"))),
        effects=_sorted(_apart(reader.counted(filters, "effects"))),
        rules=_sorted(_rules(reader, filters)),
        days=dict(sorted(reader.counted(filters, "day").items())),
    )


def _rules(reader: Reader, filters: Filters) -> Counter[str]:
    found: Counter[str] = Counter()
    for decision in Decision:
        if decision is Decision.ALLOW or filters.decision not in ("", decision):
            continue
        for idx in reader.find(replace(filters, decision=str(decision)), limit=EVERYTHING):
            stored = reader.entry(idx)
            found.update(_matched(at(stored.body(), "rules.matched") if stored is not None else None))
    return found


def _matched(rules: object) -> Iterable[str]:
    return tuple(dict.fromkeys(rule for rule in rules if isinstance(rule, str))) if isinstance(rules, list) else ()


def _apart(counts: Mapping[str, int]) -> Counter[str]:
    """Give counts by word, of counts by sets of words."""
    found: Counter[str] = Counter()
    for words, number in counts.items():
        for word in words.split():
            found[word] += number
    return found


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
