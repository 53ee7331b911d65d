"""The records that fit filters, the oldest first, some at a time: what every export writes."""

from __future__ import annotations

from web4_governance.app.reading import Reading
from web4_governance.storage.finding import LOWEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader


def stream(reader: Reader, filters: Filters, *, after: int = LOWEST) -> Iterator[list[Record]]:
    """Give the records after a place that fit, some at a time, the oldest first."""
    reading = Reading(reader)
    for places in reader.places(filters, after=after):
        yield reading.at(places)
