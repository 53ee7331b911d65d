"""Text for formats that have no escape of their own: one line, and nothing that a terminal or a log viewer would obey.

Not for JSON, Parquet or protobuf, which carry any text exactly.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# Controls of both sets, the separators that readers take for a new line, and what changes the direction of reading.
STEERS = "\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
_STEERS = re.compile(f"[{STEERS}]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    r"""Give a text with everything that steers written as an escape (`\n`, `\u202e`)."""
    return text if text.isprintable() else _STEERS.sub(_escape, text)


def moment(ts: int) -> str:
    """Give microseconds since 1970 as ISO 8601 in UTC; empty for what is no time."""
    try:
        return (_EPOCH + timedelta(microseconds=ts)).isoformat()
    except OverflowError:
        return ""


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return _SHORT.get(char) or f"\\u{ord(char):04x}"
