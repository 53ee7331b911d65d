"""Collects what lies elsewhere of a ledger before the ledger is read: anchors first (docs/spec/ledger.md V0).

Each configured anchor is asked itself, and heads that the person holds are read; no row of the database says what was
anchored. An anchor that cannot be asked now is a note, and no verdict.
"""

from __future__ import annotations

from web4_governance.app.anchors.anchor import Known, held_of
from web4_governance.app.anchors.configured import configured
from web4_governance.app.regular import read_regular
from web4_governance.app.signatures import check
from web4_governance.core.errors import AnchorError, InputError
from web4_governance.core.ledger.anchored import Heads, Outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.anchors.anchor import Anchor, Held
    from web4_governance.core.ledger.note import VerifierKey

MOST = 1_000_000
NOTHING = "it holds no head of this log: it was never sent one, or this is not the ledger that it knows"


def collect(
    home: str,
    origin: str,
    *,
    keys: Iterable[VerifierKey] = (),
    witnesses: Iterable[VerifierKey] = (),
    files: Iterable[str] = (),
) -> Heads:
    """Ask every anchor of a home, and read the heads that the person holds.

    Args:
        home: The home, whose settings name the anchors.
        origin: The log's name.
        keys: The log's keys that the person has from elsewhere.
        witnesses: Keys of witnesses whose cosignatures count.
        files: Signed notes that the person holds.
    """
    heads = Heads(origin=origin, keys=keys, witnesses=witnesses, check=check)
    for path in files:
        _file(heads, origin, path)
    for anchor in configured(home):
        _anchor(heads, anchor, origin)
    return heads


def _file(heads: Heads, origin: str, path: str) -> None:
    try:
        held = held_of(origin, read_regular(path, MOST))
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None
    if held is None:
        heads.nothing(path, "it is no head of this log")
    else:
        heads.held(_outside(path, held))


def _anchor(heads: Heads, anchor: Anchor, origin: str) -> None:
    name = f"the anchor `{anchor.name}`"
    try:
        holdings = anchor.held(Known(origin=origin))
    except AnchorError as error:
        heads.note(f"{name} could not be asked: {error.message}")
        return
    for wrong in holdings.wrong:
        heads.nothing(name, wrong)
    for note in holdings.notes:
        heads.note(note)
    if not holdings.heads and not holdings.wrong and not holdings.notes:
        heads.nothing(name, NOTHING)
    for held in holdings.heads:
        heads.held(_outside(name, held))


def _outside(by: str, held: Held) -> Outside:
    return Outside(by=by, size=held.size, root=held.root, time=held.time, where=held.where, note=held.note)
