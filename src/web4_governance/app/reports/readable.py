"""Reads what can be read for a report: bytes that a hand made something else of say nothing here, the verdict names them."""

from __future__ import annotations

from web4_governance.app.query import read_records
from web4_governance.core.errors import CanonicalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader


def records(reader: Reader, places: Sequence[int]) -> Iterator[Record]:
    """Give the records at some places, some hundred at most, without those that cannot be read."""
    try:
        found = [*read_records(reader, places)]
    except CanonicalError:
        found = [one for place in places for one in _one(reader, place)]
    yield from found


def body(stored: Stored) -> dict[str, Json]:
    """Give an entry's body, empty where it is none."""
    try:
        return stored.body()
    except CanonicalError:
        return {}


def _one(reader: Reader, place: int) -> list[Record]:
    try:
        return [*read_records(reader, [place])]
    except CanonicalError:
        return []
