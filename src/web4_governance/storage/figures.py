"""What a report counts: aggregates that the database makes over lookups and entries, in memory that no row adds to.

Only counting and picking out; what a figure means is the report's. Entries are JSON by the format; bytes that a hand made
something else of count as saying nothing here, `verify` names them. Times are microseconds, `until` is exclusive.
"""

from __future__ import annotations

from collections import defaultdict

from web4_governance.core.record.entry import NO_SESSION
from web4_governance.core.value import value
from web4_governance.storage.lookup import ENTRY, number, opening_value, stored, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.database import Cell, Database, Row
    from web4_governance.storage.filters import Filters

JUDGED = ("policy", "mode", "answer", "late")
CONSULTED = b'"trust":'
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
READING, WRITING, DELETING = "IN ('file.read', 'file.list')", "= 'file.write'", "= 'file.delete'"
OTHER = "NOT IN ('file.read', 'file.list', 'file.write', 'file.delete')"
PERIOD = "{0}.ts >= ? AND {0}.ts < ?"


class BySession:
    """What is counted of a session: its entries by kind, its calls by decision and by end, its subagents; its first project."""

    __slots__ = ("agents", "decisions", "kinds", "project", "statuses")

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self.decisions: dict[str, int] = {}
        self.statuses: dict[str, int] = {}
        self.agents = 0
        self.project = ""


@value
class Range:
    """Entries of a period: how many, in how many chains, their first and last place and time; places are -1 where none is."""

    entries: int
    chains: int
    first: int
    last: int
    first_us: int
    last_us: int


@value
class Touched:
    """How often calls touched a target, by what they did to it."""

    target: str
    calls: int
    read: int
    written: int
    deleted: int
    other: int


@value
class Tallied:
    """Calls that are alike in all of these; an empty agent is the main one, categories and effects are as they stand."""

    tool: str
    agent: str
    decision: str
    status: str
    categories: str
    effects: str
    calls: int


@value
class Spent:
    """Tokens of the messages that made calls, each message once, of one session's agent and model."""

    session: str
    agent: str
    model: str
    messages: int
    tokens: tuple[int, ...]


def said(column: str, path: str) -> str:
    """Give the SQL for what stands at a JSON path of an entry's bytes, NULL where they are no JSON."""
    bare = f"CAST({column} AS TEXT)"
    return f"iif(json_valid({bare}), json_extract({bare}, '$.{path}'), NULL)"


