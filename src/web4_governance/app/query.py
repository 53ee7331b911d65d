"""Asks the ledger what was done, by whom, why and under which rule: `Ledger`, the public Python API.

Read only. Filters run in the database over lookups; what is given back is read from the entries and their openings. A
result is never silently cut: a limit says that it cut.
"""

from __future__ import annotations

import os
from datetime import datetime
from itertools import islice

from web4_governance.app.exports.stream import stream
from web4_governance.app.reading import Reading
from web4_governance.core.action import Category, Effect
from web4_governance.core.errors import UsageError
from web4_governance.core.event import Status
from web4_governance.core.policy.decision import Decision
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.record.entry import Kind, Stored
from web4_governance.core.record.r6 import Read, Record
from web4_governance.storage.filters import Filters
from web4_governance.storage.finding import CHUNK
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from enum import StrEnum
    from types import TracebackType
    from typing import Self, TypeAlias

    from web4_governance.app.possible import Possible
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.reader import Reader

    Moment: TypeAlias = "datetime | int | str | None"

DEFAULT_HOME = os.path.join("~", ".web4")
SHORTEST_LEAF = 6  # fewer digits are a place in the ledger, or nothing
EVERYTHING = 2**62


class Records(list[Record]):
    """Records, the newest last. `truncated` says that a limit left older ones out."""

    truncated: bool = False


