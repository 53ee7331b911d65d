"""Which calls a filter fits: a page of them, all of them, or how many there are.

A filter by target goes through the names (docs/spec/ledger.md N) as far as these go, newest calls and the rest call by call;
either way each answer is held against `records` and `targets`, so that a name too many adds nothing. Not what is in the
entries.
"""

from __future__ import annotations

from web4_governance.core.policy.glob import compile_glob
from web4_governance.storage.filters import where_of
from web4_governance.storage.lookup import HIGHEST, number, text
from web4_governance.storage.many import Many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.storage.database import Cell
    from web4_governance.storage.filters import Filters

CHUNK = 256
LOWEST = -(2**63)  # below every place, also those that only a hand in the database can make

ONCE = 2  # times as many places as calls are wanted, before all places are asked for: some of them will not fit
NEWEST = 1024  # places that are looked at call by call, before the names are asked: of much there is enough among these
# A deed's opening, as canonical JSON, that names one target and no more: a text in it has its quotation marks escaped.
PLAIN_DEED = (
    "o.field >= 'request.deeds.' AND o.field < 'request.deeds/' AND instr(o.value, '\"target\":{') AND NOT instr(o.value,"
    ' \'"deep":true\') AND NOT instr(o.value, \'"exact":false\') AND NOT instr(o.value, \'"given":""\')'
)
COUNTED = {
    "session": "r.session",
    "decision": "r.decision",
    "status": "r.status",
    "tool": "r.tool",
    "agent": "r.agent_type",
    "categories": "r.categories",
    "effects": "r.effects",
    "day": "strftime('%Y-%m-%d', r.ts / 1000000, 'unixepoch', 'localtime')",
}


