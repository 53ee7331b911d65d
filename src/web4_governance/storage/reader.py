"""The reader: `mode=ro`, never a checkpoint, one snapshot until it is refreshed; works beside a writer and without one.

It takes no lock and cannot write: what it was asked for is as of the first question after opening or `refresh`. On media
that cannot be written at all it opens the database as it lies there, if no unwritten WAL lies beside it.
"""

from __future__ import annotations

import os

from web4_governance.core.errors import LedgerMissing, LedgerReadOnly
from web4_governance.core.record.entry import Index, Kind, Opening
from web4_governance.core.value import value
from web4_governance.storage.database import open_database
from web4_governance.storage.faults import MISSING_HINT
from web4_governance.storage.filters import where_of
from web4_governance.storage.finding import CHUNK, LOWEST, Finding
from web4_governance.storage.home import Home
from web4_governance.storage.layout import deviations
from web4_governance.storage.lookup import (
    ENTRY,
    blob,
    exact,
    number,
    openings_of,
    spelled,
    stored,
    text,
)
from web4_governance.storage.schema import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.database import Cell, Database, Row
    from web4_governance.storage.figures import Figures
    from web4_governance.storage.filters import Filters

WAIT = 5.0
# How a call ended, by its agent. One that is of an older version may have been closed by another agent's batch.
LAST_STATUS = (
    "coalesce((SELECT o.status FROM records o WHERE o.session = i.session AND o.call = i.call AND o.call <> ''{}"
    " AND o.kind = 'outcome' ORDER BY o.idx DESC LIMIT 1), '')"
)
NAMES_ENTRIES = 2  # the format from which on a delivery names the entry that it let through
# Entries a question where all are read: parsed, so many stay in a core's own cache, which four times as many do not.
READ = 64
OF_ENTRY, OF_RECORD = " AND e.session = ?", " AND r.session = ?"


@value
class ChainHead:
    """The stored head of one session's chain."""

    session: str
    size: int
    leaf: bytes


def open_reader(home: Home | str) -> Reader:
    """Open the ledger for reading; LedgerMissing where there is none."""
    return Reader(*snapshot(home))


def snapshot(home: Home | str) -> tuple[Home, Database]:
    """Open a ledger's database for reading and begin its snapshot; LedgerMissing where there is none."""
    place = home if isinstance(home, Home) else Home(home)
    if not os.path.exists(place.ledger):
        raise LedgerMissing(f"there is no ledger at `{place.ledger}`", hint=MISSING_HINT)
    database = _open(place.ledger)
    try:
        _check(database)
        database.run("BEGIN")
    except BaseException:
        database.close()
        raise
    return place, database


def _check(database: Database) -> None:
    if version_of(database) == 0:
        raise LedgerMissing(f"the ledger at `{database.path}` is empty", hint=MISSING_HINT)


def _open(path: str) -> Database:
    database = open_database(path, mode="ro", wait=WAIT)
    try:
        database.row("PRAGMA schema_version")
    except LedgerReadOnly:
        # SQLite wants to make -wal and -shm beside a WAL database. Where the medium refuses, the file alone is the whole
        # ledger if, and only if, there is no WAL with something in it.
        database.close()
        if _unwritten_wal(path):
            hint = "copy the whole home to a writable place, and give it with `--home`"
            raise LedgerReadOnly(f"the ledger `{path}` lies on read-only media in mid-write", hint=hint) from None
        return open_database(path, mode="immutable", wait=WAIT)
    except BaseException:
        database.close()
        raise
    return database


def _unwritten_wal(path: str) -> bool:
    try:
        return os.stat(path + "-wal").st_size > 0
    except FileNotFoundError:
        return False


