"""Collects what lies elsewhere of a ledger before the ledger is read: anchors first (docs/spec/ledger.md V0).

Each configured anchor is asked itself, and heads that the person holds are read; no row of the database says what was
anchored. An anchor that cannot be asked now is a note, and no verdict.
"""

from __future__ import annotations

from web4_governance.app.anchors.anchor import Known, held_of
from web4_governance.app.anchors.configured import configured
from web4_governance.app.regular import read_regular
from web4_governance.app.replaced import replaced
from web4_governance.app.signatures import check
from web4_governance.app.signing import present, read
from web4_governance.core.errors import AnchorError, InputError, NoteError, UsageError
from web4_governance.core.ledger.anchored import POLICY, Heads, Outside
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.succession import led

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.anchors.anchor import Anchor, Held
    from web4_governance.app.signing import Keys
    from web4_governance.core.ledger.log_policy import LogPolicy
    from web4_governance.core.ledger.note import VerifierKey
    from web4_governance.storage.lookup import SignedHead
    from web4_governance.storage.reader import Reader

MOST = 1_000_000
MOST_NAMED = 3
BESIDE = "the keys beside the ledger"
NO_KEYS = "signed heads lie in the ledger, and no key beside it, or given, by which they could be looked at"
NOTHING = "it holds no head of this log: it was never sent one, or this is not the ledger that it knows"


def collect(
    reader: Reader,
    *,
    keys: Iterable[VerifierKey] = (),
    witnesses: Iterable[VerifierKey] = (),
    files: Iterable[str] = (),
    newest: bool = False,
    policy: LogPolicy | None = None,
    restored: Iterable[str] = (),
) -> Heads:
    """Ask every anchor of a home, and read the heads that the person holds.

    Args:
        reader: The ledger, by its reader: its home's settings name the anchors, its name the log.
        keys: The log's keys that the person has from elsewhere; without any, the first one beside the ledger is taken.
        witnesses: Keys of witnesses whose cosignatures count.
        files: Signed notes that the person holds.
        newest: Of the heads that were signed here, take the newest only.
        policy: Who has to agree. Its keys of the log are taken where none are given.
        restored: Leaves of restore entries that whoever verifies knows of.
    """
    home, origin = reader.home.path, reader.origin
    given = tuple(keys) or (policy.log_keys(origin) if policy else ())
    ours, wrong = _ours(home)
    start = given or ((ours.first,) if ours else ())
    trusted = led(start, ours.successions if ours else (), check=check)
    earlier = ours.chain if ours and ours.present in trusted else ()
    heads = Heads(origin=origin, keys=trusted, witnesses=witnesses, check=check, earlier=earlier, pinned=bool(given))
    heads.explain(replaced(reader, known=restored))
    if policy is not None:
        agree(heads, policy, origin)
    for path in files:
        _file(heads, origin, path)
    last = reader.last_head() if newest else None
    signed = (() if last is None else (last,)) if newest else reader.heads()
    notes, receipts = _notes(signed), reader.anchorings()
    for anchor in configured(home):
        kept = tuple(one.receipt for one in receipts if one.anchor == anchor.name)
        successions = ours.successions if ours else ()
        _anchor(heads, anchor, Known(origin=origin, heads=notes, receipts=kept, successions=successions))
    if ours is not None:
        _beside(heads, ours, trusted, signed, given=bool(given))
    else:
        _by_given(heads, trusted, signed, wrong)
    return heads


def collect_without_ledger(
    home: str, *, keys: Iterable[VerifierKey] = (), witnesses: Iterable[VerifierKey] = (), files: Iterable[str] = ()
) -> Heads | None:
    """Ask for the heads of a log whose ledger is not there; None where there is nobody to ask, and nothing is held.

    The log's name is that of a given key, or of the first one that lies in the home. Without either, no head can be said to
    be of this ledger, and the logs that an anchor knows are named.
    """
    given, paths, anchors = tuple(keys), tuple(files), configured(home)
    if not (given or paths or anchors):
        return None
    ours, wrong = _ours(home)
    start = given or ((ours.first,) if ours else ())
    origin = start[0].name if start else ""
    successions = ours.successions if ours else ()
    trusted = led(start, successions, check=check)
    heads = Heads(origin=origin, keys=trusted, witnesses=witnesses, check=check, pinned=bool(given))
    for path in paths:
        _file(heads, origin, path)
    for anchor in anchors:
        _anchor(heads, anchor, Known(origin=origin, successions=successions))
    if wrong:
        heads.note(wrong)
    return heads


