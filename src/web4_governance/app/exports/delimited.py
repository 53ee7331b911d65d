"""The CSV export: RFC 4180, UTF-8, one record a line, and no cell that a spreadsheet takes for a formula (docs/spec/cli.md T4).

A cell is for reading: what steers a terminal is shown as an escape, and a text that begins as a formula does has an
apostrophe before it. The exact text is in the jsonl and the Parquet export.
"""

from __future__ import annotations

from functools import lru_cache

from web4_governance.app.exports.columns import COLUMNS, TEXT, TEXTS, row
from web4_governance.app.exports.shown import moment, shown
from web4_governance.core.ledger import profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web4_governance.app.exports.columns import Cell
    from web4_governance.core.record.r6 import Record

HEADER = (",".join(name for name, _ in COLUMNS) + "\r\n").encode()
KEPT = 256  # printed cells of a column; a prompt has some kilobytes at most
# What spreadsheets begin a formula with (OWASP, CSV Injection), the full-width forms too; blanks before it are passed over.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def lines(records: Sequence[Record]) -> bytes:
    """Give the lines of some records."""
    return "".join([",".join(_cells(record)) + "\r\n" for record in records]).encode()


def cell(text: str) -> str:
    """Give a text as it stands in a cell."""
    if text[:1].isalnum() and text.isprintable():  # as most are
        return text
    begins = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    return f"'{shown(text)}" if begins else shown(text)


def quoted(text: str) -> str:
    """Give a cell's text as it stands between the commas (RFC 4180 2.6, 2.7); no cell has an end of a line in it."""
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text else text


def _cells(record: Record) -> list[str]:
    return ["" if found is None else as_text(found) for as_text, found in zip(_AS_TEXT, row(record), strict=True)]


def _text(text: str) -> str:
    return quoted(cell(text))


def _texts(found: Sequence[str]) -> str:
    return quoted(shown(profile.encode([*found]).decode())) if found else ""  # begins with a bracket: no formula


_PRINTED: dict[str, Callable[..., str]] = {
    "text": _text,
    "texts": _texts,
    "integer": str,
    "flag": lambda found: "true" if found else "false",
    "time": moment,
}
# What a call says of its own. Of the other texts a year's calls have few, and what these print is kept.
_OWN = frozenset(("call", "targets", "command", "words", "prev", "leaf", "outcome_leaf"))
_AS_TEXT: tuple[Callable[[Cell], str], ...] = tuple(
    lru_cache(maxsize=KEPT)(_PRINTED[kind]) if kind in (TEXT, TEXTS) and name not in _OWN else _PRINTED[kind]
    for name, kind in COLUMNS
)
