"""Writes a backup of the ledger to one file, and puts one back; either leaves an entry, so that verification explains it.

A backup is the database alone: mirrors are made from it, and keys, policies and settings are no part of it. Putting an
older ledger back takes away what was recorded since: the entry says from where to where, and what was replaced is kept
beside it. A ledger put back in any other way has no such entry, and only a head held elsewhere tells it from this one.
"""

from __future__ import annotations

import os
import shutil
import time

from web4_governance.app.replaced import gone_by
from web4_governance.app.settings import settings
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import InputError, LedgerMissing, UsageError
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, seal
from web4_governance.core.record.keep import Keeper, Privacy
from web4_governance.core.value import value
from web4_governance.storage import Home, open_reader, open_writer
from web4_governance.storage.backup import copy_in, open_restorer, write_copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening, Sealed
    from web4_governance.storage.backup import Restorer
    from web4_governance.storage.lookup import Lookup

WAIT_S = 30.0
STAGING = "restoring-"


@value
class Copied:
    """A backup that was written: how many entries, the root over them (hex), and the place of the entry that says so."""

    file: str
    size: int
    root: str
    idx: int


@value
class Restored:
    """What was put back, and in whose place: sizes, what was kept beside it, and how many erasures were done again.

    `idx` and `leaf` (hex) are those of the entry that says so.
    """

    size: int
    replaced: int
    idx: int
    kept: tuple[str, ...]
    erased_again: int = 0
    lost: int = 0
    leaf: str = ""


def backup(home: str, file: str, *, who: str, now_us: int) -> Copied:
    """Write the ledger as it is now to a new file of mode 0600, and append the entry that says so."""
    path = os.path.abspath(file)
    with open_reader(home) as reader:
        head = reader.head()
        root = head.root.hex()
        write_copy(reader, path)
    with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
        keep = _keeper(home)
        what: dict[str, Json] = {"size": head.size, "root": root, "file": keep.commit("backup.file", path)}
        # Crash before this is durable: the copy is there and nothing says so; it is as good as one that is named.
        idx = ledger.append(
            _entry(ledger, Kind.EVENT, "backup", {"backup": what}, keep, who=who, now_us=now_us), Index()
        )
        ledger.commit()
    return Copied(file=path, size=head.size, root=root, idx=idx)


def look(home: str, file: str) -> tuple[int, int]:
    """Give how many entries a backup has, and how many the ledger of this home has; an error where it is no sound ledger."""
    staged = _stage(home, file)
    try:
        return _sizes(home, staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def restore(home: str, file: str, *, who: str, why: str, now_us: int) -> Restored:
    """Put a backup in the place of the ledger. What was replaced is kept beside it; erasures since are done again."""
    if not why.strip():
        message = "a restore has a reason"
        raise UsageError(message, hint="give it with --why TEXT; it is recorded")
    staged = _stage(home, file)
    try:
        with open_restorer(home, deadline=time.monotonic() + WAIT_S) as live:
            return _put(home, live, staged, who=who, why=why, now_us=now_us)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _stage(home: str, file: str) -> str:
    """Copy a backup into a home of its own inside this one, and verify it there: nothing of the ledger changes before."""
    if not os.path.isfile(file):
        raise InputError(f"there is no backup at `{file}`")
    place = Home(home)
    if not place.exists():
        place.create()
    place.check()
    staged = Home(place.at(f"{STAGING}{os.getpid()}"))
    shutil.rmtree(staged.path, ignore_errors=True)
    try:
        staged.create()
        copy_in(os.path.abspath(file), staged.ledger)
        _refuse_tampered(file, staged)
    except BaseException:
        shutil.rmtree(staged.path, ignore_errors=True)
        raise
    return staged.path


def _refuse_tampered(file: str, staged: Home) -> None:
    report = verify_ledger(staged)
    if report.verdict is VerdictName.TAMPERED:
        message = f"`{file}` does not verify: {report.place}: {report.reason}"
        raise InputError(message, hint="use another backup")


def _sizes(home: str, staged: str) -> tuple[int, int]:
    with open_reader(staged) as other:
        size = other.head().size
        try:
            with open_reader(home) as live:
                _same_ledger(live, live.head().size, other)
                return size, live.head().size
        except LedgerMissing:
            return size, 0


def _same_ledger(live: Lookup, size: int, other: Lookup) -> None:
    if size and live.ledger_id != other.ledger_id:
        message = "the backup is of another ledger than the one of this home"
        raise UsageError(message, hint="restore it into a home of its own: `--home DIR`")


def _put(home: str, live: Restorer, staged: str, *, who: str, why: str, now_us: int) -> Restored:
    before, replaced_root = live.size(), live.root().hex()
    with open_restorer(staged, deadline=None) as other:
        _same_ledger(live, before, other)
        size, root = other.size(), other.root().hex()
        again = other.erase(_erased_since(live, other)) if before else None
        keep = _keeper(home)
        what: dict[str, Json] = {"size": size, "root": root}
        openings: tuple[Opening, ...] = ()
        if before:
            gone, openings = gone_by(live, other)
            what["replaced"] = {"size": before, "root": replaced_root, "heads": gone.pop("heads")}
            what.update({"heads": gone.pop("all"), **gone} if gone else {})
        count = 0 if again is None else sum(map(len, again.fields.values()))
        if count:
            what["erased_again"] = count
        body: dict[str, Json] = {
            "gap": {"why": "restored"},
            "restore": what,
            "why": keep.commit("why", why),
        }
        entry = _entry(other, Kind.GAP, "restore", body, keep, who=who, now_us=now_us, openings=openings)
        idx = other.append(entry, Index())
        other.commit()
        other.scrub()
    kept = live.keep_beside(str(now_us // 1_000_000)) if before else ()
    live.put(Home(staged).ledger)
    return Restored(
        size=size,
        replaced=before,
        idx=idx,
        kept=kept,
        erased_again=count,
        lost=max(before - size, 0),
        leaf=entry.leaf.hex(),
    )


def _erased_since(live: Restorer, other: Restorer) -> dict[int, list[str]]:
    """Give what the ledger says is erased and the backup still has: an older copy must not bring a value back."""
    found: dict[int, list[str]] = {}
    for stored in live.entries_of(NO_SESSION, kind=str(Kind.REDACTION)):
        listed = live.opening(stored.idx, "redaction.all") or at(stored.body(), "redaction.erased")
        for row in listed if isinstance(listed, list) else ():
            if not isinstance(row, list) or not isinstance(row[0], int):
                continue
            there = other.entry(row[0])
            if there is not None and there.leaf.hex() == row[1]:
                found.setdefault(row[0], []).extend(map(str, row[2:]))
    return found


def _keeper(home: str) -> Keeper:
    """Give a keeper of the person's own words for the record, which are kept at every level."""
    kept = settings(home).privacy
    return Keeper(privacy=Privacy.STANDARD if kept is Privacy.METADATA else kept, salt=lambda: os.urandom(16))


def _entry(
    ledger: Lookup,
    kind: Kind,
    event: str,
    more: dict[str, Json],
    keep: Keeper,
    *,
    who: str,
    now_us: int,
    openings: tuple[Opening, ...] = (),
) -> Sealed:
    seq, prev = ledger.tail(NO_SESSION)
    body: dict[str, Json] = {"agent": "web4", "event": event, **more, "who": keep.commit("who", who)}
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    return seal(
        body, kind=kind, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=(*keep.openings, *openings)
    )
