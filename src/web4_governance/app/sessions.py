"""What is counted of each session: its calls, how they were decided and ended, its agents, its project, whether it is over."""

from __future__ import annotations

from web4_governance.app import rows, times
from web4_governance.core.record.entry import NO_SESSION, Kind, at
from web4_governance.core.value import value
from web4_governance.storage.figures import BySession
from web4_governance.storage.lookup import HIGHEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.storage.many import Active
    from web4_governance.storage.reader import Reader


@value
class Latest:
    """A session, its calls, and how many of them got each decision but `allow`, or ended in each way but well."""

    active: Active
    calls: int
    of: dict[str, int]


def summaries(ledger: Ledger) -> list[dict[str, Any]]:
    """Give every session as a row, the latest active last; counted by the database."""
    reader = ledger.reader
    counted = reader.figures.by_session()
    return [
        _row(reader, session, counted.get(session, BySession()), known)
        for session, *known in reader.sessions()
        if session != NO_SESSION
    ]


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


def _row(reader: Reader, session: str, of: BySession, known: Sequence[int]) -> dict[str, Any]:
    entries, first, last = known
    row = {
        "session": session,
        "agent": _agent(reader, session),
        "project": of.project or None,
        "first": times.iso(first),
        "last": times.iso(last),
        "state": "ended" if _ended(reader, session) else "open",
        "entries": entries,
        "prompts": of.kinds.get(str(Kind.PROMPT), 0),
        "calls": of.kinds.get(str(Kind.INTENT), 0),
        "agents": of.agents,
        "decisions": of.decisions,
        "statuses": of.statuses,
    }
    return {name: row[name] for name in rows.SESSION}


def _agent(reader: Reader, session: str) -> str:
    """Give the host agent, by the first entry that names one."""
    named = (at(stored.body(), "agent") for stored in reader.entries(session=session))
    return next((found for found in named if isinstance(found, str) and found), "")


def _ended(reader: Reader, session: str) -> bool:
    """Say whether the session's end is the last that was heard of it."""
    found = [reader.before(session, str(kind), HIGHEST) for kind in (Kind.SESSION, Kind.PROMPT, Kind.INTENT)]
    last = max((stored for stored in found if stored is not None), key=lambda stored: stored.idx, default=None)
    return last is not None and last.kind == Kind.SESSION and at(last.body(), "detail") == "end"
