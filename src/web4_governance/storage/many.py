"""What is asked of an open ledger about many places at once: entries, openings, and what was said of the same calls.

A question is one statement whatever the number of places; the caller bounds it (some hundred: SQLite takes 999 values and
more). Every answer is as of the open transaction.
"""

from __future__ import annotations

from web4_governance.core.event import Status
from web4_governance.core.policy.decision import Decision
from web4_governance.core.record.entry import NO_SESSION
from web4_governance.core.value import value
from web4_governance.storage.filters import FAILED, STOPPED
from web4_governance.storage.lookup import ENTRY, Lookup, number, opening_value, opening_values, stored, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.database import Row

ENTRY_E = ", ".join(f"e.{name}" for name in ENTRY.split(", "))


WORDS_STOPPED = tuple(str(word) for word in Decision if word is not Decision.ALLOW)
WORDS_FAILED = tuple(str(word) for word in Status if word not in (Status.SUCCEEDED, Status.UNCLOSED))


class Counts:
    """How many calls a session has, and how many of each decision but `allow`, and of each end but a good one."""

    __slots__ = ("calls", "of")

    def __init__(self) -> None:
        self.calls = 0
        self.of: dict[str, int] = {}


@value
class Active:
    """A session: how many entries it has, place and time of the last, the project and the first prompt where they are kept."""

    session: str
    size: int
    last: int
    ts: int
    project: str
    prompt: str


class Many(Lookup):
    """Questions about many places."""

    __slots__ = ()

    def entries_at(self, places: Sequence[int]) -> dict[int, Stored]:
        """Give the entries at some places, by place; a place without one is left out."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE session <> '' AND idx IN ({_marks(places)})",  # noqa: S608  # question marks
            *places,
        )
        return {row[0]: stored(row) for row in found}

    def openings_at(self, places: Sequence[int], *, beginning: str = "") -> dict[int, dict[str, Json]]:
        """Give what is still readable of the entries at some places: by place, the values by field, or those that begin so."""
        found = self._database.rows(
            f"SELECT idx, field, value FROM openings WHERE idx IN ({_marks(places)})"  # noqa: S608  # question marks
            + (" AND field >= ? AND field < ?" if beginning else ""),
            *places,
            *((beginning, beginning + "\x7f") if beginning else ()),  # a field's name is ASCII
        )
        opened: dict[int, dict[str, Json]] = {}
        for (idx, field, _), shown in zip(found, opening_values([held for *_, held in found]), strict=True):
            opened.setdefault(idx, {})[field if type(field) is str else text(field)] = shown
        return opened

    def of_calls_at(self, places: Sequence[int], kinds: Sequence[str]) -> dict[str, dict[int, list[Stored]]]:
        """Give by kind the entries about the calls that the intents at some places announced, the newest last."""
        about: dict[str, dict[int, list[Stored]]] = {kind: {} for kind in kinds}
        for row in self._database.rows(
            f"SELECT o.kind, i.idx, {ENTRY_E} FROM records i JOIN records o ON o.session = i.session AND o.call = i.call"  # noqa: S608  # ours
            f" JOIN entries e ON e.idx = o.idx WHERE i.idx IN ({_marks(places)}) AND i.call <> '' AND o.call <> ''"
            f" AND o.kind IN ({_marks(kinds)}) ORDER BY e.idx",
            *places,
            *kinds,
        ):
            about[row[0]].setdefault(row[1], []).append(stored(row[2:]))
        return about

    def by_identities(self, identities: Sequence[bytes]) -> dict[bytes, Stored]:
        """Give the entries that recorded some host events, by the event's identity."""
        found = self._database.rows(
            f"SELECT o.identity, {ENTRY_E} FROM once o JOIN entries e ON e.idx = o.idx"  # noqa: S608  # ours
            f" WHERE o.identity IN ({_marks(identities)})",
            *identities,
        )
        return {row[0]: stored(row[1:]) for row in found}

    def latest_sessions(self, *, before: int, limit: int) -> tuple[Active, ...]:
        """Give the sessions whose last entry stands before a place (-1: anywhere), the latest active first."""
        found = self._database.rows(
            "SELECT s.session, s.size, s.idx, s.ts,"
            " (SELECT r.project FROM entries i JOIN records r ON r.idx = i.idx"
            "  WHERE i.session = s.session AND i.kind = 'intent' ORDER BY i.idx LIMIT 1),"
            " (SELECT o.value FROM entries p JOIN openings o ON o.idx = p.idx AND o.field = 'request.text'"
            "  WHERE p.session = s.session AND p.kind = 'prompt' ORDER BY p.idx LIMIT 1)"
            " FROM (SELECT c.session, c.size, e.idx, e.ts FROM chains c CROSS JOIN entries e ON e.session = c.session"
            "  AND e.seq = c.size - 1 WHERE c.session <> ? AND (? < 0 OR e.idx < ?) ORDER BY e.idx DESC LIMIT ?) s"
            " ORDER BY s.idx DESC",
            NO_SESSION,
            before,
            before,
            limit,
        )
        return tuple(_active(row) for row in found)

    def sessions_named(self, beginning: str) -> tuple[str, ...]:
        """Give the sessions whose ids begin with a text, in their order."""
        # By comparing, for SQLite's functions of text end at a zero byte, which an id can hold.
        found = self._database.rows(
            "SELECT session FROM chains WHERE session >= ? AND session <= ? ORDER BY session",
            beginning,
            beginning + "\U0010ffff",
        )
        return tuple(session for session in (text(row[0]) for row in found) if session.startswith(beginning))

    def counted_calls(self, sessions: Sequence[str]) -> dict[str, Counts]:
        """Count the calls of some sessions, those that were not simply allowed, and those that did not succeed."""
        marks, counts = _marks(sessions), {session: Counts() for session in sessions}
        every = f"SELECT session, count(*) FROM entries WHERE session IN ({marks}) AND kind = 'intent' GROUP BY 1"  # noqa: S608  # question marks
        for session, count in self._database.rows(every, *sessions):
            counts[session].calls = number(count)
        # Of these there are few, and each has an index of its own, which SQLite takes where the words are named.
        for column, those, words in (("decision", STOPPED, WORDS_STOPPED), ("status", FAILED, WORDS_FAILED)):
            few = (
                f"SELECT r.session, r.{column}, count(*) FROM records r WHERE r.kind = 'intent' AND {those}"  # noqa: S608  # ours
                f" AND r.{column} IN ({_marks(words)}) AND r.session IN ({marks}) GROUP BY 1, 2"
            )
            for session, word, count in self._database.rows(few, *words, *sessions):
                counts[session].of[text(word)] = number(count)
        return counts


def _active(row: Row) -> Active:
    session, size, last, ts, project, prompt = row
    said = opening_value(prompt) if prompt is not None else ""
    return Active(
        session=text(session),
        size=number(size),
        last=number(last),
        ts=number(ts),
        project=text(project) if project is not None else "",
        prompt=said if isinstance(said, str) else "",
    )


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
