"""Erases what was kept readable of chosen entries, and writes down who did it, why, and under what authority.

What is chosen is listed first; nothing goes before that list is confirmed. How a value leaves the disk is
`storage.erase`'s. Not reached: any copy that is not in the home, and those in it that are named with the answer.
"""

from __future__ import annotations

import os
import time

from web4_governance.app import query, resident
from web4_governance.app.settings import settings
from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import EntryTooLarge, UsageError
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, commit, seal
from web4_governance.core.record.keep import Keeper, Privacy
from web4_governance.core.value import value
from web4_governance.storage import Home
from web4_governance.storage.erase import finish as finish_scrubbing
from web4_governance.storage.erase import open_eraser
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from web4_governance.app.query import Ledger
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening, Sealed, Stored
    from web4_governance.core.record.where import Condition
    from web4_governance.storage.writer import Writer

WAIT_S = 30.0
GATE_S, PAUSE_S = 10.0, 0.02  # in which a gate that was told to end finishes what it took
LISTED = (64, 16, 4, 0)  # entries that the redaction names in the clear: as many as fit
RECORDS = (Kind.REDACTION, Kind.PRUNE)
ASIDE = ("ledger.db.corrupt-", "ledger.db.replaced-", "audit.corrupt-", "audit.replaced-")
GATE = "the memory of a resident gate that could not be ended: restart its service"
OFF_HOME = (
    "exports and reports, and backups made by other means than `web4 backup`",
    "snapshots of the file system, other copies of the home, and what a disk keeps of overwritten blocks",
    "the host's own transcript and history",
)


@value
class Asked:
    """What is to be erased: calls or entries by name, or what fits filters and conditions; of these, which fields.

    A name is a place, a call id or the beginning of a leaf. Fields are dotted paths; one stands for all below it too.
    """

    names: tuple[str, ...] = ()
    filters: Filters = Filters()
    where: tuple[Condition, ...] = ()
    fields: tuple[str, ...] = ()


@value
class Piece:
    """One opening that is to go: where it stands, and what it shows."""

    idx: int
    session: str
    kind: str
    ts: int
    leaf: str
    field: str
    shown: Json


@value
class Done:
    """What was done: the redaction's place (-1 where nothing was left to erase), what went, and what was not reached.

    `whole` is false where a reader kept old pages from being overwritten: then the erasure has to be finished.
    """

    idx: int
    count: int = 0
    entries: int = 0
    unreached: tuple[str, ...] = ()
    whole: bool = True


def choose(ledger: Ledger, asked: Asked) -> tuple[Piece, ...]:
    """Give what would be erased, in the ledger's order; UsageError where nothing at all was asked for."""
    if not (asked.names or asked.where or asked.filters != Filters()):
        message = "nothing says what to erase"
        raise UsageError(message, hint="name calls or entries, or give filters or `--where`")
    query.check(asked.filters)
    reader = ledger.reader
    reader.refresh()
    chosen: list[Piece] = []
    for stored in _entries(ledger, asked):
        openings = reader.openings(stored.idx)
        if openings and _fits(stored, openings, asked.where):
            chosen += [_piece(stored, one) for one in openings if _wanted(one.field, asked.fields)]
    return tuple(chosen)


def erase(home: str, pieces: Sequence[Piece], *, who: str, why: str, authority: str, now_us: int) -> Done:
    """Erase these openings and append the redaction, in one transaction; then leave no old page that could hold them."""
    if not why.strip() or not authority.strip():
        message = "an erasure says why, and under what authority"
        raise UsageError(message, hint="give them with --why TEXT and --authority TEXT; both are recorded")
    wanted: dict[int, list[str]] = {}
    for piece in pieces:
        wanted.setdefault(piece.idx, []).append(piece.field)
    with open_eraser(home, deadline=time.monotonic() + WAIT_S) as ledger:
        names = _named(ledger, wanted)
        gone = ledger.erase(wanted)
        if not gone.fields:
            return Done(idx=-1)
        what: list[list[Json]] = [[*names[idx], *sorted(fields)] for idx, fields in gone.fields.items()]
        copies = (*gone.unreached, *_copies(ledger, Home(home), gone.fields), *OFF_HOME)
        # Crash before the commit: nothing was erased, and the mirrors that are short are made good by the next write. After
        # it: the redaction is there, and the word `scrub` until the old pages are gone; `erase --finish` goes on.
        idx = ledger.append(
            _redaction(home, ledger, what, who=who, why=why, authority=authority, now_us=now_us), Index()
        )
        ledger.commit()
        _forget_caches(Home(home))
        whole = ledger.scrub()
    if not _end_gate(home):
        copies = (GATE, *copies)
    return Done(
        idx=idx,
        count=sum(map(len, gone.fields.values())),
        entries=len(gone.fields),
        unreached=copies,
        whole=whole,
    )


def _end_gate(home: str) -> bool:
    """End the resident gate, whose memory holds what it judged; say whether none is left. The next call starts another."""
    end = time.monotonic() + (GATE_S if resident.stop(home) else 0.0)
    while (served := resident.is_served(home)) and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return not served


def finish(home: str) -> bool:
    """Finish an erasure or a pruning that was cut short; true where nothing is left to do."""
    _forget_caches(Home(home))
    _end_gate(home)
    return finish_scrubbing(home, deadline=time.monotonic() + WAIT_S)