class Ledger:
    """A ledger opened for reading. Close it, or use it as a context manager."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    @classmethod
    def open(cls, home: str | None = None) -> Self:
        """Open the ledger of a home (`~/.web4` by default); LedgerMissing where there is none."""
        return cls(open_reader(os.path.expanduser(home or DEFAULT_HOME)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self.reader.close()

    def query_audit(
        self,
        *,
        tool: str = "",
        targetPattern: str = "",  # noqa: N803  # the name of the published call
        session_id: str = "",
        since: Moment = None,
        until: Moment = None,
        project: str = "",
        effect: str = "",
        decision: str = "",
        status: str = "",
        agent: str = "",
        category: str = "",
        limit: int | None = None,
    ) -> Records:
        """Give the records that fit every given filter, the newest last.

        `targetPattern` and `project` are globs whose `*` crosses `/`; a target is matched as given, resolved, and behind
        symlinks, and must carry `effect` where both are given. `since` (inclusive) and `until` (exclusive) are a datetime,
        an ISO 8601 text, or microseconds since 1970; without a zone they are local time. A `limit` keeps the newest.
        """
        filters = Filters(
            tool=tool,
            target=targetPattern,
            session=session_id,
            since=microseconds(since),
            until=microseconds(until),
            project=project,
            effect=effect,
            decision=decision,
            status=status,
            agent=agent,
            category=category,
        )
        return self.query(filters, limit=limit)

    def query(self, filters: Filters, *, limit: int | None = None) -> Records:
        """Give the records that fit, the newest last; UsageError or PolicyError where a filter makes no sense."""
        self.reader.refresh()
        return query(self.reader, filters, limit=limit)

    def could_have_touched(self, targetPattern: str, *, effect: str = "", session_id: str = "") -> tuple[Possible, ...]:  # noqa: N803
        """Give the calls that `query_audit` does not find for a target and that could have touched it, each with its reason.

        A search below a directory, a shell glob, a part that could not be seen, code that was run: what a record of words
        cannot rule out. `effect` narrows as in `query_audit`. The newest last.
        """
        from web4_governance.app.possible import possible  # noqa: PLC0415  # which asks this module for records

        self.reader.refresh()
        filters = Filters(target=targetPattern, effect=effect, session=session_id)
        check(filters)
        return possible(self.reader, filters)

    def record(self, name: str) -> Record:
        """Give one record by its place in the ledger (`17`), its call id, or the first digits (six or more) of its leaf."""
        self.reader.refresh()
        return record(self.reader, name)

    def verify(self) -> Report:
        """Verify the whole ledger."""
        from web4_governance.app.verify import verify_ledger  # noqa: PLC0415  # not everybody who asks verifies

        return verify_ledger(self.reader.home)


def check_limit(limit: int | None) -> None:
    """Refuse a limit that asks for nothing, as a UsageError."""
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} asks for nothing", hint="leave it out to get everything")


def query(reader: Reader, filters: Filters, *, limit: int | None) -> Records:
    """Give the records that fit, the newest last, from an open reader."""
    check(filters)
    check_limit(limit)
    wanted = EVERYTHING if limit is None else limit + 1
    places = reader.find(filters, limit=wanted)
    records = Records(read_records(reader, reversed(places[:limit])))
    records.truncated = limit is not None and len(places) > limit
    return records


def in_lots(reader: Reader, filters: Filters, *, limit: int | None) -> tuple[Iterator[list[Record]], bool]:
    """Give what `query` gives, some records at a time as they are read, and whether a limit left older ones out."""
    check(filters)
    check_limit(limit)
    if limit is None:
        return stream(reader, filters), False
    places = reader.find(filters, limit=limit + 1)
    return _lots(reader, places[:limit][::-1]), len(places) > limit


def _lots(reader: Reader, places: Sequence[int]) -> Iterator[list[Record]]:
    reading = Reading(reader)
    for n in range(0, len(places), CHUNK):
        yield reading.at(places[n : n + CHUNK])


def page(reader: Reader, filters: Filters, *, before: int = -1, limit: int) -> tuple[Records, int]:
    """Give the newest records that fit and stand before a place, the newest first, and the place that the next page is before.

    That place is -1 where nothing is left. What it costs does not grow with how many pages came before.
    """
    check(filters)
    places = reader.find(filters, before=before, limit=limit + 1)
    records = Records(read_records(reader, places[:limit]))
    records.truncated = len(places) > limit
    return records, places[limit - 1] if records.truncated else -1


def follow(reader: Reader, filters: Filters, *, after: int) -> tuple[Records, int]:
    """Give the records that came after a place, and the place to go on from."""
    reader.refresh()
    places = reader.find(filters, after=after, limit=EVERYTHING)
    return Records(read_records(reader, reversed(places))), max(places, default=after)


def record(reader: Reader, name: str) -> Record:
    """Give one record by place, call id or leaf; UsageError where there is none, or more than one."""
    found = _named(reader, name)
    if len(found) != 1:
        raise UsageError(
            f"{'no record is' if not found else 'more than one record is'} called `{name}`", hint="see `web4 log`"
        )
    return next(iter(read_records(reader, found)))


def read_records(reader: Reader, places: Iterable[int]) -> Iterator[Record]:
    """Read the records whose intents stand at these places, in their order."""
    reading, waiting = Reading(reader), iter(places)
    while some := [*islice(waiting, CHUNK)]:
        yield from reading.at(some)


def read(reader: Reader, stored: Stored | None) -> Read | None:
    """Read an entry with its openings."""
    return None if stored is None else _opened(reader, stored)


def check(filters: Filters) -> None:
    """Refuse a filter that could only ever find nothing: a word that is not in its closed list, a glob that is none."""
    closed: tuple[tuple[str, str, type[StrEnum]], ...] = (
        ("effect", filters.effect, Effect),
        ("category", filters.category, Category),
        ("decision", filters.decision, Decision),
        ("status", filters.status, Status),
    )
    for name, word, words in closed:
        if word and word not in {str(member) for member in words}:
            raise UsageError(f"`{word}` is no {name}", hint=f"one of {', '.join(map(str, words))}")
    for pattern in (filters.target, filters.project):
        if pattern:
            compile_glob(pattern)


def microseconds(moment: Moment) -> int:
    """Give a time as microseconds since 1970, 0 for none; UsageError where a text is no ISO 8601 time."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            hint = "for example `2026-11-23` or `2026-11-23T08:00`"
            raise UsageError(f"`{moment}` is no date or time", hint=hint) from None
    if isinstance(moment, datetime):
        return round(moment.timestamp() * 1_000_000)
    return moment or 0


def _opened(reader: Reader, stored: Stored) -> Read:
    return Read(stored=stored, body=stored.body(), open={o.field: o.value for o in reader.openings(stored.idx)})


def _named(reader: Reader, name: str) -> tuple[int, ...]:
    if name.isdecimal() and len(name) < 16:  # noqa: PLR2004  # a longer run of digits is the beginning of a leaf
        stored = reader.entry(int(name))
        if stored is not None and stored.kind == Kind.INTENT:
            return (stored.idx,)
    by_call = reader.find(Filters(call=name), limit=2) if name else ()
    if by_call or len(name) < SHORTEST_LEAF:
        return by_call
    return tuple(stored.idx for stored in reader.by_leaf(name.lower(), kind=str(Kind.INTENT)))
