"""The JSON Lines export: each record whole, one object a line, in ASCII (docs/spec/cli.md T3)."""

from __future__ import annotations

import codecs
import json

from web4_governance.core.ledger import profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record

HEADER = b""
_AS_ESCAPES = "web4.json-escapes"


def lines(records: Sequence[Record]) -> bytes:
    """Give the lines of some records."""
    return in_ascii(b"".join([profile.encode(record.to_json()) + b"\n" for record in records]))


def line(found: Json) -> bytes:
    """Give a JSON value as one line that is safe on a terminal; its keys are sorted."""
    return in_ascii(profile.encode(found) + b"\n")


def foreign(found: Json) -> bytes:
    """Give JSON that another program made as such a line."""
    try:
        return in_ascii(profile.print_known(found) + b"\n")
    except profile.REFUSED:  # of what nobody but `json` prints
        text = json.dumps(found, separators=(",", ":"), sort_keys=True)
        return in_ascii(text.encode() + b"\n")


def in_ascii(text: bytes) -> bytes:
    """Give JSON with everything in its strings that is not printable ASCII as an escape."""
    if not text.isascii():
        text = text.decode().encode("ascii", _AS_ESCAPES)
    return text.replace(b"\x7f", b"\\u007f")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be")
    return "".join([f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2)]), error.end


codecs.register_error(_AS_ESCAPES, _escaped)