def _entries(ledger: Ledger, asked: Asked) -> Iterator[Stored]:
    reader = ledger.reader
    if asked.names:
        places = {idx for name in asked.names for idx in _places(ledger, name)}
    elif _of_calls(asked.filters):
        records = query.query(reader, asked.filters, limit=None)
        places = {idx for record in records for idx in _of_call(ledger, record.reference.idx)}
    else:
        for stored in reader.entries(session=asked.filters.session or None):
            if (
                asked.filters.since <= stored.ts
                and not 0 < asked.filters.until <= stored.ts
                and stored.kind not in RECORDS
            ):
                yield stored
        return
    yield from (found for idx in sorted(places) if (found := reader.entry(idx)) is not None)


def _of_calls(filters: Filters) -> bool:
    """Say whether these filters ask for calls, and not only for a session or a time."""
    plain = Filters(session=filters.session, since=filters.since, until=filters.until)
    return filters != plain


def _places(ledger: Ledger, name: str) -> set[int]:
    """Give the places of what a name means: an entry, and with an intent all that speaks of its call."""
    stored = ledger.reader.entry(int(name)) if name.isdecimal() and len(name) < query.SHORTEST_LEAF * 2 else None
    if stored is not None and stored.kind != Kind.INTENT:
        return {stored.idx}
    if stored is None:
        others = ledger.reader.by_leaf(name.lower()) if len(name) >= query.SHORTEST_LEAF else ()
        if len(others) == 1 and others[0].kind != Kind.INTENT:
            return {others[0].idx}
    return _of_call(ledger, ledger.record(name).reference.idx)


def _of_call(ledger: Ledger, idx: int) -> set[int]:
    """Give the places of an intent and of what else is recorded under its call: its end, its words, its questions."""
    intent = ledger.reader.entry(idx)
    call = "" if intent is None else str(at(intent.body(), "request.call") or "")
    if intent is None or not call:
        return {idx}
    of_call = {stored.idx for stored in ledger.reader.entries_of(intent.session, call=call)}
    ends = {stored.idx for stored in ledger.reader.outcomes_of(idx)}
    return {idx, *of_call, *ends}


def _fits(stored: Stored, openings: Iterable[Opening], where: Iterable[Condition]) -> bool:
    opened = {one.field: one.value for one in openings}
    body = stored.body()
    return all(one.holds(body, opened) for one in where)


def _wanted(field: str, fields: Iterable[str]) -> bool:
    return not fields or any(field == one or field.startswith(one + ".") for one in fields)


def _piece(stored: Stored, opening: Opening) -> Piece:
    return Piece(
        idx=stored.idx,
        session=stored.session,
        kind=stored.kind,
        ts=stored.ts,
        leaf=stored.leaf.hex(),
        field=opening.field,
        shown=opening.value,
    )


def _named(ledger: Writer, places: Iterable[int]) -> dict[int, tuple[int, str]]:
    found = ((idx, ledger.entry(idx)) for idx in places)
    return {idx: (idx, stored.leaf.hex()) for idx, stored in found if stored is not None}


def _redaction(
    home: str, ledger: Writer, what: list[list[Json]], *, who: str, why: str, authority: str, now_us: int
) -> Sealed:
    """Make the entry that says what went, by leaf and field, and not what it said.

    With the entries, whose commitments stay, a leaf and a field name exactly one committed value.
    """
    # The person's own words for the record are kept at every level: an erasure of which nobody can say why explains nothing.
    kept = settings(home).privacy
    keep = Keeper(privacy=Privacy.STANDARD if kept is Privacy.METADATA else kept, salt=lambda: os.urandom(16))
    seq, prev = ledger.tail(NO_SESSION)
    body: dict[str, Json] = {
        "agent": "web4",
        "event": "erase",
        "who": keep.commit("who", who),
        "why": keep.commit("why", why),
        "authority": keep.commit("authority", authority),
    }
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    listed: list[Json] = [[*row] for row in what]
    standing, opening = commit("redaction.all", os.urandom(16), listed)
    for most in LISTED:
        part: dict[str, Json] = {
            "entries": len(what),
            "openings": sum(len(row) - 2 for row in what),
            "digest": sha256_hex(encode(listed)),
            "erased": listed[:most],
        }
        cut = len(listed) > most
        body["redaction"] = {**part, "all": standing} if cut else part
        openings = (*keep.openings, opening) if cut else keep.openings
        try:
            return seal(body, kind=Kind.REDACTION, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=openings)
        except EntryTooLarge:
            if most == 0:  # pragma: no cover  # without a list, it is some hundred bytes
                raise
    raise AssertionError  # pragma: no cover  # the last of LISTED returned or raised


def _copies(ledger: Writer, home: Home, fields: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    """Name the copies that are known of and not reached: backups, ledgers that were set aside, sources of policies."""
    found = []
    for stored in ledger.entries_of(NO_SESSION, kind=str(Kind.EVENT)):
        body = stored.body()
        size = at(body, "backup.size")
        if body.get("event") == "backup" and isinstance(size, int) and size > min(fields):
            place = ledger.opening(stored.idx, "backup.file")
            found.append(f"the backup `{place}`" if isinstance(place, str) else f"the backup of entry {stored.idx}")
    found += [
        f"`{home.at(name)}`, which was set aside" for name in sorted(os.listdir(home.path)) if name.startswith(ASIDE)
    ]
    kinds = {one.kind for idx in fields if (one := ledger.entry(idx)) is not None}
    if Kind.POLICY in kinds:
        found.append("the files of the policy itself, and their last good copies in `lastgood`")
    return tuple(found)


def _forget_caches(home: Home) -> None:
    """Take away what was compiled: it is made again when it is needed."""
    if os.path.isdir(home.cache) and not os.path.islink(home.cache):
        for name in os.listdir(home.cache):
            path = os.path.join(home.cache, name)
            if not os.path.isdir(path):
                os.unlink(path)
