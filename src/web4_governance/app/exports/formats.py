"""The formats of lines: each gives bytes for some records, one record a line. What needs a package loads it when asked for."""

from __future__ import annotations

from web4_governance.app.exports import cef, delimited, jsonl, ocsf, otlp, parquet
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader


@value
class Lines:
    """A format: what stands before the first record, and the lines of some records."""

    header: bytes
    lines: Callable[[Sequence[Record]], bytes]


FORMATS: dict[str, Callable[[str, int], Lines]] = {
    "jsonl": lambda _origin, _size: Lines(header=jsonl.HEADER, lines=jsonl.lines),
    "csv": lambda _origin, _size: Lines(header=delimited.HEADER, lines=delimited.lines),
    "cef": lambda _origin, _size: Lines(header=cef.HEADER, lines=cef.lines),
    "ocsf": lambda origin, size: Lines(header=ocsf.HEADER, lines=ocsf.lines_for(origin, size)),
    "otlp": lambda origin, _size: Lines(header=otlp.HEADER, lines=otlp.lines_for(origin)),
}


PARQUET = "parquet"  # whose lines are none: lots of rows, which one file is made of


def lines_of(name: str, reader: Reader, size: int | None = None) -> Lines:
    """Make a format ready for a ledger, of so many entries (all that the reader has)."""
    if name == PARQUET:
        return Lines(header=parquet.HEADER, lines=parquet.lot())
    return FORMATS[name](reader.origin, reader.head().size if size is None else size)