class Finding(Many):
    """Questions by a filter over the whole ledger."""

    __slots__ = ()

    def find(self, filters: Filters, *, before: int = -1, after: int = -1, limit: int) -> tuple[int, ...]:
        """Give the places of matching intents, at most `limit`, newest first.

        Page on with `before` (the last place given), follow with `after` (the first place given).
        """
        self._fit(filters)
        low, high = (after if after >= 0 else LOWEST), (before if before >= 0 else HIGHEST)
        edge = self._edge(filters, high)
        found = self._between(filters, max(low, edge - 1) if edge > 0 else low, high, limit)
        if len(found) < limit and edge > max(low + 1, 0):
            for some in self._newest(filters, low, edge, ONCE * limit):
                found += self._among(filters, some, limit - len(found))
                if len(found) >= limit:
                    break
        return tuple(found)

    def counted(self, filters: Filters, by: str) -> dict[str, int]:
        """Count matching calls by one of `COUNTED`.

        `day` is the day of local time. A key is the column's text as it stands.
        """
        self._fit(filters)
        where, values = where_of(filters)
        counts: dict[str, int] = {}

        def count(among: str, *of: Cell) -> None:
            statement = f"SELECT {COUNTED[by]}, count(*) FROM records r WHERE {' AND '.join(where)}{among} GROUP BY 1"  # noqa: S608  # ours
            for key, calls in self._database.rows(statement, *values, *of):
                counts[text(key)] = counts.get(text(key), 0) + number(calls)

        edge = self.names.size() if filters.target else 0
        if edge > 0:
            for some in self._named(filters, LOWEST, edge):
                count(f" AND r.idx IN ({','.join('?' * len(some))})", *some)
        count(*(" AND r.idx >= ?", edge) if edge > 0 else ("",))
        return counts

    def places(self, filters: Filters, *, after: int = LOWEST) -> Iterator[list[int]]:
        """Give the places of all matching intents after one, the oldest first, at most `CHUNK` at a time."""
        self._fit(filters)
        edge = self.names.size() if filters.target else 0
        if edge > max(after + 1, 0):
            for some in self._named(filters, after, edge):
                if found := self._among(filters, some, CHUNK):
                    yield found[::-1]
        where, values = where_of(filters)
        statement = f"SELECT r.idx FROM records r WHERE {' AND '.join(where)} AND r.idx > ? ORDER BY r.idx"  # noqa: S608  # ours
        for rows in self._database.each(statement, *values, max(after, edge - 1), size=CHUNK):
            yield [row[0] for row in rows]

    def veiled(self, filters: Filters) -> Iterator[list[int]]:
        """Give the places of matching calls whose deeds may have touched more than they name, the oldest first, some at a time.

        Left out is only a call all of whose deeds are kept, show one plain target each, and run nothing: who asks reads
        the deeds of the others.
        """
        self._fit(filters)
        where, values = where_of(filters)
        statement = (
            f"SELECT r.idx FROM records r JOIN entries e ON e.idx = r.idx WHERE {' AND '.join(where)} AND ("  # noqa: S608  # ours
            " instr(r.effects, ' opaque ') OR instr(r.effects, ' code.run ') OR iif(json_valid(CAST(e.bytes AS TEXT)),"
            " json_array_length(CAST(e.bytes AS TEXT), '$.request.deeds'), NULL) IS NOT"
            f" (SELECT count(*) FROM openings o WHERE o.idx = r.idx AND {PLAIN_DEED})) ORDER BY r.idx"
        )
        for rows in self._database.each(statement, *values, size=CHUNK):
            yield [row[0] for row in rows]

    def _edge(self, filters: Filters, high: int) -> int:
        """Give the place from which on calls are looked at one by one: all where no target is asked for."""
        if not filters.target:
            return LOWEST
        size = self.head().size
        return min(self.names.size(), max(min(size, high) - NEWEST, 0))

    def _between(self, filters: Filters, low: int, high: int, limit: int) -> list[int]:
        where, values = where_of(filters)
        # A bound that bounds nothing would keep SQLite from the index that fits what is asked.
        for column, bound, none in (("r.idx > ?", low, LOWEST), ("r.idx < ?", high, HIGHEST)):
            if bound != none:
                where.append(column)
                values.append(bound)
        statement = f"SELECT r.idx FROM records r WHERE {' AND '.join(where)} ORDER BY r.idx DESC LIMIT ?"  # noqa: S608  # ours
        found = self._database.rows(statement, *values, limit)
        return [row[0] for row in found]

    def _among(self, filters: Filters, places: list[int], limit: int) -> list[int]:
        """Give which of some places fit, the newest first."""
        where, values = where_of(filters)
        found = self._database.rows(
            f"SELECT r.idx FROM records r WHERE r.idx IN ({','.join('?' * len(places))})"  # noqa: S608  # ours
            f" AND {' AND '.join(where)} ORDER BY r.idx DESC LIMIT ?",
            *places,
            *values,
            limit,
        )
        return [row[0] for row in found]

    def _newest(self, filters: Filters, low: int, high: int, most: int) -> Iterator[list[int]]:
        """Give the places between two where a name stands that fits, the newest first: often the first of many are enough."""
        found, more = self.names.newest(compile_glob(filters.target), low, high, max(most, CHUNK))
        for n in range(0, len(found), CHUNK):
            yield found[n : n + CHUNK]
        if more:
            yield from ([*reversed(some)] for some in reversed([*self._named(filters, low, found[-1])]))

    def _named(self, filters: Filters, low: int, high: int) -> Iterator[list[int]]:
        """Give the places between two where a name stands that fits, the oldest first, at most `CHUNK` at a time."""
        found = sorted(self.names.places(compile_glob(filters.target), low, high))
        for n in range(0, len(found), CHUNK):
            yield found[n : n + CHUNK]

    def _fit(self, filters: Filters) -> None:
        """Give the database our own globs: they mean the same as in a policy, in bounded time."""
        if filters.target:
            self._database.function("fits_target", compile_glob(filters.target).matches)
        if filters.project:
            glob, known = compile_glob(filters.project), dict[str, bool]()

            def fits(project: str) -> bool:
                if project not in known:
                    known[project] = glob.matches(project)
                return known[project]

            self._database.function("fits_project", fits)
