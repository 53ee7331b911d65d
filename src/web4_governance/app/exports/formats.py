"""The formats of lines: each gives bytes for some records, one record a line. What needs a package loads it when asked for."""

from __future__ import annotations

from web4_governance.app.exports import cef, delimited, jsonl, ocsf, otlp
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


FORMATS: dict[str, Callable[[Reader], Lines]] = {
    "jsonl": lambda _: Lines(header=jsonl.HEADER, lines=jsonl.lines),
    "csv": lambda _: Lines(header=delimited.HEADER, lines=delimited.lines),
    "cef": lambda _: Lines(header=cef.HEADER, lines=cef.lines),
    "ocsf": lambda reader: Lines(header=ocsf.HEADER, lines=ocsf.lines_for(reader.origin, reader.head().size)),
    "otlp": lambda reader: Lines(header=otlp.HEADER, lines=otlp.lines_for(reader.origin)),
}


def lines_of(name: str, reader: Reader) -> Lines:
    """Make a format ready for a ledger."""
    return FORMATS[name](reader)
