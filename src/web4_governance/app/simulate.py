"""Judges recorded calls by a policy that was not in force: what it would have stopped, and what it would have let through.

From the recorded deeds and facts; limits are counted anew along the history, as this policy would have counted them. What
the policy asks and nobody looked up then is unknown, judged as the careful case, and told. Reads the ledger only.
"""

from __future__ import annotations

from datetime import UTC, datetime

from web4_governance.app.replay import calls, verdict_on
from web4_governance.core.closed import Closed
from web4_governance.core.errors import InputError
from web4_governance.core.policy import Decision, plan
from web4_governance.core.record.recall import recall
from web4_governance.core.value import replace, value
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from typing import TypeAlias

    from web4_governance.core.action import Action
    from web4_governance.core.policy import Facts, PolicySet, Verdict
    from web4_governance.core.record.r6 import Read, Record
    from web4_governance.core.record.recall import Recalled
    from web4_governance.storage.reader import Reader

    Passing: TypeAlias = Callable[[Sequence[int]], Iterator[int]]

EVERYTHING = 2**62
OURS = ("", "gate")
MOVES_ON = (Decision.ALLOW, Decision.WARN)


class Change(Closed):
    """What a policy would have changed about a call."""

    NONE = ""
    DENIED = "denied"
    ASKED = "asked"
    WARNED = "warned"
    FREED = "freed"
    MISSED = "missed"
    UNKNOWN = "unknown"


# What each change means to a person, in the order of weight.
MEANING: dict[str, str] = {
    "denied": "would be denied, and was not",
    "asked": "would be asked about, and was not",
    "warned": "would be warned of, and was not",
    "freed": "would go on, and was asked about or denied by the gate",
    "missed": "would go on, and was denied by the person or the host",
    "unknown": "could not be judged",
}


@value
class Simulated:
    """One recorded call under the policy: the decision, by which rules, and what would have changed.

    `unknown` are the facts that the policy asks for and the record lacks; `why` says why no decision was reached.
    """

    record: Record
    change: Change
    decision: str = ""
    rules: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    why: str = ""


class Judging:
    """Judges one call after the other by a policy, counting its limits as the gate would have."""

    def __init__(self, policy: PolicySet) -> None:
        self._policy = policy
        self._ticks: dict[str, list[int]] = {}

    def verdict(self, record: Record, recalled: Recalled) -> tuple[Verdict, tuple[str, ...]]:
        """Give the verdict on a call, and what was not looked up that the policy asks for."""
        needs = plan(self._policy, recalled.action)
        now = recalled.facts.now_us
        counts = {
            need.key: sum(now - need.window_us < tick for tick in self._ticks.get(need.key, ()))
            for need in needs.limits
        }
        facts = replace(recalled.facts, limits=counts)
        verdict = verdict_on(self._policy, recalled.action, replace(recalled, facts=facts))
        if not record.late and verdict.decision is not Decision.DENY:
            for key in verdict.taken:
                self._ticks.setdefault(key, []).append(now)
        return verdict, _not_looked_up(self._policy, recalled.action, facts)


def simulate(reader: Reader, policy: PolicySet, filters: Filters, *, passing: Passing = iter) -> Iterator[Simulated]:
    """Judge the recorded calls that fit by a policy, oldest first, each as it is asked for.

    `passing` gives the places that are read one by one, and may count them.
    """
    judging = Judging(policy)
    wanted = wanted_of(reader, filters)
    limited = any(rule.limit_key for layer in policy.layers for rule in layer.rules)
    # A limit counts over all sessions: what came before, and is not asked for, still takes its places.
    places = reader.find(Filters(until=filters.until), limit=EVERYTHING) if limited else wanted
    asked = frozenset(wanted) if limited else None
    for record, intent in calls(reader, passing(places[::-1])):
        found = simulated(record, intent, judging)
        if asked is None or record.reference.idx in asked:
            yield found


def wanted_of(reader: Reader, filters: Filters) -> tuple[int, ...]:
    """Give the places of the calls that fit, the newest first."""
    return reader.find(filters, limit=EVERYTHING)


def simulated(record: Record, intent: Read, judging: Judging) -> Simulated:
    """Judge one recorded call."""
    try:
        recalled = recall(intent)
    except InputError as error:
        return Simulated(record=record, change=Change.UNKNOWN, why=error.message)
    verdict, unknown = judging.verdict(record, recalled)
    return Simulated(
        record=record,
        change=change_of(record, verdict.decision),
        decision=str(verdict.decision),
        rules=verdict.rules,
        reasons=verdict.reasons,
        unknown=(*unknown, *([recalled.altered] if recalled.altered else [])),
    )


def change_of(record: Record, now: Decision) -> Change:
    """Say what a decision would have changed, seen from what the host was told and from how the call ended."""
    denied = record.status == "denied"
    then = record.rules.answer
    if now in MOVES_ON and denied and record.result.denied_by not in OURS and then not in ("ask", "deny"):
        return Change.MISSED
    if now in MOVES_ON and then in ("ask", "deny"):
        return Change.MISSED if denied and record.result.denied_by not in OURS else Change.FREED
    if now is Decision.DENY and then != "deny" and not denied:
        return Change.DENIED
    if now is Decision.ASK and then not in ("ask", "deny") and not denied:
        return Change.ASKED
    if now is Decision.WARN and then == "allow" and not denied:
        return Change.WARNED
    return Change.NONE


def days_of(records: Iterable[Record]) -> int:
    """Give the number of local days on which there was a call."""
    return len(set(map(day_of, records)))


def day_of(record: Record) -> date:
    """Give the local day of a call."""
    return datetime.fromtimestamp(record.ts / 1_000_000, UTC).astimezone().date()


def _not_looked_up(policy: PolicySet, action: Action, facts: Facts) -> tuple[str, ...]:
    needs = plan(policy, action)
    unknown = []
    if any(path not in facts.real for path in needs.paths):
        unknown.append("where paths lead behind links")
    if any(path not in facts.trees for path in (*needs.trees, *needs.branches)):
        unknown.append("the state of the repository")
    if needs.production and facts.production is None:
        unknown.append("whether the surroundings are production")
    if any(key not in (facts.trust or {}) for key in needs.trust):
        unknown.append("how far whoever acts was trusted")
    return tuple(unknown)