def agree(heads: Heads, policy: LogPolicy, origin: str) -> None:
    """Ask for those to agree whom a log policy names; one that believes other logs alone says nothing for this one."""
    heads.agree(policy)
    if policy.logs and not policy.log_keys(origin):
        heads.nothing(POLICY, f"it names no key of the log `{origin}`")


def _ours(home: str) -> tuple[Keys | None, str]:
    """Give the public keys that lie beside the ledger, or why they are of no use."""
    if not present(home):
        return None, ""
    try:
        return read(home), ""
    except UsageError as error:
        return None, error.message


def _notes(signed: Iterable[SignedHead]) -> tuple[Note, ...]:
    """Give the stored heads that can be read, for anchors that look for them; `Heads.signed` says what is wrong of others."""
    found = []
    for head in signed:
        try:
            found.append(Note.from_bytes(head.note))
        except NoteError:
            continue
    return tuple(found)


def _beside(
    heads: Heads, ours: Keys, trusted: tuple[VerifierKey, ...], signed: Iterable[SignedHead], *, given: bool
) -> None:
    """Take the heads that lie in the ledger, as far as trusted keys reach: those of an epoch before a given key do not."""
    if ours.present not in trusted:
        heads.nothing(BESIDE, "they do not follow from the key that was given")
        return
    if not given:
        heads.note("the log's keys are those that lie beside the ledger: pin the first one with `--key`")
    for head in signed:
        place, known = f"the signed head over {head.size} entries", 0 <= head.epoch <= ours.epoch
        key = ours.chain[head.epoch] if known else ours.present
        if not known:
            heads.wrong(place, "its row names an epoch of which there is no key")
        if key in trusted:
            heads.signed(place, head.note, size=head.size, key=key)


def _by_given(heads: Heads, given: tuple[VerifierKey, ...], signed: Iterable[SignedHead], wrong: str) -> None:
    """Take the heads that lie in the ledger where no key of use lies beside it: what a given key signed, it answers for.

    Without one they are not looked at, and nobody may hear that they hold: who takes the keys away is not believed to have
    had none.
    """
    left, total = 0, 0
    for head in signed:
        total += 1
        if _is_by(head, given):
            heads.signed(f"the signed head over {head.size} entries", head.note, size=head.size)
        else:
            left += 1
    if total and not given:
        heads.nothing(BESIDE, wrong or NO_KEYS)
    elif wrong:
        heads.note(wrong)
    if left and given:
        heads.note(
            f"{left} of {total} signed heads in the ledger are by no key that was given: they were not looked at"
        )


def _is_by(head: SignedHead, given: tuple[VerifierKey, ...]) -> bool:
    """Say whether a head names a given key as its signer, or is no note at all."""
    try:
        note = Note.from_bytes(head.note)
    except NoteError:
        return bool(given)
    return any(note.lines_of(key) for key in given)


def _file(heads: Heads, origin: str, path: str) -> None:
    try:
        held = held_of(origin, read_regular(path, MOST))
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None
    if held is None:
        heads.nothing(path, "it is no head of this log")
    else:
        heads.held(_outside(path, held))


def _anchor(heads: Heads, anchor: Anchor, known: Known) -> None:
    name = f"the anchor `{anchor.name}`"
    try:
        holdings = anchor.held(known)
    except AnchorError as error:
        heads.note(f"{name} could not be asked: {error.message}")
        return
    for wrong in holdings.wrong:
        heads.nothing(name, wrong)
    for note in holdings.notes:
        heads.note(note)
    if not known.origin and holdings.others:
        logs = ", ".join(f"`{log}`" for log in holdings.others[:MOST_NAMED])
        heads.nothing(
            name, f"it holds heads of {logs}: whether one of these was this ledger, a key of it tells (`--key`)"
        )
    elif not holdings.heads and not holdings.wrong and not holdings.notes:
        heads.nothing(name, NOTHING)
    heads.asked([_outside(name, held, anchor.name) for held in holdings.in_order()])


def _outside(by: str, held: Held, anchor: str = "") -> Outside:
    return Outside(
        by=by, size=held.size, root=held.root, time=held.time, where=held.where, note=held.note, anchor=anchor
    )
