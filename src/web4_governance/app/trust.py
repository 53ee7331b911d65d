"""Trust as it is kept: the fold brought up to the ledger's end, read, explained, and made again to be compared.

The fold is `core.evidence`'s; here is how far it goes and where its rows lie. INVARIANT: rows and the head that says how far
they go are written in one transaction, and a fold that is behind is never asked: what is not folded yet is unknown.
"""

from __future__ import annotations

from web4_governance.core.canonical import trusted
from web4_governance.core.errors import CanonicalError, LedgerCorrupt
from web4_governance.core.evidence.fold import READ_KINDS, SEEN, VERSION, Fold
from web4_governance.core.evidence.hearsay import believed, domains, low_of
from web4_governance.core.evidence.rows import TENSOR, Rows, digest_of, named, read_tensor
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value
from web4_governance.storage.trust import Folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from web4_governance.core.evidence.fold import Listener, Moved
    from web4_governance.core.evidence.rows import Tensor
    from web4_governance.core.trust.posterior import Posterior
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.writer import Writer

    Told: TypeAlias = Callable[[int, int, int], object]

CONSULTED = b'"trust":'
AT_ONCE = 2000  # entries that one call folds at most: about a tenth of a second
EVERYTHING = 2**62
TOLD_EVERY = 256  # entries
TIDY_EVERY = 4096  # entries, after which a fold from the first one on forgets the calls that have ended
ROW = 6  # of whom, name, role, dimension, and two bounds


@value
class Known:
    """What is known of an entity in a role; `witnesses` are those who saw it act, in whatever role.

    `heard` are the trust domains whose word is known of it, each with how far that is trusted, in thousandths; `believed` what
    rules compare with it added, empty where nothing was heard.
    """

    entity: str
    role: str
    tensor: Tensor
    witnesses: tuple[str, ...] = ()
    heard: tuple[tuple[str, int], ...] = ()
    believed: tuple[tuple[Dimension, Posterior], ...] = ()


@value
class Checked:
    """What making everything again says: up to which size, and which rows are not what they should be.

    `calls` counts those that were judged by trust and could be compared, `misjudged` are the places of those whose record
    has other bounds than the entries before it give. `pruned` says that entries are gone that
    the rows were made from: then nothing can be compared.
    """

    size: int
    rows: int
    wrong: tuple[str, ...] = ()
    pruned: bool = False
    calls: int = 0
    misjudged: tuple[int, ...] = ()


class Memory:
    """A fold over an open ledger, not written anywhere: what readers use, and what a writer keeps."""

    def __init__(
        self,
        ledger: Lookup,
        *,
        anew: bool = False,
        listener: Listener | None = None,
        of: str = "",
        told: Told | None = None,
    ) -> None:
        self._told = told
        self.table = ledger.trust
        head = Folded() if anew else self.table.head()
        # Rows without a head would be counted twice; one that goes further than the ledger would never be brought forward.
        self.stale = head.version != VERSION or head.size > ledger.head().size
        fresh = anew or self.stale
        self.size = 0 if fresh else head.size
        self.last = self.table.leaf(self.size - 1)
        self.rows = Rows((lambda _key: None) if fresh else self.table.row)
        self._fold = Fold(self.rows, listener, of=of)
        self._fresh = fresh
        self._tidied = self.size

    def advance(self, size: int, *, at_most: int = EVERYTHING) -> None:
        """Fold on up to a size of the tree, at most so many entries."""
        end = min(size, self.size + at_most)
        for idx, kind, leaf, data in self.table.entries(self.size, end - self.size):
            self.last = leaf
            if self._told and not idx % TOLD_EVERY:
                self._told(idx, idx, end)
            if kind in READ_KINDS and data:
                take(self._fold, idx, kind, leaf, data)
        self.size = max(self.size, end)
        if self._fresh and self.size - self._tidied > TIDY_EVERY:
            self.rows.forget_gone()
            self._tidied = self.size

    def over(self, ledger: Lookup) -> None:
        """Go on over another connection to the same ledger."""
        self.table = ledger.trust
        self.rows.load_by(self.table.row)


def take(fold: Fold, idx: int, kind: str, leaf: str, data: bytes) -> None:
    """Fold one entry; bytes that are none are for `verify` to find, and say nothing of anybody."""
    try:
        body = trusted(data)
    except CanonicalError:
        return
    if isinstance(body, dict):
        fold.take(idx, kind, leaf, body)


def catch_up(ledger: Writer, *, at_most: int = AT_ONCE, told: Told | None = None) -> Memory:
    """Bring the kept rows forward in the writer's open transaction; `size` of what is given says how far they go now."""
    head = ledger.head()
    memory = Memory(ledger, told=told)
    before = memory.size
    try:
        memory.advance(head.size, at_most=at_most)
    except (CanonicalError, LedgerCorrupt):  # a hand was in the rows: what they should be, the entries say
        memory = Memory(ledger, anew=True, told=told)
        memory.stale = True
        memory.advance(head.size, at_most=at_most)
    if memory.stale:
        ledger.trust.clear()
    if memory.size != before or memory.stale:
        write(memory, ledger)
    return memory


