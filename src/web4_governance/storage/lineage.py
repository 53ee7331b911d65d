"""Which entries changed which file, the lines of each as last seen, and what each agent saw last: derived, by key.

Not a judge of who changed what: rows come from `core.lineage`. A path, a content and a line stand here as HMACs under the
ledger's secret; the one text, a file's name, is kept where openings are. A ledger of an older format has none of this.
"""

from __future__ import annotations

from web4_governance.core.lineage.blame import origin_of, read, spell
from web4_governance.core.lineage.change import Lines
from web4_governance.core.lineage.lines import KEY, NO_KEY
from web4_governance.core.lineage.tools import TELLING
from web4_governance.core.value import replace, value
from web4_governance.storage.lookup import ENTRY, blob, exact, number, opening_value, stored, text
from web4_governance.storage.schema import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.database import Database, Row

FOLLOWED = 5  # the format from which on there are these tables
DAY = 86_400 * 1_000_000
HELD = "path, idx, ts, name, mark, content, runs, keys"
# Calls that surely changed no file, or told which, are no part of the three answers below.
READING = "(' file.read ', ' file.list ', ' file.read file.list ', ' file.list file.read ', ' vcs.read ')"
COUNTS = (
    f"i.kind = 'intent' AND i.effects NOT IN {READING} AND (i.status IN ('', 'started') OR i.tool NOT IN {TELLING})"
)
# The calls that began between two times, that ended after the first of them, and that have no end; the newest first.
BEGUN = f"SELECT i.idx FROM records i WHERE i.ts >= ? AND i.ts <= ? AND {COUNTS} ORDER BY i.ts DESC LIMIT ?"  # noqa: S608  # ours
ENDED = (
    "SELECT i.idx FROM records o JOIN records i ON i.session = o.session AND i.call = o.call AND i.agent_id = o.agent_id"  # noqa: S608  # ours
    f" WHERE o.ts >= ? AND o.kind = 'outcome' AND o.call <> '' AND i.call <> '' AND i.ts <= ? AND {COUNTS}"
    " ORDER BY o.ts DESC LIMIT ?"
)
OPEN = (
    "SELECT i.idx FROM records i WHERE i.ts >= ? AND i.ts <= ? AND i.status IN ('', 'started')"  # noqa: S608  # ours
    f" AND {COUNTS} ORDER BY i.ts DESC LIMIT ?"
)
CHUNK = 400
COLUMNS = "i.idx, i.session, i.ts, i.call, i.tool, i.agent_id, i.agent_type, i.decision, i.status, e.leaf, e.bytes"
CALLED = (
    f"SELECT o.idx, {COLUMNS}, x.bytes FROM records o JOIN records i ON i.session = o.session AND i.call = o.call"  # noqa: S608  # ours
    " AND i.call <> '' AND i.agent_id = o.agent_id AND i.kind IN ('intent', 'canary') AND o.call <> ''"
    " JOIN entries e ON e.idx = i.idx JOIN entries x ON x.idx = o.idx"
)
ASKED = f"SELECT -1, {COLUMNS}, x'' FROM records i JOIN entries e ON e.idx = i.idx"  # noqa: S608  # ours
AFTER_TEXT = "\U0010ffff"
MAIN, OF_MAIN = "main", "r.agent_id = '' AND r.agent_type = '' AND r.kind IN ('intent', 'canary', 'outcome')"


@value
class Held:
    """The lines of a file as they were last seen, by which entry (its place and time), and by what the disk knew it.

    `name` is the path, empty where it is not kept; `mark` what the disk said of the file then, empty for nothing.
    """

    path: bytes
    idx: int
    ts: int
    name: str
    mark: str
    lines: Lines


@value
class Touch:
    """One entry that changed a file: keys of path and of the content before and after, empty where unknown."""

    path: bytes
    idx: int
    n: int
    before: bytes
    after: bytes


@value
class Called:
    """A call whose outcome changed something: its intent's place, leaf and bytes, and what the lookups say of it.

    `closes` is the leaf that the outcome says it closes, empty where no outcome was asked for (`outcome` is then -1).
    """

    outcome: int
    intent: int
    session: str
    ts: int
    call: str
    tool: str
    agent_id: str
    agent_type: str
    decision: str
    status: str
    leaf: str
    data: bytes
    closes: str = ""


