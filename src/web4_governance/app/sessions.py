"""What is counted of each session: its calls, how they were decided and ended, its agents, its project, whether it is over."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from web4_governance.app import rows, times
from web4_governance.core.record.entry import NO_SESSION, Kind, at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Index, Stored
    from web4_governance.storage.many import Active
    from web4_governance.storage.reader import Reader

CHUNK = 256


@value
class Latest:
    """A session, its calls, and how many of them got each decision but `allow`, or ended in each way but well."""

    active: Active
    calls: int
    of: dict[str, int]


def summaries(ledger: Ledger) -> list[dict[str, Any]]:
    """Give every session as a row, the latest active last: one pass over the ledger and its lookups."""
    reader = ledger.reader
    counting: dict[str, _Counting] = {}
    for chunk in _chunks(reader.entries()):
        lookups = reader.lookups_between(chunk[0].idx, chunk[-1].idx)
        for stored in chunk:
            counting.setdefault(stored.session, _Counting()).take(stored, lookups.get(stored.idx))
    return [counting[session].row(session, *known) for session, *known in reader.sessions() if session != NO_SESSION]


def latest(reader: Reader, *, before: int = -1, limit: int) -> tuple[tuple[Latest, ...], int]:
    """Give the sessions that were active last, the latest first, and the place that the next page is before; -1 at the end.

    What it costs hangs on how many are given, and on how many calls were stopped or failed in all.
    """
    found = reader.latest_sessions(before=before, limit=limit + 1)
    more = len(found) > limit
    found = found[:limit]
    counts = reader.counted_calls([one.session for one in found])
    rows = (Latest(active=one, calls=counts[one.session].calls, of=counts[one.session].of) for one in found)
    return tuple(rows), found[-1].last if more else -1


def _chunks(entries: Iterator[Stored]) -> Iterator[list[Stored]]:
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


class _Counting:
    """What is counted of one session."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.decisions: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.project: str | None = None
        self.agent = ""
        self.state = "open"

    def take(self, stored: Stored, lookup: Index | None) -> None:
        """Count one entry."""
        self.kinds[stored.kind] += 1
        self.agent = self.agent or str(at(stored.body(), "agent") or "")
        if stored.kind in (Kind.SESSION, Kind.PROMPT, Kind.INTENT):
            ended = stored.kind == Kind.SESSION and at(stored.body(), "detail") == "end"
            self.state = "ended" if ended else "open"
        if lookup is None:
            return
        self.agents.add(lookup.agent_id)
        if stored.kind == Kind.INTENT:
            self.decisions[lookup.decision] += 1
            self.statuses[lookup.status or "unclosed"] += 1
            self.project = self.project or lookup.project or None

    def row(self, session: str, entries: int, first: int, last: int) -> dict[str, Any]:
        """Give what was counted."""
        row = {
            "session": session,
            "agent": self.agent,
            "project": self.project,
            "first": times.iso(first),
            "last": times.iso(last),
            "state": self.state,
            "entries": entries,
            "prompts": self.kinds[str(Kind.PROMPT)],
            "calls": self.kinds[str(Kind.INTENT)],
            "agents": len(self.agents - {""}),
            "decisions": dict(self.decisions),
            "statuses": dict(self.statuses),
        }
        return {name: row[name] for name in rows.SESSION}
