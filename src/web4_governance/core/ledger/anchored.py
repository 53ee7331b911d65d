"""What heads say of a ledger: those signed by its own keys, and those that lie elsewhere (docs/spec/ledger.md V0).

The way goes from the heads to the ledger: each head names a size, and the tree computed anew has to have its root there. Not
the reading of anchors, which needs the network, nor of entries. A head that lies elsewhere is believed as far as its
signature goes: whoever may write to an anchor must not be able to make a good ledger look tampered with.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.checkpoint import Checkpoint, open_checkpoint
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.verdict import Anchored, Finding, Gap
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.log_policy import LogPolicy
    from web4_governance.core.ledger.note import VerifierKey

MICROSECONDS = 1_000_000
STEP = 0
POLICY = "the log policy"
NO_KEY = "no key is beside the ledger, or given, by which it could be one of this ledger"
UNREACHED = (
    "its signature is by no key that the ledger's keys follow from,"
    " so this is another ledger under that name, or the keys are others"
)


@value
class Outside:
    """A head that lies elsewhere. `root` and `note` are empty where only the size is known; `time` is in microseconds.

    `anchor` is the name of the anchor that holds it, empty where none does; `keys` are those (vkeys) of witnesses who cosigned.
    """

    by: str
    size: int
    root: bytes = b""
    time: int = 0
    where: str = ""
    note: bytes = b""
    anchor: str = ""
    keys: tuple[str, ...] = ()


@value
class Replaced:
    """A tree of which an entry says that a backup took its place: the heads (size, root) that were signed over it.

    `place` is that entry, `leaf` its leaf in hex. `known` says that whoever verifies knows of it from elsewhere: an entry is
    the word of whoever can write the ledger.
    """

    place: str
    leaf: str
    heads: frozenset[tuple[int, bytes]]
    known: bool = False


@value
class Judged:
    """What the heads say: what they prove wrong, what nothing here can answer, and up to where they agree."""

    findings: tuple[Finding, ...] = ()
    uncorroborated: tuple[Finding, ...] = ()
    anchored: tuple[Anchored, ...] = ()
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Heads:
    """All heads of one log, collected before a single entry is read, and judged after the last.

    Args:
        origin: The log's name.
        keys: The log's keys, of all epochs.
        witnesses: The keys of witnesses whose cosignatures count.
        check: What verifies one signature.
        earlier: Keys of the log from before those that are trusted, as the successions beside the ledger say it.
        pinned: Whether the trusted keys come from elsewhere, and not from beside the ledger.
    """

    def __init__(
        self,
        *,
        origin: str,
        keys: Iterable[VerifierKey],
        witnesses: Iterable[VerifierKey] = (),
        check: Check = ed25519.verify,
        earlier: Iterable[VerifierKey] = (),
        pinned: bool = False,
    ) -> None:
        self._origin = origin
        self._keys = tuple(keys)
        self._every = (*self._keys, *earlier)
        self._pinned = pinned
        self._witnesses = tuple(witnesses)
        self._check = check
        self._signed: list[tuple[str, Checkpoint]] = []
        self._by: list[tuple[str, int, str]] = []
        self._outside: list[Outside] = []
        self._findings: list[Finding] = []
        self._uncorroborated: list[Finding] = []
        self._notes: list[str] = []
        self._policy: LogPolicy | None = None
        self._replaced: tuple[Replaced, ...] = ()

    def explain(self, replaced: Iterable[Replaced]) -> None:
        """Take what the ledger says of trees that are not here any more: a head over one is a gap, and no finding."""
        self._replaced = tuple(replaced)

    def agree(self, policy: LogPolicy) -> None:
        """Ask for those to agree whom a log policy names: what fewer hold counts as far as they all do (anchors.md Q4)."""
        self._policy = policy
        self._witnesses = tuple(dict.fromkeys((*self._witnesses, *(one.key for one in policy.witnesses))))

    def signed(self, place: str, data: bytes, *, size: int | None = None, key: VerifierKey | None = None) -> None:
        """Take a head that lies beside the ledger: it has to be signed by one of the log's keys, and is theirs to answer.

        A witness's cosignature below it counts as held elsewhere: only the witness could make it, and only of what it saw.
        `size` and `key` are what a row beside the note says of it, which has to be what the note says.
        """
        try:
            note = Note.from_bytes(data)
            found = open_checkpoint(note, self._keys, origin=self._origin, check=self._check)
            cosigned = cosignatures(note, self._witnesses, check=self._check)
        except (NoteError, ProofError) as error:
            self.wrong(place, error.message)
            return
        if size is not None and size != found.size:
            self.wrong(place, f"the note says {found.size} entries")
        if key is not None and not note.lines_of(key):
            self.wrong(place, "it is not signed by the key of its epoch")
        self._signed.append((place, found))
        self._by += [(place, found.size, key.to_text()) for key in self._keys if note.lines_of(key)]
        for one in cosigned:
            time = one.time * MICROSECONDS
            keys = (one.key.to_text(),)
            outside = Outside(by=one.key.name, size=found.size, root=found.root, time=time, where=place, keys=keys)
            self._outside.append(outside)

    def held(self, head: Outside) -> None:
        """Take a head that lies elsewhere; one with a note has to be signed by a key of the log to count at all."""
        if head.note:
            try:
                note = Note.from_bytes(head.note)
                found = open_checkpoint(note, self._keys, origin=self._origin, check=self._check)
                cosigned = cosignatures(note, self._witnesses, check=self._check)
            except (NoteError, ProofError) as error:
                self._notes.append(f"a head at {_at(head)} is left aside: {error.message}")
                return
            keys = tuple(one.key.to_text() for one in cosigned)
            head = replace(head, size=found.size, root=found.root, note=b"", keys=keys)
        self._outside.append(head)

    def asked(self, held: Sequence[Outside]) -> None:
        """Take all that an anchor holds of the log, in the order in which it took them.

        Who comes later with another key is left aside: whoever may write to an anchor could. The first head is the log's own
        word of who it is: where the keys beside the ledger do not reach it, this is another ledger under its name, or the keys
        are another's. A pinned key needs no such word, and has to find one head that it can speak of.
        """
        if (strange := self._strange(held)) is not None:
            why = UNREACHED if self._every else NO_KEY
            self.nothing(_at(strange), f"it holds a head over {strange.size} entries of this log: {why}")
        for head in held:
            self.held(head)

    def _strange(self, held: Sequence[Outside]) -> Outside | None:
        first = next(iter(held), None)
        looked_at = held if self._pinned else held[:1]
        return None if any(not head.note or self._knows(head.note) for head in looked_at) else first

    def _knows(self, data: bytes) -> bool:
        try:
            open_checkpoint(Note.from_bytes(data), self._every, origin=self._origin, check=self._check)
        except (NoteError, ProofError):
            return False
        return True

    def nothing(self, by: str, reason: str) -> None:
        """Note that an anchor has nothing to say of this log, or something that only a loss or another log explains."""
        self._uncorroborated.append(Finding(step=STEP, place=by, reason=reason))

    def wrong(self, place: str, reason: str) -> None:
        """Note that a head beside the ledger is not what it should be."""
        self._findings.append(Finding(step=STEP, place=place, reason=reason))

    def note(self, text: str) -> None:
        """Note something that a reader should know and that is no finding."""
        self._notes.append(text)

    def sizes(self) -> tuple[int, ...]:
        """Give the sizes whose roots `judge` will ask for."""
        return tuple(sorted({*(found.size for _, found in self._signed), *(head.size for head in self._outside)}))

    def speaks(self) -> bool:
        """Say whether any head was taken, be it one that is wrong, or one of a ledger that is not this one."""
        return bool(self._signed or self._outside or self._findings or self._uncorroborated)

    def starts(self, size: int) -> tuple[Outside, ...]:
        """Give the heads that a ledger of `size` entries may begin with: those from elsewhere last, each kind by size."""
        own = [Outside(by=place, size=found.size, root=found.root) for place, found in self._signed]
        found = [*sorted(own, key=_size), *sorted(self._outside, key=_size)]
        return tuple(one for one in found if one.root and 0 < one.size <= size)

    def judge(
        self, roots: Mapping[int, bytes], size: int, *, closed: Mapping[str, int] | None = None, whole: bool = True
    ) -> Judged:
        """Compare every head with the roots of the tree that was computed anew; the ledger has `size` entries.

        `closed` gives for keys that an entry closed (as vkeys) the place of that entry: they sign nothing of what comes after.
        Where not the whole tree is there, a head from elsewhere at a size without a root is no finding, and is named.
        """
        findings = [*self._findings, *self._wrong_beside(roots, size, closed or {})]
        uncorroborated, anchored = list(self._uncorroborated), []
        gone, outside = self._split(roots, size)
        for head in outside:
            if head.size > size:
                reason = f"it holds a head of {head.size} entries, and the ledger has {size}"
                uncorroborated.append(Finding(step=STEP, place=_at(head), reason=reason))
            elif head.root and not whole and head.size not in roots:
                self._notes.append(f"{_at(head)} says {head.size} entries: a selection has no root to hold against it")
            elif head.root and roots.get(head.size) != head.root:
                wrong = _wrong(head.size, head.root, roots, size)
                findings.append(Finding(step=STEP, place=_at(head), reason=wrong))
            elif head.root:
                anchored.append(_anchored(head))
            else:
                self._notes.append(f"{_at(head)} says {head.size} entries, and not of which tree")
        anchored.sort(key=lambda one: (one.size, one.time))
        if self._policy is not None and size:
            reached, lacking = self._policy.reached(anchored)
            if lacking:
                uncorroborated.append(Finding(step=STEP, place=POLICY, reason="; ".join(lacking)))
            self._notes += [_further(one, reached) for one in anchored if one.size > reached]
            anchored = [one for one in anchored if one.size <= reached]
        return Judged(
            findings=tuple(findings),
            uncorroborated=tuple(uncorroborated),
            anchored=tuple(anchored),
            notes=tuple(self._notes),
            gaps=gone,
        )

    def _wrong_beside(self, roots: Mapping[int, bytes], size: int, closed: Mapping[str, int]) -> Iterator[Finding]:
        """Give what is wrong of the heads that lie beside the ledger."""
        for place, found in self._signed:
            if wrong := _wrong(found.size, found.root, roots, size):
                yield Finding(step=STEP, place=place, reason=wrong)
        for place, said, key in self._by:
            if said > closed.get(key, said):
                wrong = f"it is signed over {said} entries by a key that entry {closed[key]} closed"
                yield Finding(step=STEP, place=place, reason=wrong)

    def _split(self, roots: Mapping[int, bytes], size: int) -> tuple[tuple[Gap, ...], tuple[Outside, ...]]:
        """Tell heads over replaced trees, an anchor's last of each, from the others."""
        gone: dict[tuple[str, str], Gap] = {}
        left = []
        for head in self._outside:
            here = roots.get(head.size) if head.size <= size else None
            one = self._named(head, size) if here != head.root else None
            if one is None:
                left.append(head)
            else:
                gone[head.by, one.leaf] = _gone(head, one)
        return tuple(gone.values()), tuple(left)

    def _named(self, head: Outside, size: int) -> Replaced | None:
        """Give the replaced tree that a head is over; one that tells no root only where it is beyond this ledger."""
        for one in self._replaced:
            if (head.size, head.root) in one.heads:
                return one
            if not head.root and head.size > size and any(said == head.size for said, _ in one.heads):
                return one
        return None


def _gone(head: Outside, one: Replaced) -> Gap:
    return Gap(
        place=_at(head),
        reason=f"it holds a head over {head.size} entries of a tree that is not here, in whose place a backup was put, as"
        f" {one.place} says; whether the ledger's owner put it there or whoever can write the ledger, nothing here tells"
        + ("" if one.known else f" (where you know of it: `--restored {one.leaf[:16]}`)"),
        explained="who verifies knows of the restore" if one.known else "",
        lost=True,
    )


def _anchored(head: Outside) -> Anchored:
    return Anchored(by=head.by, size=head.size, time=head.time, where=head.where, anchor=head.anchor, keys=head.keys)


def _further(one: Anchored, reached: int) -> str:
    return f"{one.by} holds {one.size} entries; all whom the log policy names hold {reached}"


def _size(head: Outside) -> int:
    return head.size


def _wrong(said: int, root: bytes, roots: Mapping[int, bytes], size: int) -> str:
    if said > size:
        return f"it says {said} entries, and the ledger has {size}"
    found = roots.get(said, b"")
    return "" if found == root else f"of {said} entries it says root `{root.hex()}`, they have `{found.hex()}`"


def _at(head: Outside) -> str:
    return f"{head.by}, {head.where}" if head.where else head.by