class Lineage:
    """Questions and notes about files, to one open connection."""

    __slots__ = ("_database",)

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_there(self) -> bool:
        """Say whether the ledger's format has these tables: one that is older and opened to be read has not."""
        return version_of(self._database) >= FOLLOWED

    def held(self, path: bytes) -> Held | None:
        """Give the lines of a file as they were last seen."""
        found = self._database.row(f"SELECT {HELD} FROM lines WHERE path = ?", path)  # noqa: S608  # ours
        return None if found is None else _held(found)

    def held_below(self, directory: str, limit: int) -> tuple[Held, ...]:
        """Give what is known of the files below a directory, those changed last first, without their lines."""
        found = self._database.rows(
            "SELECT path, idx, ts, name, mark, content, '', x'' FROM lines WHERE name > ? AND name < ?"
            " ORDER BY idx DESC LIMIT ?",
            directory + "/",
            directory + "/" + AFTER_TEXT,
            limit,
        )
        return tuple(map(_held, found))

    def held_as(self, content: bytes) -> tuple[Held, ...]:
        """Give the files that had this very content when they were last seen, at most eight."""
        found = self._database.rows(
            f"SELECT {HELD} FROM lines WHERE content = ? AND length(content) = 32 ORDER BY idx DESC LIMIT 8",  # noqa: S608  # ours
            content,
        )
        return tuple(map(_held, found))

    def changes_of(self, path: bytes, *, after: int = -1) -> tuple[Touch, ...]:
        """Give what changed a file, the newest last."""
        found = self._database.rows(
            "SELECT path, idx, n, before, after FROM touches WHERE path = ? AND idx > ? ORDER BY idx, n", path, after
        )
        return tuple(map(_touch, found))

    def latest_changes(self, path: bytes, limit: int) -> tuple[Touch, ...]:
        """Give the last changes of a file, the newest first."""
        found = self._database.rows(
            "SELECT path, idx, n, before, after FROM touches WHERE path = ? ORDER BY idx DESC, n DESC LIMIT ?",
            path,
            limit,
        )
        return tuple(map(_touch, found))

    def last_change(self, path: bytes) -> int:
        """Give the place of the entry that changed a file last, -1 where none did."""
        found = self._database.row("SELECT idx FROM touches WHERE path = ? ORDER BY idx DESC LIMIT 1", path)
        return -1 if found is None else number(found[0])

    def changes_at(self, idx: int) -> tuple[Touch, ...]:
        """Give what an entry changed."""
        found = self._database.rows("SELECT path, idx, n, before, after FROM touches WHERE idx = ? ORDER BY n", idx)
        return tuple(map(_touch, found))

    def between(self, first: int, last: int) -> dict[int, tuple[Touch, ...]]:
        """Give what the entries from `first` to `last` changed, by place."""
        found: dict[int, list[Touch]] = {}
        for row in self._database.rows(
            "SELECT path, idx, n, before, after FROM touches WHERE idx BETWEEN ? AND ? ORDER BY idx, n", first, last
        ):
            found.setdefault(row[1], []).append(_touch(row))
        return {idx: tuple(touches) for idx, touches in found.items()}

    def runs(self) -> dict[bytes, str]:
        """Give the origins of all lines that are held, by their file's key, as they are stored."""
        return {blob(path): text(runs) for path, runs in self._database.rows("SELECT path, runs FROM lines")}

    def strays(self, limit: int) -> tuple[int, ...]:
        """Give the places that are said to have changed a file and are no outcome's."""
        found = self._database.rows(
            "SELECT t.idx FROM touches t LEFT JOIN entries e USING(idx) WHERE e.kind IS NOT 'outcome'"
            " UNION SELECT s.idx FROM seen s LEFT JOIN entries e USING(idx) WHERE e.kind IS NOT 'outcome' LIMIT ?",
            limit,
        )
        return tuple(number(row[0]) for row in found)

    def calls(self, outcomes: Iterable[int]) -> dict[int, Called]:
        """Give the call that each of these outcomes closed, as far as lookups tell, by the outcome's place."""
        wanted, found = sorted(outcomes), dict[int, Called]()
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            for row in self._database.rows(CALLED + f" WHERE o.idx IN ({', '.join('?' * len(part))})", *part):
                called = _called(row)
                if called.outcome not in found or called.leaf == called.closes:
                    found[called.outcome] = called
        return found

    def calls_at(self, intents: Iterable[int]) -> dict[int, Called]:
        """Give the calls whose intents stand at these places, by place."""
        wanted, found = sorted(intents), dict[int, Called]()
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            for row in self._database.rows(ASKED + f" WHERE i.idx IN ({', '.join('?' * len(part))})", *part):
                found[number(row[1])] = _called(row)
        return found

    def prompts(self, session: str) -> tuple[tuple[int, str | None], ...]:
        """Give a session's prompts with their places, in order; None where the text is not kept."""
        found = self._database.rows(
            "SELECT e.idx, o.value FROM entries e LEFT JOIN openings o ON o.idx = e.idx AND o.field = 'request.text'"
            " WHERE e.session = ? AND e.kind = 'prompt' ORDER BY e.idx",
            session,
        )
        return tuple((number(idx), None if value is None else str(opening_value(value))) for idx, value in found)

    def changing(self, *, agent: str = "", session: str = "", server: str = "") -> tuple[int, ...]:
        """Give the outcomes, in order, that changed files, of an agent (id or type), a session, or an MCP server's tools.

        The agent `main` is the main one of each session.
        """
        where, values = "r.session = ?", [session]
        if agent == MAIN:
            where, values = OF_MAIN, []
        elif agent:
            where, values = "(r.agent_id = ? OR r.agent_type = ?)", [agent, agent]
        elif server:
            where, values = "r.tool > ? AND r.tool < ?", [f"mcp__{server}__", f"mcp__{server}__{AFTER_TEXT}"]
        found = self._database.rows(
            "SELECT DISTINCT r.idx FROM records r JOIN touches t ON t.idx = r.idx"  # noqa: S608  # ours
            f" WHERE r.kind = 'outcome' AND {where} ORDER BY r.idx",
            *values,
        )
        return tuple(number(row[0]) for row in found)

    def is_known(self, *, agent: str = "", session: str = "", server: str = "") -> bool:
        """Say whether anything is recorded of an agent, a session, or an MCP server."""
        asked = [
            ("session = ?", [session]) if session else None,
            (OF_MAIN, []) if agent == MAIN else ("agent_id = ? OR agent_type = ?", [agent, agent]) if agent else None,
            ("tool > ? AND tool < ?", [f"mcp__{server}__", f"mcp__{server}__{AFTER_TEXT}"]) if server else None,
        ]
        return any(
            self._database.row(f"SELECT 1 FROM records r WHERE {one[0]} LIMIT 1", *one[1]) is not None  # noqa: S608  # ours
            for one in asked
            if one is not None
        )

    def changed(self, touch: Touch) -> None:
        """Note that an entry changed a file."""
        # Crash: rolled back with the outcome that says so; the same for the two below.
        self._database.run(
            "INSERT OR REPLACE INTO touches(path, idx, n, before, after) VALUES(?, ?, ?, ?, ?)",
            touch.path,
            touch.idx,
            touch.n,
            touch.before,
            touch.after,
        )

    def hold(self, held: Held) -> None:
        """Keep the lines of a file as they were seen last."""
        self._database.run(
            f"INSERT OR REPLACE INTO lines({HELD}) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",  # ours
            held.path,
            held.idx,
            held.ts,
            held.name,
            held.mark,
            held.lines.content,
            spell(held.lines.runs),
            held.lines.keys,
        )

    def let_go(self, path: bytes) -> None:
        """Forget the lines of a file that is gone, or whose lines are not followed any more."""
        self._database.run("DELETE FROM lines WHERE path = ?", path)

    def forget(self, idx: int) -> None:
        """Take out what is derived from contents that an entry shows, or another entry of its call: keys, names, marks."""
        found = self._database.rows(
            "SELECT o.idx FROM records r JOIN records o ON o.session = r.session AND o.call = r.call AND r.call <> ''"
            " WHERE r.idx = ?",
            idx,
        )
        for place in {idx, *(number(row[0]) for row in found)}:
            paths = {touch.path for touch in self.changes_at(place)}
            # A file that was moved took its lines along.
            moved = self._database.rows("SELECT path FROM lines WHERE ' ' || runs || ' ' GLOB ?", f"*[a-z]{place}[ .]*")
            self._forget(paths | {blob(row[0]) for row in moved}, place, place)

    def forget_before(self, size: int) -> None:
        """Take out what is derived from the entries before a place."""
        self._forget({blob(row[0]) for row in self._database.rows("SELECT path FROM lines")}, 0, size - 1)

    def _forget(self, paths: set[bytes], first: int, last: int) -> None:
        for table in ("touches", "seen"):
            self._database.run(f"DELETE FROM {table} WHERE idx BETWEEN ? AND ?", first, last)  # noqa: S608  # ours
        for path in paths:
            held = self.held(path)
            if held is not None and not self.changes_of(path):
                self.let_go(path)
            elif held is not None:
                self.hold(_without(held, first, last))

    def ran_between(self, since: int, until: int, *, limit: int) -> tuple[tuple[int, ...], bool]:
        """Give the places of the calls that ran at some moment between two times, newest first, and whether that is all.

        Left out are calls that only read, and those that tell what they change and have ended. `limit` bounds each of the
        three ways in which a call may have run: it began then, it ended then or later, it has no end.
        """
        asked = ((BEGUN, (since, until)), (ENDED, (since, until)), (OPEN, (since - DAY, until)))
        found: set[int] = set()
        whole = True
        for statement, times in asked:
            rows = self._database.rows(statement, *times, limit + 1)
            whole = whole and len(rows) <= limit
            found.update(number(row[0]) for row in rows[:limit])
        return tuple(sorted(found, reverse=True)), whole

    def ran(self, idx: int, since: int) -> tuple[Stored, Stored | None] | None:
        """Give the intent of a call and its outcome, if it has one, where it still ran at a time.

        One without an outcome ran until its session's next prompt, start or end, and at most a day.
        """
        intent, outcome = self._entry(idx), self._outcome_of(idx)
        if intent is None or since > (self._end_of(intent) if outcome is None else outcome.ts):
            return None
        return intent, outcome

    def _outcome_of(self, idx: object) -> Stored | None:
        found = self._database.row(
            "SELECT max(o.idx) FROM records r JOIN records o ON o.session = r.session AND o.call = r.call AND o.call <> ''"
            " AND o.agent_id = r.agent_id AND o.kind = 'outcome' AND o.status <> 'started' WHERE r.idx = ? AND r.call <> ''",
            number(idx),
        )
        return None if found is None or found[0] is None else self._entry(found[0])

    def _end_of(self, intent: Stored) -> int:
        found = self._database.row(
            "SELECT ts FROM entries WHERE session = ? AND kind IN ('prompt', 'session') AND idx > ? ORDER BY idx LIMIT 1",
            intent.session,
            intent.idx,
        )
        return intent.ts + DAY if found is None else number(found[0])

    def _entry(self, idx: object) -> Stored | None:
        found = self._database.row(f"SELECT {ENTRY} FROM entries WHERE idx = ?", number(idx))  # noqa: S608  # ours
        return None if found is None else stored(found)


