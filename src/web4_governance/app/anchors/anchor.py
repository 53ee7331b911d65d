"""What every anchor is: a place that takes a head of the ledger, and says later which heads it holds (anchors.md A1-A4).

Not the making of heads, and no verdict on what an anchor holds: that is `app.verify`'s. A plug-in asks the anchor itself
whenever it is asked; receipts of earlier answers say where to look and are no evidence.
"""

from __future__ import annotations

from typing import Protocol

from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import CanonicalError, NoteError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.note import SignatureLine, VerifierKey

    Prove: TypeAlias = Callable[[int, int], tuple[bytes, ...]]
    """The consistency proof from one size of the ledger to a later one."""

MICROSECONDS = 1_000_000


@value
class Head:
    """A signed checkpoint of this ledger."""

    note: Note
    checkpoint: Checkpoint

    @staticmethod
    def of(note: Note) -> Head:
        """Read the checkpoint of a note that this ledger signed; NoteError where it is none."""
        return Head(note=note, checkpoint=Checkpoint.from_text(note.text))


@value
class Known:
    """What the ledger remembers of an anchor: the log's origin, its signed heads, and the anchor's receipts, oldest first.

    `successions` are the statements by which the log's keys follow one another (`core.ledger.succession`), oldest first, and
    `keys` these keys. `replaced` are the heads (size, root) over trees of which the ledger says that a backup took their place.
    """

    origin: str
    heads: tuple[Note, ...] = ()
    receipts: tuple[bytes, ...] = ()
    successions: tuple[Note, ...] = ()
    keys: tuple[VerifierKey, ...] = ()
    replaced: frozenset[tuple[int, bytes]] = frozenset()


@value
class Receipt:
    """What an anchor answered: which size it took, when by its own clock (microseconds; 0 where it has none), and what to keep.

    `lines` are signature lines that belong below the head's note.
    """

    size: int
    time: int = 0
    data: bytes = b""
    lines: tuple[SignatureLine, ...] = ()


@value
class Held:
    """A head that an anchor holds now.

    `root` and `note` are empty where the anchor tells the size alone; `time` is in microseconds by the anchor's clock, 0
    where it has none; `where` says which commit, line or token it is, `nth` the how many-th that the anchor took of those
    that lie there.
    """

    size: int
    root: bytes = b""
    time: int = 0
    where: str = ""
    note: bytes = b""
    nth: int = 0


@value
class Holdings:
    """All that an anchor holds of one log, the smallest first, and what is wrong with what it holds.

    `wrong` is what only a rewrite or a loss at the anchor explains (a commit that is gone, a token that was changed);
    `others` are the origins of other logs whose heads lie there too. An anchor that has none of the log that is asked for and
    some of others is what a ledger looks like that was replaced whole, under a new name. `notes` is what a reader should
    know and is no finding.
    """

    heads: tuple[Held, ...] = ()
    others: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def in_order(self) -> tuple[Held, ...]:
        """Give the heads in the order in which the anchor took them."""
        return tuple(sorted(self.heads, key=lambda held: held.nth))


class Anchor(Protocol):
    """An anchor by its name in the settings. Both methods raise AnchorError where it cannot be asked now."""

    name: str
    kind: str

    @property
    def stateful(self) -> bool:
        """Whether it keeps state that this user cannot take back, as far as can be seen from here."""
        ...

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Hand over a head; AnchorRefused where what the anchor holds does not go with it."""
        ...

    def held(self, known: Known) -> Holdings:
        """Ask what the anchor holds of the log."""
        ...


def receipt_bytes(fields: dict[str, Json]) -> bytes:
    """Print a receipt of named fields."""
    return encode(fields)


def receipt_field(data: bytes, name: str) -> str | int:
    """Give one field of a receipt, empty where the receipt cannot be read or has none."""
    try:
        body = decode(data)
    except CanonicalError:
        return ""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, str | int) else ""


def held_of(origin: str, data: bytes, *, time: int = 0, where: str = "") -> Held | None:
    """Read a note that lies at an anchor; None where it is no checkpoint of this log."""
    return next(iter(holdings_of(origin, [(data, time, where)]).heads), None)


def holdings_of(
    origin: str,
    lying: Iterable[tuple[bytes, int, str]],
    *,
    wrong: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Holdings:
    """Sort out what lies at an anchor: (note, time, where) each, as it took them. What is no checkpoint is passed over.

    Signatures are the verifier's to check: who holds a note does not have to know the log's keys.
    """
    heads, others = [], set()
    for nth, (data, time, where) in enumerate(lying):
        try:
            found = Checkpoint.from_text(Note.from_bytes(data).text)
        except NoteError:
            continue
        if found.origin == origin:
            heads.append(Held(size=found.size, root=found.root, time=time, where=where, note=data, nth=nth))
        else:
            others.add(found.origin)
    heads.sort(key=lambda held: (held.size, held.time, held.where))
    return Holdings(heads=tuple(heads), others=tuple(sorted(others)), wrong=wrong, notes=notes)
