"""Reads the first public keys of logs that the organisation keeps: `log-keys` in its directory (docs/spec/assurance.md A2).

One vkey a line, `#` begins a comment. A line that is no key of a note is passed over: the file is somebody else's.
"""

from __future__ import annotations

import os

from web4_governance.core.errors import NoteError
from web4_governance.core.ledger.note import VerifierKey

FILE = "log-keys"
MOST = 1_000_000  # bytes that are read of it


def file_of(organisation: str) -> str:
    """Give the path of the file in an organisation's directory."""
    return os.path.join(organisation, FILE)


def lines_of(organisation: str) -> tuple[str, ...]:
    """Give its lines without comments; none where it cannot be read."""
    try:
        with open(file_of(organisation), "rb") as file:
            text = file.read(MOST).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(filter(None, (line.partition("#")[0].strip() for line in text.splitlines())))


def keys_of(organisation: str, origin: str) -> tuple[VerifierKey, ...]:
    """Give the keys that are kept there of the log of a name."""
    found = []
    for line in lines_of(organisation):
        try:
            key = VerifierKey.from_text(line)
        except NoteError:
            continue
        if key.name == origin:
            found.append(key)
    return tuple(found)
