"""Identities of those who act: documents made and signed when a head is, for everybody whom the ledger names and who has none.

Hooks name entities and never sign; here the home's key says what each name is bound to, whose child it is, and what it
took the place of. Reading them back checks every signature against the log's own keys. Not who may do what: no rule asks
for a document, a changed name is a stranger by itself.
"""

from __future__ import annotations

import time

from web4_governance.app import signing
from web4_governance.app.signatures import check
from web4_governance.core.errors import CanonicalError, InputError, NoteError, ProofError, UsageError
from web4_governance.core.evidence.rows import TENSOR, named
from web4_governance.core.evidence.subjects import OPERATOR, parts_of, policy_name
from web4_governance.core.identity.lct import Lct, LctKind
from web4_governance.core.ledger.note import Note, ed25519_signers
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, seal
from web4_governance.core.value import value
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.reader import Reader
    from web4_governance.storage.writer import Writer

AT_ONCE = 64  # documents that are made with one head
MACHINE = "machine"
WAIT_S = 30.0
RECENT = 4096
# What is left of a name when what may change is taken away: by it one identity is known as another's successor.
KIN = {LctKind.AGENT: ("host", "type"), LctKind.SERVER: ("name", "source"), LctKind.POLICY: ()}


@value
class Known:
    """An identity as the ledger has it: the entry that says it, the document, and what is wrong with it, if anything is."""

    idx: int
    ts: int
    lct: Lct | None
    name: str
    wrong: str = ""


def issue(home: str, *, now_us: int) -> int:
    """Make the documents that are missing, sign and append them; give their number: none where there are no keys."""
    if not signing.present(home):
        return 0
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        made = 0
        if ledger.head().size == 0:  # nobody has acted
            return made
        for lct in _missing(home, ledger, now_us)[:AT_ONCE]:
            _append(home, ledger, lct, now_us)
            made += 1
        ledger.commit()
        return made


def identities(reader: Reader) -> tuple[Known, ...]:
    """Give every identity of the ledger, checked, the newest last."""
    home = reader.home.path
    keys = signing.read(home) if signing.present(home) else None
    found: list[Known] = []
    ids: set[str] = set()
    for stored in reader.of_kind(str(Kind.IDENTITY)):
        if _is_key(stored):
            continue
        one = _read(stored, reader.origin, keys)
        missing = [link for link in (one.lct.parent, one.lct.after) if link and link not in ids] if one.lct else []
        if missing and not one.wrong:
            one = Known(
                idx=one.idx, ts=one.ts, lct=one.lct, name=one.name, wrong=f"`{missing[0]}` is not there before it"
            )
        if one.lct is not None:
            ids.add(one.lct.id)
        found.append(one)
    return tuple(found)


def _is_key(stored: Stored) -> bool:
    """Say whether an entry names a key of the log that follows another (ledger.md K7): that is no document of anybody."""
    try:
        return at(stored.body(), "key.epoch") is not None
    except CanonicalError:
        return False


def find(known: Iterable[Known], text: str) -> Known:
    """Give the identity that an id, a name, or the beginning or a part of one names; UsageError where none or several do."""
    every = [one for one in known if one.lct is not None]
    exact = [one for one in every if one.lct is not None and text in (one.lct.id, one.lct.name)]
    fits = exact or [one for one in every if one.lct is not None and (text in one.lct.id or text in one.lct.name)]
    if len({one.lct.id for one in fits if one.lct is not None}) != 1:
        which = "no identity is" if not fits else f"{len(fits)} identities are"
        raise UsageError(f"{which} called `{text}`", hint="`web4 identity list` names them")
    return fits[-1]


def _read(stored: Stored, origin: str, keys: signing.Keys | None) -> Known:
    name = ""
    try:
        body = stored.body()
        name = str(at(body, "identity.name") or "")
        note = Note.from_bytes(str(at(body, "identity.note")).encode())
        whose, lct = Lct.from_text(note.text)
    except (CanonicalError, NoteError, InputError) as error:
        return Known(idx=stored.idx, ts=stored.ts, lct=None, name=name, wrong=error.message)
    wrong = "" if whose == origin else f"it is of the ledger `{whose[:80]}`"
    return Known(idx=stored.idx, ts=stored.ts, lct=lct, name=name, wrong=wrong or _unsigned(note, keys))


