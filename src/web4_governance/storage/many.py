"""What is asked of an open ledger about many places at once: entries, openings, and what was said of the same calls.

A question is one statement whatever the number of places; the caller bounds it (some hundred: SQLite takes 999 values and
more). Every answer is as of the open transaction.
"""

from __future__ import annotations

from web4_governance.storage.lookup import ENTRY, Lookup, opening_values, stored, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored

ENTRY_E = ", ".join(f"e.{name}" for name in ENTRY.split(", "))


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

    def openings_at(self, places: Sequence[int]) -> dict[int, dict[str, Json]]:
        """Give what is still readable of the entries at some places: by place, the values by field."""
        found = self._database.rows(
            f"SELECT idx, field, value FROM openings WHERE idx IN ({_marks(places)})",  # noqa: S608  # question marks
            *places,
        )
        opened: dict[int, dict[str, Json]] = {}
        for (idx, field, _), shown in zip(found, opening_values([held for *_, held in found]), strict=True):
            opened.setdefault(idx, {})[text(field)] = shown
        return opened

    def of_calls_at(self, places: Sequence[int], kind: str) -> dict[int, list[Stored]]:
        """Give the entries of a kind about the calls that the intents at some places announced, the newest last."""
        about: dict[int, list[Stored]] = {}
        for row in self._database.rows(
            f"SELECT i.idx, {ENTRY_E} FROM records i JOIN records o ON o.session = i.session AND o.call = i.call"  # noqa: S608  # ours
            f" JOIN entries e ON e.idx = o.idx WHERE i.idx IN ({_marks(places)}) AND i.call <> '' AND o.call <> ''"
            " AND o.kind = ? ORDER BY e.idx",
            *places,
            kind,
        ):
            about.setdefault(row[0], []).append(stored(row[1:]))
        return about

    def by_identities(self, identities: Sequence[bytes]) -> dict[bytes, Stored]:
        """Give the entries that recorded some host events, by the event's identity."""
        found = self._database.rows(
            f"SELECT o.identity, {ENTRY_E} FROM once o JOIN entries e ON e.idx = o.idx"  # noqa: S608  # ours
            f" WHERE o.identity IN ({_marks(identities)})",
            *identities,
        )
        return {row[0]: stored(row[1:]) for row in found}


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
