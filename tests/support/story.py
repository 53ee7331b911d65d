"""The ledger as a test reads it: one short line an entry, so that a whole session can be asserted as an exact set.

Read with plain SQLite and nothing of the project's own: a reader that hides an entry cannot hide it here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NO_SESSION = "-"
CANARY = "web4-canary-"


@dataclass(frozen=True)
class Entry:
    """One entry: where it stands, its body, and what is kept readable beside it."""

    idx: int
    session: str
    kind: str
    body: dict[str, Any]
    open: dict[str, Any]

    def at(self, path: str) -> Any:
        """Give what stands at a dotted path; None where nothing does."""
        here: Any = self.body
        for part in path.split("."):
            here = here.get(part) if isinstance(here, dict) else None
        return here

    @property
    def line(self) -> str:
        """The entry in one line: what it is, which call, how it was decided or how it ended."""
        match self.kind:
            case "session":
                words = [self.at("detail")]
            case "prompt":
                words = [f"completes {self.at('request.completes')}" if self.at("request.completes") else ""]
            case "intent":
                words = [self.at("request.call"), self.at("request.tool"), self.at("rules.decision")]
                words += [f"answered {self.at('rules.answer')}", "late" if self.at("late") else ""]
            case "outcome":
                words = [self.at("request.call"), self.at("result.status"), self.at("result.error_class")]
                words += [f"by {self.at('result.denied_by')}" if self.at("result.denied_by") else ""]
            case "words":
                words = [self.at("request.message")]
            case _:
                words = [self.at("event"), self.at("detail")]
        return " ".join([self.kind, *(str(word) for word in words if word)])


def entries(home: Path) -> list[Entry]:
    """Give every entry of a ledger in its order; none where there is no ledger."""
    path = home / "ledger.db"
    if not path.exists():
        return []
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        openings: dict[int, dict[str, Any]] = {}
        for idx, field, value in connection.execute("SELECT idx, field, value FROM openings"):
            openings.setdefault(idx, {})[field] = json.loads(value)
        rows = connection.execute("SELECT idx, session, kind, bytes FROM entries ORDER BY idx").fetchall()
    finally:
        connection.close()
    return [Entry(idx, session, kind, json.loads(data), openings.get(idx, {})) for idx, session, kind, data in rows]


@dataclass(frozen=True)
class Story:
    """The entries of one session, in order."""

    entries: list[Entry]

    def of(self, kind: str, call: str = "") -> list[Entry]:
        """Give the entries of a kind, and of a call where one is named."""
        return [one for one in self.entries if one.kind == kind and call in ("", one.at("request.call"))]

    def one(self, kind: str, call: str = "") -> Entry:
        """Give the only entry of a kind (and call)."""
        (found,) = self.of(kind, call)
        return found

    @property
    def lines(self) -> list[str]:
        """The session, one line an entry."""
        return [one.line for one in self.entries]

    def tells(self, *lines: str, perhaps: str = "") -> None:
        """Fail unless the session holds exactly these entries, each as often as it is named, in whatever order.

        `perhaps` names an entry that may be there once, where the client's own timing decides.
        """
        wanted, found = Counter(lines), Counter(self.lines)
        if perhaps in found:
            wanted[perhaps] += 1
        missing, beyond = list((wanted - found).elements()), list((found - wanted).elements())
        assert (missing, beyond) == ([], []), f"the whole session: {self.lines}"

    def is_one_chain(self) -> None:
        """Fail unless the entries number from 0 without a gap, with one genesis, and each names the one before."""
        assert [one.at("reference.seq") for one in self.entries] == list(range(len(self.entries)))
        assert [one.at("reference.prev") for one in self.entries].count("") <= 1


def sessions(home: Path) -> dict[str, Story]:
    """Give the story of each session that is not the canary's; entries of no session are left out."""
    stories: dict[str, Story] = {}
    for entry in entries(home):
        if entry.session != NO_SESSION and not entry.session.startswith(CANARY):
            stories.setdefault(entry.session, Story([])).entries.append(entry)
    return stories


def the_session(home: Path) -> Story:
    """Give the story of the only session."""
    (story,) = sessions(home).values()
    return story