def write(memory: Memory, ledger: Writer) -> Folded:
    """Write the rows that a fold changed, and how far it goes, in the writer's open transaction; give the latter."""
    head = ledger.head()
    root = head.root.hex() if memory.size == head.size else ""
    found = Folded(size=memory.size, root=root, version=VERSION)
    ledger.trust.keep(memory.rows.changes(), found)
    return found


def renew(ledger: Writer, *, told: Told | None = None) -> int:
    """Forget what is kept and fold the whole ledger anew, in the writer's open transaction; give its size."""
    ledger.trust.clear()
    return catch_up(ledger, at_most=EVERYTHING, told=told).size


def known(ledger: Lookup, *, told: Told | None = None) -> tuple[tuple[Known, ...], int]:
    """Give everything that is known of anybody as of the ledger's end, and the size of the tree there.

    `told` hears how many entries were folded, at which place, and of how many.
    """
    memory = Memory(ledger, told=told)
    memory.advance(ledger.head().size)
    held = {} if memory.stale else dict(ledger.trust.rows(TENSOR))
    held.update({key: row for key, row in memory.rows.changes().items() if key.startswith(TENSOR) and row is not None})
    return known_by(memory.rows, held), memory.size


def known_by(rows: Rows, held: Mapping[str, str]) -> tuple[Known, ...]:
    """Give what a fold's rows say of everybody; `held` are those of them that are tensors, as texts."""
    seen = {named(key)[0]: tuple(rows.get(SEEN + named(key)[0]) or ()) for key in held}
    found = [(*named(key), read_tensor(key, row)) for key, row in held.items()]
    ordered = sorted(found, key=lambda one: (one[0], one[1]))
    return tuple(_known(rows, who, role, tensor, seen[who]) for who, role, tensor in ordered)


def _known(rows: Rows, who: str, role: str, tensor: Tensor, seen: tuple[str, ...]) -> Known:
    heard = tuple((domain, low_of(rows, domain)) for domain in domains(rows, who, role))
    found = [(one, held) for one in tensor if heard and (held := believed(rows, who, role, one)) is not None]
    return Known(entity=who, role=role, tensor=tensor, witnesses=seen, heard=heard, believed=tuple(found))


def moves(ledger: Lookup, entity: str) -> tuple[Moved, ...]:
    """Give every observation that made an entity's trust, in the order of the ledger: the whole of it folded again."""
    found: list[Moved] = []

    def listen(moved: Moved) -> None:
        if moved.entity == entity:
            found.append(moved)

    memory = Memory(ledger, anew=True, listener=listen, of=entity)
    memory.advance(ledger.head().size)
    return tuple(found)


def check(ledger: Lookup, *, told: Told | None = None) -> Checked:
    """Fold the ledger anew up to where the kept rows go; compare them row by row, and the bounds that calls were judged by."""
    head = ledger.trust.head()
    kept = dict(ledger.trust.rows())
    if any(not data for _idx, _kind, _leaf, data in ledger.trust.entries(0, 1)):
        return Checked(size=head.size, rows=len(kept), pruned=True)
    heard = told and (lambda done, place, _of: told(done, place, head.size))
    memory = Memory(ledger, anew=True, told=heard)
    calls, misjudged = 0, list[int]()
    for size, idx, rows in _consulted(ledger, head.size):
        memory.advance(size)
        calls += 1
        if any(_differs(memory, row) for row in rows):
            misjudged.append(idx)
    memory.advance(head.size)
    made = {key: row for key, row in memory.rows.changes().items() if row is not None}
    wrong = [key for key in sorted(made.keys() | kept.keys()) if made.get(key) != kept.get(key)]
    return Checked(size=head.size, rows=len(kept), wrong=tuple(wrong), calls=calls, misjudged=tuple(misjudged))


def standing(memory: Memory, entity: str, role: str, dimension: str) -> tuple[int, int] | None:
    """Give the two bounds that a rule is judged by; None where nothing is known."""
    held = believed(memory.rows, entity, role, Dimension(dimension))
    if held is None:
        return None
    found = bounds(held)
    return (found.low, found.high)


def _consulted(ledger: Lookup, size: int) -> list[tuple[int, int, list[Any]]]:
    """Give the calls that were judged by trust under these rules of evidence: as of which size, their place, what was read."""
    found = []
    for idx, kind, _leaf, data in ledger.trust.entries(0, ledger.head().size):
        said = at(trusted(data), "role.trust") if kind == Kind.INTENT and CONSULTED in data else None
        upto, rows = at(said, "size"), at(said, "bounds")
        if at(said, "version") != VERSION or at(said, "behind") is not None or not isinstance(rows, list):
            continue
        if isinstance(upto, int) and upto <= min(size, idx):
            found.append((upto, idx, rows))
    return sorted(found, key=lambda one: one[:2])


def _differs(memory: Memory, row: Any) -> bool:  # noqa: ANN401  # a row of six, as `consult` writes it
    if not isinstance(row, list) or len(row) != ROW or row[3] not in {str(one) for one in Dimension}:
        return True
    _of, entity, role, dimension, low, high = row
    known = standing(memory, str(entity), str(role), dimension) if entity else None
    return known != (None if low is None else (low, high))


def digest(ledger: Lookup) -> str:
    """Give the digest of the kept rows."""
    return digest_of(ledger.trust.rows())