class Figures:
    """The aggregates of one open connection."""

    __slots__ = ("_chosen", "_database")

    def __init__(self, database: Database, chosen: Callable[[Filters], tuple[str, list[Cell]]]) -> None:
        self._database = database
        self._chosen = chosen

    def by_session(self) -> dict[str, BySession]:
        """Count the entries and calls of every session; a call without an end is `unclosed`."""
        found: defaultdict[str, BySession] = defaultdict(BySession)
        ask = self._database.rows
        for session, kind, count in ask(
            "SELECT session, kind, count(*) FROM entries WHERE session <> '' GROUP BY 1, 2"
        ):
            found[text(session)].kinds[text(kind)] = number(count)
        for session, decision, status, count in ask(
            "SELECT session, decision, status, count(*) FROM records WHERE kind = 'intent' GROUP BY 1, 2, 3"
        ):
            of = found[text(session)]
            for counts, word in ((of.decisions, text(decision)), (of.statuses, text(status) or "unclosed")):
                counts[word] = counts.get(word, 0) + number(count)
        for session, agents in ask(
            "SELECT session, count(DISTINCT agent_id) FROM records WHERE agent_id <> '' GROUP BY session"
        ):
            found[text(session)].agents = number(agents)
        for session, project in ask(
            "SELECT c.session, (SELECT r.project FROM entries i JOIN records r ON r.idx = i.idx WHERE i.session = c.session"
            " AND i.kind = 'intent' AND r.project <> '' ORDER BY i.idx LIMIT 1) FROM chains c"
        ):
            if project is not None:
                found[text(session)].project = text(project)
        return found

    def range(self, since: int, until: int) -> Range:
        """Give what entries fall into a period."""
        found = self._database.row(
            f"SELECT count(*), count(DISTINCT r.session), min(r.idx), max(r.idx), min(r.ts), max(r.ts)"  # noqa: S608  # ours
            f" FROM records r WHERE {PERIOD.format('r')}",
            since,
            until,
        )
        entries, chains, first, last, first_us, last_us = found or (0, 0, None, None, None, None)
        places = (-1, -1) if first is None else (number(first), number(last))
        times = (0, 0) if first_us is None else (number(first_us), number(last_us))
        return Range(
            entries=entries, chains=chains, first=places[0], last=places[1], first_us=times[0], last_us=times[1]
        )

    def kinds(self, since: int, until: int) -> dict[str, int]:
        """Count the entries of a period by kind."""
        found = self._database.rows(
            f"SELECT r.kind, count(*) FROM records r WHERE {PERIOD.format('r')} GROUP BY 1 ORDER BY 1",  # noqa: S608  # ours
            since,
            until,
        )
        return {text(kind): number(count) for kind, count in found}

    def broken_chains(self) -> int:
        """Count the chains of the whole ledger whose entries do not follow one another."""
        found = self._database.row(
            "SELECT count(*) FROM (SELECT 1 FROM entries WHERE session <> '' GROUP BY session"
            " HAVING count(*) <> max(seq) - min(seq) + 1)"
        )
        return number(found[0]) if found else 0

    def of_ledger(self, kinds: Sequence[str], since: int, until: int, limit: int) -> tuple[Stored, ...]:
        """Give the entries of some kinds and of no session in a period, the newest `limit` of them, the newest last."""
        marks = ",".join("?" * len(kinds))
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries e WHERE e.session = ? AND e.kind IN ({marks}) AND {PERIOD.format('e')}"  # noqa: S608  # ours
            " ORDER BY idx DESC LIMIT ?",
            NO_SESSION,
            *kinds,
            since,
            until,
            limit,
        )
        return tuple(map(stored, reversed(found)))

    def said_by_events(self, since: int, until: int) -> dict[str, int]:
        """Count what the gate's own `event` entries of a period are about (`off`, `on`, `reconcile`, …)."""
        found = self._database.rows(
            f"SELECT {said('e.bytes', 'event')}, count(*) FROM entries e"  # noqa: S608  # ours
            f" WHERE e.session = ? AND e.kind = 'event' AND {PERIOD.format('e')} GROUP BY 1",
            NO_SESSION,
            since,
            until,
        )
        return {word: number(count) for word, count in found if isinstance(word, str)}

    def tally(self, filters: Filters) -> tuple[Tallied, ...]:
        """Count calls by all that their lookups say of them in words: one row for each way of being."""
        where, values = self._chosen(filters)
        found = self._database.rows(
            "SELECT r.tool, iif(r.agent_id = '', '', r.agent_type), r.decision, r.status, r.categories, r.effects, count(*)"  # noqa: S608  # ours
            f" FROM records r WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6",
            *values,
        )
        return tuple(
            Tallied(
                tool=text(tool),
                agent=text(agent),
                decision=text(decision),
                status=text(status),
                categories=text(categories),
                effects=text(effects),
                calls=number(calls),
            )
            for tool, agent, decision, status, categories, effects, calls in found
        )

    def sessions(self, filters: Filters) -> int:
        """Count the sessions that calls are of."""
        where, values = self._chosen(filters)
        found = self._database.row(f"SELECT count(DISTINCT r.session) FROM records r WHERE {where}", *values)  # noqa: S608  # ours
        return number(found[0]) if found else 0

    def rules(self, filters: Filters) -> dict[tuple[str, str], int]:
        """Count the calls that were not simply allowed by decision and by each rule that spoke."""
        where, values = self._chosen(filters)
        bare = "CAST(e.bytes AS TEXT)"
        found = self._database.rows(
            f"SELECT r.decision, j.value, count(*) FROM records r JOIN entries e USING(idx),"  # noqa: S608  # ours
            f" json_each(iif(json_valid({bare}), {bare}, '{{}}'), '$.rules.matched') j"
            f" WHERE {where} AND r.decision NOT IN ('allow', '') AND j.type = 'text' GROUP BY 1, 2",
            *values,
        )
        return {(text(decision), text(rule)): number(count) for decision, rule, count in found}

    def judged(self, filters: Filters) -> dict[tuple[str, str, str, bool], int]:
        """Count calls by the digest of the policy that judged them, its mode, the answer, and whether they were seen late."""
        where, values = self._chosen(filters)
        bare = "CAST(e.bytes AS TEXT)"
        paths = "'$.rules.policy', '$.rules.mode', '$.rules.answer', '$.late'"
        found = self._database.rows(
            f"SELECT iif(json_valid({bare}), json_extract({bare}, {paths}), '[]'), count(*)"  # noqa: S608  # ours
            f" FROM records r JOIN entries e USING(idx) WHERE {where} GROUP BY 1",
            *values,
        )
        counts: dict[tuple[str, str, str, bool], int] = {}
        for cell, count in found:
            said_ = opening_value(cell)
            of = said_ if isinstance(said_, list) and len(said_) == len(JUDGED) else [None] * len(JUDGED)
            key = (word(of[0]), word(of[1]), word(of[2]), of[3] is True)
            counts[key] = counts.get(key, 0) + number(count)
        return counts

    def answered(self, filters: Filters) -> dict[tuple[str, str, str], int]:
        """Count the calls that were asked about by how they ended, who let them through, and who denied them."""
        where, values = self._chosen(filters)
        found = self._database.rows(
            f"SELECT r.status, {said('e.bytes', 'result.authorised_by.by')}, {said('e.bytes', 'result.denied_by')}, count(*)"  # noqa: S608  # ours
            " FROM records r LEFT JOIN entries e ON e.idx = (SELECT max(o.idx) FROM records o WHERE o.session = r.session"
            " AND o.call = r.call AND o.call <> '' AND o.kind = 'outcome' AND o.agent_id = r.agent_id)"
            f" WHERE {where} AND r.decision = 'ask' GROUP BY 1, 2, 3",
            *values,
        )
        return {(word(status), word(by), word(denied)): number(n) for status, by, denied, n in found}

    def with_effects(self, filters: Filters, effects: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Count calls by tool: those with each of some effects, and last those with any of them; tools without are left out."""
        where, values = self._chosen(filters)
        one = "instr(r.effects, ' ' || ? || ' ') > 0"
        sums = ", ".join(f"sum({one})" for _ in effects)
        either = " OR ".join(one for _ in effects)
        found = self._database.rows(
            f"SELECT r.tool, {sums}, count(*) FROM records r WHERE {where} AND ({either}) GROUP BY 1 ORDER BY count(*) DESC, 1",  # noqa: S608  # ours
            *effects,
            *values,
            *effects,
        )
        return {text(tool): tuple(map(number, counts)) for tool, *counts in found}

    def touched(self, filters: Filters, limit: int) -> tuple[tuple[Touched, ...], int]:
        """Give the targets that most calls touched, and how many there are in all."""
        where, values = self._chosen(filters)
        every = f"FROM records r JOIN targets t ON t.idx = r.idx WHERE {where}"
        found = self._database.rows(
            f"SELECT t.target, count(DISTINCT t.idx), {_calls(READING)},"  # ours
            f" {_calls(WRITING)}, {_calls(DELETING)},"
            f" {_calls(OTHER)}"
            f" {every} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
            *values,
            limit,
        )
        count = self._database.row(f"SELECT count(DISTINCT t.target) {every}", *values)  # ours
        rows = (
            Touched(target=text(target), calls=calls, read=read, written=written, deleted=deleted, other=other)
            for target, calls, read, written, deleted, other in found
        )
        return tuple(rows), number(count[0]) if count else 0

    def spent(self, since: int, until: int, *, limit: int) -> tuple[Spent, ...]:
        """Give the tokens by session, agent and model, the most output first: of each message what was last said of it."""
        counts = ", ".join(f"max({said('e.bytes', f'resource.tokens.{name}')}) AS {name}" for name in TOKENS)
        sums = ", ".join(f"total({name})" for name in TOKENS)
        found = self._database.rows(
            f"SELECT session, agent, model, count(*), {sums} FROM ("  # noqa: S608  # ours
            f"SELECT r.session AS session, r.agent_type AS agent, {said('e.bytes', 'resource.model')} AS model, {counts}"
            f" FROM records r JOIN entries e USING(idx) WHERE {PERIOD.format('r')} AND r.kind IN ('outcome', 'words')"
            f" AND instr(e.bytes, ?) GROUP BY r.session, {said('e.bytes', 'resource.message')})"
            f" GROUP BY 1, 2, 3 ORDER BY total(output_tokens) DESC, 1, 2, 3 LIMIT ?",
            since,
            until,
            b'"tokens":',
            limit,
        )
        return tuple(
            Spent(
                session=text(session),
                agent=text(agent),
                model=word(model),
                messages=messages,
                tokens=tuple(map(int, of)),
            )
            for session, agent, model, messages, *of in found
        )

    def costs(self, since: int, until: int) -> tuple[tuple[str, int], ...]:
        """Give what sessions that ended in a period cost by the host's own count, in millionths of a US dollar."""
        cost = said("e.bytes", "resource.cost_micro_usd")
        found = self._database.rows(
            f"SELECT e.session, max({cost}) FROM entries e WHERE e.kind = 'session' AND {PERIOD.format('e')}"  # noqa: S608  # ours
            f" AND {cost} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
            since,
            until,
        )
        return tuple((text(session), number(micro)) for session, micro in found)

    def consulted(self, since: int, until: int) -> Iterator[list[Row]]:
        """Give the bounds of trust that rules were judged by in a period: time, place, and the rows of each call, as JSON."""
        statement = (
            f"SELECT r.ts, r.idx, {said('e.bytes', 'role.trust.bounds')} FROM records r JOIN entries e USING(idx)"  # noqa: S608  # ours
            f" WHERE {PERIOD.format('r')} AND r.kind = 'intent' AND instr(e.bytes, ?) ORDER BY r.idx"
        )
        return self._database.each(statement, since, until, CONSULTED, size=512)

    def last_places(self, since: int, width: int, count: int) -> dict[int, int]:
        """Give, by number, the last place in each of `count` equal slices of a period; slices without entries are left out."""
        found = self._database.rows(
            "SELECT (ts - ?) / ?, max(idx) FROM records WHERE ts >= ? AND ts < ? GROUP BY 1",
            since,
            width,
            since,
            since + width * count,
        )
        return {number(slice_): number(idx) for slice_, idx in found}


def _calls(effect: str) -> str:
    """Give the SQL that counts the calls of a target's group whose effect is so."""
    return f"count(DISTINCT iif(t.effect {effect}, t.idx, NULL))"


def word(cell: object) -> str:
    """Give a text that stands in an entry, empty where there is none."""
    return cell if isinstance(cell, str) else ""
