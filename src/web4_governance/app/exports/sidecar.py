"""The note beside an unfinished export that says where it goes on: `FILE.resume` (docs/spec/cli.md T6).

INVARIANT: what a note speaks of is on the disk before the note is: an export that goes on after a crash cuts its file to
the length in the note, and misses no record and repeats none.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import sha256
from web4_governance.core.errors import CanonicalError, UsageError
from web4_governance.core.value import fields, replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.storage.filters import Filters

VERSION = 1


@value
class Note:
    """Where an export stands: its format, a digest of what was asked for, the last place written, the file's length.

    `since` and `until` are what the words for them meant when it began: `2h` means another time when it goes on. `digest`
    is the SHA-256 of so many bytes of the file (hex), where it is kept.
    """

    format: str
    asked: str
    place: int
    size: int
    records: int
    since: int
    until: int
    digest: str = ""


def path_of(file: str) -> str:
    """Give where an export's note lies."""
    return f"{file}.resume"


def digest_of(filters: Filters, times: Mapping[str, str], ledger: str) -> str:
    """Digest what was asked for; of the times, the words."""
    plain = replace(filters, since=0, until=0)
    found = {name: getattr(plain, name) for name in fields(plain)}
    return sha256(encode({**found, "times": dict(times), "ledger": ledger})).hex()


def write(file: str, note: Note) -> None:
    """Write the note; the export's own bytes are on the disk already."""
    # Crash: the note before this one, whose length the file has at least.
    data = encode({"v": VERSION, **{name: getattr(note, name) for name in fields(note)}}) + b"\n"
    # What somebody else laid there is not followed: it would be replaced wherever it leads.
    write_bytes(path_of(file), data, follow=False)


def read(file: str) -> Note:
    """Give an export's note; UsageError where there is none, or it cannot be read."""
    if not _ours(path_of(file)):
        hint = "take it away, and leave out `--resume`"
        raise UsageError(f"`{path_of(file)}` is not a file of yours alone", hint=hint)
    data = read_bytes(path_of(file))
    if data is None:
        raise UsageError(f"there is nothing to go on with: no `{path_of(file)}`", hint="leave out `--resume`")
    note = _parsed(data)
    if note is None:
        hint = "leave out `--resume` to begin anew"
        raise UsageError(f"`{path_of(file)}` is no note of an export", hint=hint)
    return note


def is_ours(found: os.stat_result) -> bool:
    """Say whether a file is a plain one that belongs to us, under one name, and that nobody else may write."""
    alone = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    if not hasattr(os, "geteuid"):  # pragma: no cover  # Windows
        return alone
    return alone and found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _ours(path: str) -> bool:
    try:
        return is_ours(os.lstat(path))
    except OSError:
        return True  # there is none: that is said elsewhere


def _parsed(data: bytes) -> Note | None:
    try:
        found = decode(data.rstrip(b"\n"))
        if not isinstance(found, dict) or found.pop("v", None) != VERSION:
            return None
        note = Note(**found)  # type: ignore[arg-type]  # looked at in the next lines
    except (CanonicalError, TypeError):
        return None
    texts, numbers = (
        (note.format, note.asked, note.digest),
        (note.place, note.size, note.records, note.since, note.until),
    )
    known = all(type(one) is str for one in texts) and all(type(one) is int for one in numbers)
    return note if known else None


def remove(file: str) -> None:
    """Take the note away: the export is whole."""
    # Crash: a note beside a whole file; going on from it finds nothing more to write, or what was recorded since.
    try:
        os.unlink(path_of(file))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"`{path_of(file)}` cannot be removed: {(error.strerror or 'no reason').lower()}") from None
