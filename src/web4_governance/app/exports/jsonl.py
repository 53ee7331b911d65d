"""The JSON Lines export: each record whole, one object a line, in ASCII (docs/spec/cli.md T3)."""

from __future__ import annotations

import json

from web4_governance.core.canonical import encode as canonical
from web4_governance.core.ledger import profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record

HEADER = b""


def lines(records: Sequence[Record]) -> bytes:
    """Give the lines of some records."""
    return b"".join([line(record.to_json()) for record in records])


def line(found: Json) -> bytes:
    """Give a JSON value as one line that is safe on a terminal; its keys are sorted."""
    text = profile.encode(found)
    if text.isascii() and b"\x7f" not in text:
        return text + b"\n"
    return json.dumps(json.loads(canonical(found)), separators=(",", ":")).replace("\x7f", "\\u007f").encode() + b"\n"


def foreign(found: Json) -> bytes:
    """Give JSON that another program made as such a line."""
    try:
        text = profile.print_known(found)
    except profile.REFUSED:
        text = b"\x7f"
    if text.isascii() and b"\x7f" not in text:
        return text + b"\n"
    return json.dumps(found, separators=(",", ":"), sort_keys=True).replace("\x7f", "\\u007f").encode() + b"\n"