class Reader(Finding):
    """An open, read-only view of the ledger."""

    __slots__ = ("home",)

    def __init__(self, home: Home, database: Database) -> None:
        super().__init__(database)
        self.home = home

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the view. A read-only connection never checkpoints."""
        self._database.close()

    def copy_to(self, other: Database) -> None:
        """Make another database a copy of this view's snapshot."""
        self._database.copy_to(other)

    def refresh(self) -> None:
        """Let go of the snapshot: the next question sees what was committed meanwhile."""
        self._database.run("COMMIT")
        self._meta.clear()
        self._database.run("BEGIN")

    def chains(self) -> tuple[ChainHead, ...]:
        """Give the stored heads of all chains, by session."""
        found = self._database.rows("SELECT session, size, leaf FROM chains ORDER BY session")
        return tuple(
            ChainHead(session=text(session), size=number(size), leaf=blob(leaf)) for session, size, leaf in found
        )

    def sessions(self) -> tuple[tuple[str, int, int, int], ...]:
        """Give each session with its number of entries and the times of its first and last, the latest active last."""
        found = self._database.rows(
            "SELECT session, count(*), min(ts), max(ts) FROM entries WHERE session <> '' GROUP BY session ORDER BY max(idx)"
        )
        return tuple((session, size, first, last) for session, size, first, last in found)

    def with_calls(self, *, since: int = 0) -> tuple[str, ...]:
        """Give the sessions that have intents from a time on (microseconds), the one with the oldest intent first."""
        some, values = ("", []) if not since else (" AND ts >= ?", [since])
        found = self._database.rows(
            "SELECT session FROM entries WHERE session <> '' AND kind = ?"  # noqa: S608  # ours
            f"{some} GROUP BY session ORDER BY min(idx)",
            str(Kind.INTENT),
            *values,
        )
        return tuple(text(row[0]) for row in found)

    def with_words(self, kind: str, words: Sequence[bytes]) -> tuple[str, ...]:
        """Give the sessions that have entries of a kind with any of some words in their bytes."""
        either = " OR ".join("instr(bytes, ?)" for _ in words)
        found = self._database.rows(
            f"SELECT DISTINCT session FROM entries WHERE session <> '' AND kind = ? AND ({either}) ORDER BY session",  # noqa: S608  # marks
            kind,
            *words,
        )
        return tuple(text(row[0]) for row in found)

    def has(self, session: str) -> bool:
        """Say whether a session has entries."""
        return self._database.row("SELECT 1 FROM entries WHERE session = ? LIMIT 1", session) is not None

    def by_leaf(self, prefix: str, *, kind: str = "") -> tuple[Stored, ...]:
        """Give the entries (two at most), of one kind if it is given, whose leaf begins with these hex digits."""
        if not prefix or set(prefix) - set("0123456789abcdef"):
            return ()
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE lower(hex(leaf)) GLOB ? AND session <> '' AND kind GLOB ? LIMIT 2",  # noqa: S608  # ours
            prefix + "*",
            kind or "*",
        )
        return tuple(map(stored, found))

    def entries(self, *, after: int = LOWEST, session: str | None = None) -> Iterator[Stored]:
        """Give the entries after a place, in the ledger's order, of all sessions or of one; what was pruned is none."""
        of = " AND session <> ''" if session is None else " AND session = ?"
        values: list[Cell] = [] if session is None else [session]
        statement = f"SELECT {ENTRY} FROM entries WHERE idx > ?{of} ORDER BY idx LIMIT {CHUNK}"  # noqa: S608  # ours
        while found := self._database.rows(statement, after, *values):
            yield from map(stored, found)
            after = found[-1][0]

    def of_kind(self, kind: str) -> tuple[Stored, ...]:
        """Give all entries of a kind in the sessions that have a chain, in the ledger's order."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE session IN (SELECT session FROM chains) AND kind = ? ORDER BY idx",  # noqa: S608  # ours
            kind,
        )
        return tuple(map(stored, found))

    def rotations(self) -> tuple[Stored, ...]:
        """Give the entries that say of a key of the log that another follows it, in the ledger's order."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE session IN (SELECT session FROM chains) AND kind = ?"  # noqa: S608  # ours
            " AND instr(bytes, ?) ORDER BY idx",
            str(Kind.IDENTITY),
            b'"after":"',
        )
        return tuple(map(stored, found))

    def leaves(self) -> bytes:
        """Give the stored leaves of all entries, one after the other."""
        found = bytearray()
        for rows in self._database.each("SELECT leaf FROM entries ORDER BY idx", size=CHUNK):
            found += b"".join(blob(row[0]) for row in rows)
        return bytes(found)

    def pruned(self) -> tuple[bytes, ...]:
        """Give the leaves of the first entries as far as they were pruned: of those, hashes are all that is left."""
        found = self._database.rows("SELECT idx, leaf FROM entries WHERE session = '' AND bytes = x'' ORDER BY idx")
        return tuple(blob(leaf) for n, (idx, leaf) in enumerate(found) if idx == n)

    def rows(self, *, after: int = LOWEST, session: str | None = None, until: int | None = None) -> Iterator[list[Row]]:
        """Give the entries after a place (and before another) as they lie there, some at a time: the columns of `ENTRY`."""
        of = "" if session is None else " AND session = ?"
        values: list[Cell] = [] if session is None else [session]
        if until is not None:
            of, values = of + " AND idx < ?", [*values, until]
        statement = f"SELECT {ENTRY} FROM entries WHERE idx > ?{of} ORDER BY idx LIMIT {READ}"  # noqa: S608  # ours
        while found := self._database.rows(statement, after, *values):
            yield found
            after = found[-1][0]

    def openings_between(self, first: int, last: int) -> dict[int, tuple[Opening, ...]]:
        """Give all openings of the entries from `first` to `last`, by place."""
        rows = self._database.rows(
            "SELECT idx, field, salt, value FROM openings WHERE idx BETWEEN ? AND ?", first, last
        )
        found: dict[int, list[Opening]] = {}
        for row, opening in zip(rows, openings_of([row[1:] for row in rows]), strict=True):
            found.setdefault(row[0], []).append(opening)
        return {idx: tuple(openings) for idx, openings in found.items()}

    def opened_text(self, idx: int) -> str:
        """Give an entry's openings as they stand in a mirror line, if the cells are what the writer puts there."""
        found = self._database.rows(
            "SELECT field, lower(hex(salt)), value FROM openings WHERE idx = ? ORDER BY field", idx
        )
        return "{" + ",".join([f'"{field}":["{salt}",{held}]' for field, salt, held in found]) + "}"

    def lookups_between(self, first: int, last: int) -> dict[int, Index]:
        """Give what the entries from `first` to `last` are found by, by place."""
        targets: dict[int, list[tuple[str, str]]] = {}
        for idx, effect, target in self._database.rows(
            "SELECT idx, effect, target FROM targets WHERE idx BETWEEN ? AND ?", first, last
        ):
            targets.setdefault(idx, []).append((effect, target))
        found = self._database.rows(
            "SELECT idx, call, tool, agent_id, agent_type, decision, status, project, categories, effects, same"
            " FROM records WHERE idx BETWEEN ? AND ?",
            first,
            last,
        )
        return {row[0]: _index(row, tuple(targets.get(row[0], ()))) for row in found}

    def strays(self, limit: int, *, session: str | None = None) -> tuple[int, ...]:
        """Give the places where lookups are missing, speak of no entry, or name another session, kind or time.

        Of one session, if it is given: then what speaks of no entry at all is asked of the table that names a session.
        """
        every, of_records, values = (
            ("", "", []) if session is None else (OF_ENTRY, OF_RECORD, [session, session, session])
        )
        found = self._database.rows(
            "SELECT e.idx FROM entries e LEFT JOIN records r USING(idx) WHERE e.bytes IS NOT x'' AND (r.idx IS NULL"  # noqa: S608  # our own words
            f" OR r.session IS NOT e.session OR r.kind IS NOT e.kind OR r.ts IS NOT e.ts){every}"
            f" UNION SELECT r.idx FROM records r WHERE r.idx NOT IN (SELECT idx FROM entries){of_records}"
            " UNION SELECT l.idx FROM limits l LEFT JOIN entries e USING(idx)"
            f" WHERE e.bytes IS NOT x'' AND (e.kind IS NOT 'intent' OR e.ts IS NOT l.ts){every} LIMIT ?",
            *values,
            limit,
        )
        return tuple(row[0] for row in found) or (self._strays_of_no_session(limit) if session is None else ())

    def _strays_of_no_session(self, limit: int) -> tuple[int, ...]:
        found = self._database.rows(
            "SELECT idx FROM targets WHERE idx NOT IN (SELECT idx FROM entries)"
            " UNION SELECT idx FROM once WHERE idx NOT IN (SELECT idx FROM entries) LIMIT ?",
            limit,
        )
        return tuple(row[0] for row in found)

    def layout(self, limit: int) -> tuple[tuple[str, str], ...]:
        """Give what of the database's own tables and indices is not as this program makes them, each with a reason."""
        return deviations(self._database, limit)

    def identities(self, *, after: int = LOWEST, until: int | None = None) -> dict[int, tuple[bytes, ...]]:
        """Give the host events that are remembered as recorded, by the place of the entry that did."""
        found: dict[int, tuple[bytes, ...]] = {}
        for idx, identity in self._database.rows(
            "SELECT idx, identity FROM once WHERE idx > ? AND (? IS NULL OR idx < ?)", after, until, until
        ):
            found[idx] = (*found.get(idx, ()), exact(identity))
        return found

    def recorded(self, identities: set[bytes]) -> dict[bytes, int]:
        """Give the places of the entries that recorded host events, of those that any did; a few hundred at most."""
        marks = ",".join("?" * len(identities))
        found = self._database.rows(f"SELECT identity, idx FROM once WHERE identity IN ({marks})", *identities)  # noqa: S608  # marks
        return {exact(identity): number(idx) for identity, idx in found}

    def deliveries(self) -> tuple[tuple[bytes, int, int, int], ...]:
        """Give of each event without a call id its key, how often it was let through, and the least and last place noted."""
        if self._before(NAMES_ENTRIES):
            return ()  # format 1 noted no place: there is nothing that could be compared
        found = self._database.rows(
            "SELECT identity, max(n), min(idx), max(idx) FROM deliveries WHERE typeof(via) <> 'blob'"
            " GROUP BY identity ORDER BY identity"
        )
        return tuple((exact(key), number(n), number(least), number(last)) for key, n, least, last in found)

    def remembered(self) -> dict[str, str]:
        """Give every word that is remembered."""
        return {text(key): text(word) for key, word in self._database.rows("SELECT key, value FROM meta")}

    def grant_uses(self) -> frozenset[tuple[str, int]]:
        """Give what is remembered of grants that were taken: the key they are counted under, and the intent's place."""
        found = self._database.rows("SELECT key, idx FROM limits WHERE key >= 'grant/' AND key < 'grant0'")
        return frozenset((text(key), number(idx)) for key, idx in found)

    def mirror_lines(self) -> dict[str, int]:
        """Give how many lines each session's mirror is said to have."""
        return {text(name): number(lines) for name, lines in self._database.rows("SELECT session, lines FROM mirrors")}

    def stale_statuses(self, limit: int, *, session: str | None = None) -> tuple[int, ...]:
        """Give the places of intents (of one session) whose looked-up status is not that of their last outcome."""
        of, values = ("", []) if session is None else (" AND i.session = ?", [session])
        found = self._database.rows(
            "SELECT i.idx FROM records i WHERE i.kind IN ('intent', 'canary') AND i.call <> ''"  # noqa: S608  # our own words
            f" AND i.status IS NOT {LAST_STATUS.format(' AND o.agent_id = i.agent_id')}"
            f" AND i.status IS NOT {LAST_STATUS.format('')}{of} ORDER BY i.idx LIMIT ?",
            *values,
            limit,
        )
        return tuple(row[0] for row in found)

    def stray_openings(self, limit: int) -> tuple[int, ...]:
        """Give the places that openings speak of and where there is no entry."""
        found = self._database.rows(
            "SELECT DISTINCT idx FROM openings WHERE idx NOT IN (SELECT idx FROM entries) LIMIT ?", limit
        )
        return tuple(row[0] for row in found)

    def outcomes_of(self, idx: int) -> tuple[Stored, ...]:
        """Give the outcomes of the call that an intent announced, the last one last."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE idx IN"  # noqa: S608  # our own column names
            " (SELECT o.idx FROM records i JOIN records o ON o.session = i.session AND o.call = i.call"
            " WHERE i.idx = ? AND i.call <> '' AND o.call <> '' AND o.kind = 'outcome') ORDER BY idx",
            idx,
        )
        return tuple(map(stored, found))

    def before(self, session: str, kind: str, idx: int) -> Stored | None:
        """Give the last entry of a kind in a session before a place."""
        return self._one("session = ? AND kind = ? AND idx < ? ORDER BY idx DESC LIMIT 1", session, kind, idx)

    @property
    def figures(self) -> Figures:
        """What a report counts, of this snapshot."""
        from web4_governance.storage.figures import Figures  # noqa: PLC0415  # only a report counts so much

        return Figures(self._database, self._chosen)

    def _chosen(self, filters: Filters) -> tuple[str, list[Cell]]:
        """Give the condition on `records r` that filters mean, and its values."""
        self._fit(filters)
        where, values = where_of(filters)
        return " AND ".join(where), values


def _index(row: Row, targets: tuple[tuple[str, str], ...]) -> Index:
    _idx, call, tool, agent_id, agent_type, decision, status, project, categories, effects, same = row
    return Index(
        call=str(call),
        tool=str(tool),
        agent_id=str(agent_id),
        agent_type=str(agent_type),
        decision=str(decision),
        status=str(status),
        project=str(project),
        categories=_words(categories),
        effects=_words(effects),
        targets=targets,
        same=exact(same),
    )


def _words(cell: object) -> tuple[str, ...]:
    """Give the words of a set as `_where` finds them; spelled in any other way, they are one word that nothing has."""
    words = tuple(cell[1:-1].split(" ")) if isinstance(cell, str) and cell else ()
    return words if spelled(words) == cell else (repr(cell),)