def _unsigned(note: Note, keys: signing.Keys | None) -> str:
    if keys is None:
        return "there are no keys here to check it by"
    for key in keys.chain:
        try:
            ed25519_signers(note, [key], check=check)
        except (NoteError, ProofError):
            continue
        return ""
    return "no key of this log has signed it"


def _append(home: str, ledger: Writer, lct: Lct, now_us: int) -> None:
    _keys, note = signing.sign(home, lct.to_text(ledger.origin))
    said: dict[str, Json] = {"id": lct.id, "kind": str(lct.kind), "name": lct.name, "note": note.to_bytes().decode()}
    body: dict[str, Json] = {"agent": "web4", "event": "identity", "identity": said}
    seq, prev = ledger.tail(NO_SESSION)
    # Crash before the commit: none of them is there, and the next head makes them. After it: all are.
    ledger.append(
        seal(body, kind=Kind.IDENTITY, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=()), Index()
    )


def _missing(home: str, ledger: Writer, now_us: int) -> list[Lct]:
    """Give an identity for each name that has none, parents before their children."""
    there = _there(ledger)
    made: list[Lct] = []

    def make(kind: LctKind, name: str, binds: dict[str, str], parent: str) -> str:
        after = next((one.id for one in reversed([*there.values(), *made]) if _is_kin(one, kind, name, binds)), "")
        lct = Lct(kind=kind, name=name, binds=tuple(sorted(binds.items())), parent=parent, after=after, made_us=now_us)
        if lct.id not in there and lct.id not in {one.id for one in made}:
            made.append(lct)
        return lct.id

    operator = make(LctKind.OPERATOR, OPERATOR, {"key": signing.read(home).first.to_text()}, "")
    machine = make(LctKind.MACHINE, MACHINE, {"ledger": ledger.origin}, operator)
    for digest in _policies(ledger):
        make(LctKind.POLICY, policy_name(digest), {"digest": digest}, operator)
    for name in _names(ledger):
        kind, binds = parts_of(name)
        session = make(LctKind.SESSION, f"session:{binds['session']}", {"session": binds["session"]}, machine) if (
            kind in (LctKind.SESSION, LctKind.SUBAGENT)
        ) else ""  # fmt: skip
        if kind in (LctKind.AGENT, LctKind.SERVER, LctKind.SUBAGENT):
            make(LctKind(kind), name, binds, session or (machine if kind == LctKind.SERVER else operator))
    return made


def _is_kin(one: Lct, kind: LctKind, name: str, binds: dict[str, str]) -> bool:
    if one.kind is not kind or kind not in KIN or one.name == name:
        return False
    held = dict(one.binds)
    return all(held.get(part) == binds.get(part) for part in KIN[kind])


def _there(ledger: Lookup) -> dict[str, Lct]:
    found: dict[str, Lct] = {}
    for stored in ledger.recent(NO_SESSION, str(Kind.IDENTITY), RECENT):
        try:
            _origin, lct = Lct.from_text(Note.from_bytes(str(at(stored.body(), "identity.note")).encode()).text)
        except (CanonicalError, NoteError, InputError):
            continue
        found[lct.id] = lct
    return found


def _names(ledger: Writer) -> list[str]:
    """Give everybody whom the ledger has seen act, those that are children of none first."""
    from web4_governance.app.trust import catch_up  # noqa: PLC0415  # the fold knows who acted

    catch_up(ledger)
    names = dict.fromkeys(named(key)[0] for key, _ in ledger.trust.rows(TENSOR))
    return [name for name in names if name != OPERATOR]


def _policies(ledger: Lookup) -> list[str]:
    found = ledger.recent(NO_SESSION, str(Kind.POLICY), AT_ONCE)
    return list(dict.fromkeys(str(at(one.body(), "rules.policy") or "") for one in found))