def _without(held: Held, first: int, last: int) -> Held:
    """Give what is known of a file without the keys of the lines that came with these entries."""
    keys, at = bytearray(held.lines.keys), 0
    for count, word in held.lines.runs:
        if first <= origin_of(word).idx <= last:
            keys[at * KEY : (at + count) * KEY] = NO_KEY * count
        at += count
    ended = first <= held.idx <= last
    lines = replace(held.lines, keys=bytes(keys), content=b"" if ended else held.lines.content)
    return replace(held, lines=lines, mark="" if ended else held.mark)


def _held(row: Row) -> Held:
    path, idx, ts, name, mark, content, runs, keys = row
    lines = Lines(content=blob(content), runs=read(text(runs)), keys=blob(keys))
    return Held(path=blob(path), idx=number(idx), ts=number(ts), name=text(name), mark=text(mark), lines=lines)


def _called(row: Row) -> Called:
    outcome, intent, session, ts, call, tool, agent_id, agent_type, decision, status, leaf, data, closing = row
    said = blob(closing).partition(b'"intent":"')[2][:64]  # canonical bytes: the one field of this name
    return Called(
        outcome=number(outcome),
        intent=number(intent),
        session=text(session),
        ts=number(ts),
        call=text(call),
        tool=text(tool),
        agent_id=text(agent_id),
        agent_type=text(agent_type),
        decision=text(decision),
        status=text(status),
        leaf=blob(leaf).hex(),
        data=blob(data),
        closes=said.decode("ascii", "replace"),
    )


def _touch(row: Row) -> Touch:
    path, idx, n, before, after = row
    return Touch(path=exact(path), idx=number(idx), n=number(n), before=exact(before), after=exact(after))
