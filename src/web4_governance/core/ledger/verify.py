"""The verification of a ledger, as the numbered steps of docs/spec/ledger.md (V1-V10), in their order.

Pure, over what it is handed: entries in the ledger's order with their openings, then the stored heads. It reads
everything, believes no column that the bytes could tell it, and goes on after a finding, so that one edit does not hide
another. What is not here: the mirrors' cross-check (V8), which needs files, and anchors, which come from elsewhere.
"""

from __future__ import annotations

from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger import profile, signoff
from web4_governance.core.ledger.anchored import Judged
from web4_governance.core.ledger.chain import Chains
from web4_governance.core.ledger.lifecycle import Lifecycle
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.part import Blocks, Part
from web4_governance.core.ledger.shown import count_commitments, matches
from web4_governance.core.ledger.tile import HEIGHT, WIDTH, grown, grown_block
from web4_governance.core.ledger.verdict import Finding, Gap, Report, Tally, VerdictName
from web4_governance.core.record.entry import Kind, Stored, at, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.shown import Shown

    Row: TypeAlias = tuple[Any, ...]

MAX_FINDINGS = 64
CALL_KINDS = frozenset((Kind.INTENT, Kind.CANARY, Kind.OUTCOME, Kind.GAP, Kind.PRUNE, Kind.SIGNOFF))  # steps 0, 3, 9
DATA = 5  # where the bytes stand in a row

STEPS = {
    0: "each head held elsewhere, and each head signed here, is a beginning of this ledger",
    1: "the bytes are one canonical entry, and the columns beside them say the same",
    2: "the stored leaf is the hash of the bytes",
    3: "the places in the ledger follow one another without a gap",
    4: "each session's entries follow one another, each holding the leaf of the one before",
    5: "the tree over all leaves has the stored size, frontier and root",
    6: "each session's stored head is the end of its chain",
    7: "each opening matches its commitment",
    8: "the session mirrors hold the same entries",
    9: "each outcome closes an intent that was seen before",
    10: "the lookups say what the entries say",
}


