"""Prunes the oldest entries: what they said goes, their hashes stay, and an entry says from where to where, who and why.

Nothing is pruned by itself: the default is to keep everything. A legal hold keeps what it names, and all that comes after
it, from being pruned, until it is released; holds are entries too. What is pruned is a whole prefix of the ledger, so that
the tree, every chain and every proof over what is left stand as before.
"""

from __future__ import annotations

import os
import re
import time

from web4_governance.app.replaced import carried
from web4_governance.app.settings import settings
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, seal
from web4_governance.core.record.keep import Keeper, Privacy
from web4_governance.core.value import value
from web4_governance.storage import Home, open_reader, open_writer
from web4_governance.storage.erase import open_eraser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening, Sealed
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.reader import Reader

LARGE = 2 * 1000**3  # bytes from which on `status` speaks of it
WAIT_S = 30.0
SHORTEST = 6
SPANS = {"d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
SIZES = {"MB": 1000**2, "GB": 1000**3}
_SPAN = re.compile(r"([1-9][0-9]{0,4})([dwy])")
_SIZE = re.compile(r"([1-9][0-9]{0,5})(MB|GB)")


@value
class Hold:
    """A hold in force: its leaf (hex), its place, and what it keeps: a session, or a time on (microseconds; 0: any)."""

    id: str
    idx: int
    session: str
    since: int
    why: str


@value
class Plan:
    """What would be pruned: the entries from `first` to before `size`, by what, and which hold keeps the rest if one does."""

    first: int
    size: int
    total: int
    holds: tuple[Hold, ...]
    held_by: str = ""


@value
class Pruned:
    """What was pruned, the place of the entry that says so, and what was not reached."""

    first: int
    size: int
    idx: int
    unreached: tuple[str, ...]
    whole: bool


def span_us(text: str) -> int:
    """Give a length of time in microseconds."""
    found = _SPAN.fullmatch(text)
    if found is None:
        message = f"`{text}` is no time to keep entries for"
        raise UsageError(message, hint="say `90d`, `8w` or `6y`")
    return int(found[1]) * SPANS[found[2]] * 1_000_000


def size_of(text: str) -> int:
    """Give a size in bytes."""
    found = _SIZE.fullmatch(text)
    if found is None:
        message = f"`{text}` is no size"
        raise UsageError(message, hint="say `500MB` or `2GB`")
    return int(found[1]) * SIZES[found[2]]


def plan(home: str, *, keep_us: int, most: int, now_us: int) -> Plan:
    """Say what would be pruned: what is older than `keep_us`, and the oldest until `most` bytes are left; 0 asks nothing."""
    with open_reader(home) as reader:
        total = reader.head().size
        first = len(reader.pruned())
        size = first
        if keep_us:
            size = max(size, _first_since(reader, now_us - keep_us, total))
        if most:
            size = max(size, _until(reader, os.path.getsize(Home(home).ledger), most, first, total))
        found = holds(reader)
        kept = min(((_first_held(reader, hold, total), hold) for hold in found), key=lambda pair: pair[0], default=None)
    if kept is not None and kept[0] < size:
        return Plan(first=first, size=max(kept[0], first), total=total, holds=found, held_by=kept[1].id)
    return Plan(first=first, size=size, total=total, holds=found)


def prune(home: str, *, keep_us: int, most: int, who: str, why: str, now_us: int) -> Pruned | None:
    """Prune; None where there is nothing to prune."""
    _refuse_silence(why)
    wanted = plan(home, keep_us=keep_us, most=most, now_us=now_us)
    if wanted.size <= wanted.first:
        return None
    with open_eraser(home, deadline=time.monotonic() + WAIT_S) as ledger:
        if holds(ledger) != wanted.holds:
            message = "a hold changed meanwhile"
            raise UsageError(message, hint="run it again")
        root = ledger.root_over(wanted.size)
        restores, shown = carried(ledger, wanted.size)
        gone = ledger.prune(wanted.size)
        what: dict[str, Json] = {"from": wanted.first, "size": wanted.size, "root": root.hex()}
        what |= {"keep_us": keep_us} if keep_us else {}
        what |= {"most_bytes": most} if most else {}
        what |= restores
        # Crash before the commit: nothing was pruned, and mirrors are missing, which the next entries make good. After it: the
        # entry is there, and the word `scrub` until the old pages are gone; `erase --finish` goes on.
        idx = ledger.append(
            _entry(home, ledger, Kind.PRUNE, "prune", {"prune": what}, who=who, why=why, now_us=now_us, shown=shown),
            Index(),
        )
        ledger.commit()
        ledger.begin()
        ledger.mend_mirrors()
        ledger.commit()
        whole = ledger.scrub()
    return Pruned(first=wanted.first, size=wanted.size, idx=idx, unreached=gone.unreached, whole=whole)


def hold(home: str, *, session: str, since: int, who: str, why: str, now_us: int) -> str:
    """Keep a session, or what is from a time on, from being pruned; give the hold's id."""
    _refuse_silence(why)
    if bool(session) == bool(since):
        message = "a hold keeps a session, or what is from a time on"
        raise UsageError(message, hint="say one of `--session` and `--since`")
    what: dict[str, Json] = {"session": session} if session else {"since": since}
    with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
        sealed = _entry(home, ledger, Kind.EVENT, "hold", {"hold": what}, who=who, why=why, now_us=now_us)
        ledger.append(sealed, Index())
        ledger.commit()
    return sealed.leaf.hex()


def release(home: str, name: str, *, who: str, why: str, now_us: int) -> Hold:
    """Release a hold, named by the beginning of its id."""
    _refuse_silence(why)
    with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
        found = [one for one in holds(ledger) if len(name) >= SHORTEST and one.id.startswith(name)]
        if len(found) != 1:
            message = f"no hold is called `{name}`"
            raise UsageError(message, hint="`web4 retain` lists them")
        ledger.append(
            _entry(home, ledger, Kind.EVENT, "release", {"releases": found[0].id}, who=who, why=why, now_us=now_us),
            Index(),
        )
        ledger.commit()
    return found[0]


def holds(ledger: Lookup) -> tuple[Hold, ...]:
    """Give the holds that are in force, the oldest first."""
    found: dict[str, Hold] = {}
    for stored in ledger.entries_of(NO_SESSION, kind=str(Kind.EVENT)):
        body = stored.body()
        if body.get("event") == "hold":
            since = at(body, "hold.since")
            found[stored.leaf.hex()] = Hold(
                id=stored.leaf.hex(),
                idx=stored.idx,
                session=str(at(body, "hold.session") or ""),
                since=since if isinstance(since, int) else 0,
                why=str(ledger.opening(stored.idx, "why") or ""),
            )
        elif body.get("event") == "release":
            found.pop(str(body.get("releases")), None)
    return tuple(found.values())


def _first_held(reader: Reader, one: Hold, total: int) -> int:
    """Give the first place that a hold keeps; it keeps itself too, or it would be forgotten."""
    if one.session:
        first = next((stored.idx for stored in reader.entries(session=one.session)), total)
    else:
        first = _first_since(reader, one.since, total)
    return min(first, one.idx)


def _first_since(reader: Reader, since: int, total: int) -> int:
    """Give the place of the first entry that is not older: what comes after it stays, in whatever order clocks ran."""
    return next((stored.idx for stored in reader.entries() if stored.session and stored.ts >= since), total)


def _until(reader: Reader, held: int, most: int, first: int, total: int) -> int:
    """Give the place before which the entries have to go so that about `most` bytes are left."""
    if held <= most:
        return first
    sizes = [(chunk[0], chunk[5] and len(chunk[5])) for rows in reader.rows(after=first - 1) for chunk in rows]
    whole = sum(size for _idx, size in sizes) or 1
    excess = whole * (held - most) / held
    for idx, size in sizes:
        if excess <= 0:
            return int(idx)
        excess -= size
    return total


def _refuse_silence(why: str) -> None:
    if not why.strip():
        message = "it is recorded with a reason"
        raise UsageError(message, hint="give it with --why TEXT")


def _entry(
    home: str,
    ledger: Lookup,
    kind: Kind,
    event: str,
    more: dict[str, Json],
    *,
    who: str,
    why: str,
    now_us: int,
    shown: tuple[Opening, ...] = (),
) -> Sealed:
    kept = settings(home).privacy
    keep = Keeper(privacy=Privacy.STANDARD if kept is Privacy.METADATA else kept, salt=lambda: os.urandom(16))
    seq, prev = ledger.tail(NO_SESSION)
    body: dict[str, Json] = {
        "agent": "web4",
        "event": event,
        **more,
        "who": keep.commit("who", who),
        "why": keep.commit("why", why),
    }
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    return seal(body, kind=kind, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=(*keep.openings, *shown))