class Walk:
    """One verification under way. Give it every entry, then the heads, then ask for the report.

    `whole` false is for one session taken out of the ledger: its places do not follow one another (no step 3). The tree's
    root is kept at each of `sizes`, for the heads that speak of them (step 0). `bare` is for entries without columns beside
    them, `loose` for a selection of entries (no step 9; chains have holes). `apart` is where a stretch begins that is read by
    itself: ask for its part, not for the report.
    """

    def __init__(
        self,
        *,
        whole: bool = True,
        sizes: Iterable[int] = (),
        bare: bool = False,
        loose: bool = False,
        apart: int | None = None,
    ) -> None:
        self._start = apart or 0
        self._blocks = None if apart is None else Blocks(apart, sizes)
        self._whole = whole
        self._bare = bare
        self._loose = loose
        self._asked = sorted(set(sizes), reverse=True)
        self._roots: dict[int, bytes] = {}
        self._findings: list[Finding] = []
        self._found = 0
        self._failed: set[int] = set()
        self._chains = Chains(loose=loose, apart=apart is not None)
        self._lifecycle = Lifecycle(apart=apart is not None)
        self._tree = Frontier()
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._next = self._start
        self._opened = 0
        self._closed = 0
        self._gone: frozenset[str] = frozenset()
        self._pruned = Frontier()
        self._missing: tuple[Gap, ...] = ()

    def behind(self, leaves: Sequence[bytes]) -> None:
        """Take what is left of entries that were pruned: the leaves of the first ones, in order; before the first entry."""
        self._gone = frozenset(leaf.hex() for leaf in leaves)
        self._chains.behind(self._gone)
        self._lifecycle.know(self._gone)
        if self._whole:
            self._grow([*leaves])
            self._pruned = self._tree
            self._next = len(leaves)

    def resume(
        self, tree: Frontier, ends_there: Callable[[str, int, str], bool], is_older: Callable[[str, str, str], bool]
    ) -> None:
        """Begin behind entries that are not read again: the tree over them, and what to ask of them (`Chains`, `Lifecycle`)."""
        self._tree = tree
        self._next = tree.size
        self._asked = [size for size in self._asked if size > tree.size]
        self._chains.resume(ends_there)
        self._lifecycle.resume(is_older)

    def missing(self, session: str, seq: int, prev: str, leaves: Sequence[bytes] | None) -> None:
        """Begin a session's file behind entries that it does not hold; before the first entry.

        `leaves` are those of what the ledger says was pruned, None where there is no ledger to ask.
        """
        self._gone = frozenset(leaf.hex() for leaf in leaves or ())
        self._lifecycle.know(self._gone)
        self._chains.join({session: (0, "")}, {session: (seq, prev)})
        by = "the ledger has their hashes, as of entries that were pruned" if prev in self._gone else ""
        why = "the file begins later: pruned, or cut off"
        why += "" if leaves is not None else "; the file alone cannot tell which"
        self._missing = (Gap(place=f"session `{session}`, before seq {seq}", reason=why, explained=by, lost=True),)

    def held(self) -> dict[str, int]:
        """Give how many entries of each session were taken."""
        return self._chains.held()

    def entry(self, stored: Stored, openings: Iterable[Shown]) -> dict[str, Json] | None:
        """Take the next entry of the ledger: steps 1 to 4, 7 and 9. Give its body, None where it is no entry."""
        place = place_of(stored)
        leaf = leaf_of(stored.data)
        body = self._step_1_bytes(place, stored)
        self._step_2_leaf(place, stored, leaf)
        self._step_3_place(place, stored)
        self._grow([leaf])
        if body is not None:
            self._step_4_chain(place, body, leaf)
            self._step_7_openings(place, body, openings)
            self._lifecycle.take(place, leaf.hex(), body)  # step 9
        return body

    def rows(
        self, rows: Sequence[Row], openings: Mapping[int, tuple[Shown, ...]], make: Callable[[Row], Stored]
    ) -> list[dict[str, Json] | None]:
        """Take the next entries as they lie in the store, with their openings by place; give their bodies.

        The same steps as `entry`, for many at once: what is as it should be is seen with a few comparisons, and whatever
        is not goes through `entry`, which says what is wrong with it.

        Args:
            rows: idx, session, seq, kind, ts, bytes and leaf of each entry, cells as they are.
            openings: Openings of these entries.
            make: What makes an entry of such cells, whatever lies in them.
        """
        data = [row[DATA] for row in rows]
        if not all(type(one) is bytes for one in data) or not profile.plain_numbers(data):
            return [self._one(row, make(row), openings.get(row[0], ())) for row in rows]
        bodies: list[dict[str, Json] | None] = []
        kept: list[bytes] = []  # leaves that are not in the tree yet
        seen: list[bytes] = []
        for row, leaf, read in zip(rows, profile.leaves(data), profile.quick_all(data), strict=True):
            body = self._as_it_should_be(row, leaf, read)
            if body is None:
                self._grow(kept)
                kept = []
                bodies.append(self._one(row, make(row), openings.get(row[0], ())))
                continue
            self._next = row[0] + 1
            kept.append(leaf)
            seen.append(row[DATA])
            here = leaf.hex()
            opened = openings.get(row[0])
            wrong = self._chains.follow(body["session"], body["reference"], here)  # type: ignore[arg-type]  # seen above
            if opened or wrong:
                self._quick(row, body, wrong, opened or ())
            kind = body["kind"]
            if kind in CALL_KINDS and not self._lifecycle.plain(kind, here, body):
                self._lifecycle.take(self._place(row, body), here, body)
            bodies.append(body)
        self._grow(kept)
        self._closed += profile.commitments(seen)
        return bodies

    def _one(self, row: Row, stored: Stored, openings: Iterable[Shown]) -> dict[str, Json] | None:
        if type(row[DATA]) is not bytes:
            self.find(1, place_of(stored), "its bytes are stored as something else")
        return self.entry(stored, openings)

    def _grow(self, leaves: list[bytes]) -> None:
        """Step 5's tree, with its root at each size that a head speaks of."""
        if self._blocks is not None:
            self._blocks.take(leaves)
            return
        while self._asked and self._asked[-1] <= self._tree.size + len(leaves):
            size = self._asked.pop()
            room = size - self._tree.size
            self._extend(leaves[:room])
            leaves = leaves[room:]
            self._roots[size] = self._tree.root()
        self._extend(leaves)

    def _extend(self, leaves: list[bytes]) -> None:
        """Grow the tree, and keep the interior hash that each 256th leaf makes final, for step 10."""
        while leaves:
            room = WIDTH - 1 - self._tree.size % WIDTH
            if not room:
                for new in grown(self._tree, leaves[0]):
                    self._tiles.setdefault((new.level, new.idx), []).append(new.hash)
            room = room or 1
            self._tree, leaves = self._tree.extend(leaves[:room]), leaves[room:]

    def part(self) -> Part | None:
        """Give what a stretch came to; None where something was found in it."""
        if self._blocks is None or self._found:
            return None
        tail = self._blocks.end()
        return self._lifecycle.part(
            Part(
                start=self._start,
                size=len(self._blocks.blocks) * WIDTH + len(tail),
                blocks=tuple(self._blocks.blocks),
                tail=tail,
                peaks=self._blocks.peaks,
                began=self._chains.began,
                ended={session: (end.size, end.leaf) for session, end in self._chains.ends().items()},
                opened=self._opened,
                commitments=self._closed,
            )
        )

    def join(self, part: Part) -> bool:
        """Take a stretch that was read apart, if it is the next one and goes on where all before it ends."""
        fits = part.start == self._next == self._tree.size and not part.start % WIDTH
        if not fits or not self._chains.goes_on(part.began) or not self._lifecycle.goes_on(part):
            return False
        self._chains.join(part.began, part.ended)
        self._lifecycle.join(part)
        for block in part.blocks:
            self._grow_block(block, part.peaks)
        self._grow([*part.tail])
        self._next += part.size
        self._opened += part.opened
        self._closed += part.commitments
        return True

    def _grow_block(self, root: bytes, peaks: Mapping[int, tuple[bytes, ...]]) -> None:
        while self._asked and self._asked[-1] < self._tree.size + WIDTH:
            size = self._asked.pop()
            self._roots[size] = Frontier(size=size, peaks=(*self._tree.peaks, *peaks.get(size, ()))).root()
        for new in grown_block(self._tree, root):
            self._tiles.setdefault((new.level, new.idx), []).append(new.hash)
        self._tree = self._tree.append_perfect(root, HEIGHT)

    def roots(self) -> dict[int, bytes]:
        """Give the roots at the sizes that were asked for, as far as the ledger reaches."""
        return dict(self._roots)

    def _as_it_should_be(self, row: Row, leaf: bytes, body: Json) -> dict[str, Json] | None:
        """Steps 1 to 3: the body where nothing is wrong and nothing is in doubt."""
        idx, session, seq, kind, ts, data, held = row
        if type(body) is not dict or idx != self._next or not self._whole or (b"\\" in data and b'\\"' in data):
            return None  # one character is looked for at a fraction of what two cost
        reference, said = body.get("reference"), body.get("ts")
        if self._bare:
            said_so = type(body.get("session")) is type(body.get("kind")) is type(body.get("v")) is str
            return body if said_so and type(reference) is dict and type(said) is int else None
        good = (
            held == leaf
            and type(reference) is dict
            and type(session) is type(kind) is str
            and type(seq) is type(ts) is type(said) is int
            and body.get("session") == session
            and body.get("kind") == kind
            and said == ts
            and reference.get("seq") == seq
            and type(body.get("v")) is str
        )
        return body if good else None

    def _place(self, row: Row, body: dict[str, Json]) -> str:
        return place_at(row[0], str(body["session"]), at(body, "reference.seq") if self._bare else row[2])

    def _quick(self, row: Row, body: dict[str, Json], wrong: Iterable[str], openings: Sequence[Shown]) -> None:
        """Steps 4 and 7; the commitments of all of them are counted at once."""
        for reason in wrong:
            self.find(4, self._place(row, body), reason)
        good = 0
        for opening in openings:
            if matches(body, opening):
                good += 1
            else:
                place = self._place(row, body)
                self.find(7, place, f"the opening of `{opening.field}` is not what was committed to")
        self._opened += good
        self._closed -= good

    def step_5_tree(self, size: int, frontier: bytes, root: bytes) -> None:
        """Compare the stored head of the tree with the one over the entries; after the last entry."""
        if size != self._tree.size:
            self.find(5, "the tree's head", f"it says {size} entries, there are {self._tree.size}")
        elif frontier != self._tree.to_bytes():
            self.find(5, "the tree's head", "its frontier is not the one over the entries")
        elif root != self._tree.root():
            self.find(
                5, "the tree's head", f"its root is `{root.hex()}`, over the entries it is `{self._tree.root().hex()}`"
            )

    def step_5_root(self, size: int, root: str) -> None:
        """Compare size and root (hex) that are said of the tree with those over the entries; after the last entry."""
        found = self._tree.root().hex()
        if size != self._tree.size:
            self.find(5, "the tree's head", f"it says {size} entries, there are {self._tree.size}")
        elif root != found:
            self.find(5, "the tree's head", f"its root is `{root}`, over the entries it is `{found}`")

    def step_6_heads(self, chains: dict[str, tuple[int, bytes]], *, touched: bool = False) -> None:
        """Compare the stored heads, by session (size, leaf), with the ends of all (or touched) chains; after the last entry."""
        ends = self._chains.ends()
        chains = {session: chains[session] for session in ends if session in chains} if touched else chains
        for session in sorted(ends.keys() | chains.keys()):
            end = ends.get(session)
            if end is None and chains[session][1].hex() in self._gone:
                continue  # all of it was pruned, and its head is kept
            size, leaf = chains.get(session, (0, b""))
            found = (0, "") if end is None else (end.size, end.leaf)
            if (size, leaf.hex()) != found:
                reason = (
                    f"it says {size} entries ending in `{leaf.hex()}`, the chain has {found[0]} ending in `{found[1]}`"
                )
                self.find(6, f"the head of session `{session}`", reason)

    def step_10_new_tiles(self, hashes: Callable[[int, int, int], Sequence[bytes]], start: int) -> None:
        """Compare the hashes that entries from a size on made final with the stored ones, by level and place."""
        for (level, idx), made in sorted(self._tiles.items()):
            first = max(start >> HEIGHT * level, idx << HEIGHT)
            if list(hashes(level, first, len(made))) != made:
                self.find(10, f"the tile {level}/{idx}", "its hashes are not those over the entries")

    def step_10_tiles(self, stored: dict[tuple[int, int], bytes]) -> None:
        """Compare the stored tiles, by level and place, with the interior hashes over the entries; after the last."""
        for level, idx in sorted(stored.keys() | self._tiles.keys()):
            if stored.get((level, idx), b"") != b"".join(self._tiles.get((level, idx), ())):
                self.find(10, f"the tile {level}/{idx}", "its hashes are not those over the entries")

    def find(self, step: int, place: str, reason: str) -> None:
        """Note that a step failed: the first findings are kept, and the first of each step, so that none is said to hold."""
        self._found += 1
        if len(self._findings) < MAX_FINDINGS or step not in self._failed:
            self._failed.add(step)
            self._findings.append(Finding(step=step, place=place, reason=reason))

    @property
    def skipped(self) -> int:
        """How many entries of the chains are not in the selection, as far as its entries tell."""
        return self._chains.skipped

    @property
    def reached(self) -> int:
        """The place of the entry that comes next."""
        return self._next

    @property
    def size(self) -> int:
        """How many entries were taken so far."""
        return self._tree.size

    def report(
        self,
        *,
        holds: tuple[str, ...],
        not_covered: tuple[str, ...],
        notes: tuple[str, ...],
        heads: Judged | None = None,
    ) -> Report:
        """Give the report; with no head held elsewhere the best verdict is UNANCHORED."""
        judged = heads or Judged()
        for finding in judged.findings:
            self.find(finding.step, finding.place, finding.reason)
        signoffs = self._lifecycle.signoffs
        for place, reason in signoff.wrong(signoffs, self._roots, self._tree.size) if self._whole else ():
            self.find(0, place, reason)
        own = () if self._loose else (*self._missing, *self._step_3_pruned(), *self._lifecycle.gaps())
        return Report(
            verdict=self._verdict((*own, *judged.gaps), judged),
            findings=tuple(sorted(self._findings, key=lambda f: f.step > 7)),  # noqa: PLR2004  # entries before their copies
            found=self._found,
            gaps=(*own, *judged.gaps),
            uncorroborated=judged.uncorroborated,
            anchored=judged.anchored,
            notes=(*notes, *judged.notes, *signoff.told(signoffs)),
            tally=self._tally(),
            root=self._tree.root().hex() if self._whole else "",
            holds=holds,
            not_covered=not_covered,
        )

    def _verdict(self, gaps: tuple[Gap, ...], judged: Judged) -> VerdictName:
        if self._found:
            return VerdictName.TAMPERED
        if judged.uncorroborated:
            return VerdictName.UNCORROBORATED
        if any(gap.lost or not gap.explained for gap in gaps):
            return VerdictName.GAPS
        if not judged.anchored:
            return VerdictName.UNANCHORED
        reached = max(one.size for one in judged.anchored)
        return VerdictName.ANCHORED if reached == self._tree.size else VerdictName.TAIL

    def _step_3_pruned(self) -> tuple[Gap, ...]:
        """Ask for the entry that says that the first ones were pruned, with the root over them."""
        size = self._pruned.size
        if not size:
            return ()
        root = self._pruned.root().hex()
        for place, said, over in self._lifecycle.prunes:
            if (said, over) == (size, root):
                reason = f"the entries before {size} were pruned: their hashes are kept, what they said is gone"
                return (Gap(place=f"entries 0 to {size - 1}", reason=reason, explained=f"{place} says so", lost=True),)
        self.find(3, f"entries 0 to {size - 1}", "they are gone, and no `prune` entry says so")
        return ()

    def _tally(self) -> Tally:
        return Tally(
            entries=self._tree.size,
            sessions=len(self._chains.ends()),
            intents=self._lifecycle.intents,
            outcomes=self._lifecycle.outcomes,
            unclosed=self._lifecycle.unclosed,
            opened=self._opened,
            closed=self._closed,
        )

    def _step_1_bytes(self, place: str, stored: Stored) -> dict[str, Json] | None:
        try:
            body = parse(stored.data)
        except CanonicalError as error:
            self.find(1, place, error.message)
            return None
        columns = {"session": stored.session, "kind": stored.kind, "ts": stored.ts, "reference.seq": stored.seq}
        for field, column in columns.items():
            if at(body, field) != column:
                self.find(1, place, f"the column says {field} `{column}`, the bytes say `{at(body, field)}`")
        return body

    def _step_2_leaf(self, place: str, stored: Stored, leaf: bytes) -> None:
        if stored.leaf != leaf:
            self.find(2, place, f"the bytes have leaf `{leaf.hex()}`, `{stored.leaf.hex()}` is stored")

    def _step_3_place(self, place: str, stored: Stored) -> None:
        if self._whole and stored.idx != self._next:
            self.find(3, place, f"entry {self._next} should be here")
        self._next = stored.idx + 1

    def _step_4_chain(self, place: str, body: dict[str, Json], leaf: bytes) -> None:
        for wrong in self._chains.follow(str(body["session"]), body["reference"], leaf.hex()):
            self.find(4, place, wrong)

    def _step_7_openings(self, place: str, body: dict[str, Json], openings: Iterable[Shown]) -> None:
        good = 0
        for opening in openings:
            if matches(body, opening):
                good += 1
            else:
                self.find(7, place, f"the opening of `{opening.field}` is not what was committed to")
        self._opened += good
        self._closed += max(count_commitments(body) - good, 0)


def place_of(stored: Stored) -> str:
    """Name an entry for people: its place in the ledger and in its session."""
    return place_at(stored.idx, stored.session, stored.seq)


def bare(idx: int, data: bytes) -> Stored:
    """Make an entry that has no columns beside it; of bytes that are none, one that step 1 refuses."""
    try:
        body = parse(data)
    except CanonicalError:
        return Stored(idx=idx, session="", seq=-1, kind="", ts=0, data=data, leaf=leaf_of(data))
    seq, ts = at(body, "reference.seq"), body["ts"]
    return Stored(
        idx=idx,
        session=str(body["session"]),
        seq=seq if isinstance(seq, int) else -1,
        kind=str(body["kind"]),
        ts=ts if isinstance(ts, int) else 0,
        data=data,
        leaf=leaf_of(data),
    )


def bare_row(row: Row) -> Stored:
    """Make an entry of a row that has only its place and its bytes."""
    return bare(row[0], row[DATA])


def place_at(idx: int, session: str, seq: Json) -> str:
    """Name the entry at a place."""
    return f"entry {idx} (session `{session}`, seq {seq})"
