"""Verifies what came after a head that is signed, or held elsewhere, and says what it did not read again (ledger.md V14).

Asked for, never the default: who may change the database may change what is not read. The tree up to the head comes from
the stored tiles and has to have the head's root; from there on every step is taken that new entries can be asked.
"""

from __future__ import annotations

from web4_governance.app import verify_trust
from web4_governance.app.verify import not_asked, signed_off, verify_ledger
from web4_governance.app.verify_entries import Seen, take_entries
from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.errors import CanonicalError, LedgerCorrupt, UsageError
from web4_governance.core.ledger.succession import closed_by
from web4_governance.core.ledger.tile import frontier_at, root_at
from web4_governance.core.ledger.verdict import HOLDS_LEDGER, NOT_ANCHORED, NOT_SEEN, NOT_TAIL, NOT_TRUE
from web4_governance.core.ledger.verify import MAX_FINDINGS, Walk, place_of
from web4_governance.core.record.entry import parse
from web4_governance.core.value import replace
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.anchored import Heads, Outside
    from web4_governance.core.ledger.merkle import Frontier
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.home import Home
    from web4_governance.storage.reader import Reader

NOT_ASKED = (8,)  # the steps that are left out whole
NO_HEAD = "there is no signed head to begin with"
ALL_READ = "everything was read: no head of this ledger could be begun with"


def verify_incremental(home: Home | str, heads: Callable[[Reader, bool], Heads]) -> Report:
    """Verify the entries after the newest head that is held elsewhere, or else signed here; everything where neither will do.

    Args:
        home: The home.
        heads: What collects the heads that speak of the log of a reader: of those signed here all, or (true) the newest alone.
    """
    with open_reader(home) as reader:
        outside = heads(reader, True)
        tree = reader.head()
        starts = outside.starts(tree.size)
        if starts:
            return _after(reader, outside, starts[-1])
    if not outside.speaks():
        raise UsageError(NO_HEAD, hint="`web4 anchor now` signs one; `web4 verify` reads everything")
    report = verify_ledger(home, lambda reader: heads(reader, False))
    return replace(report, notes=(ALL_READ, *report.notes))


def _after(reader: Reader, outside: Heads, start: Outside) -> Report:
    """Read what came after a head."""
    tree = reader.head()
    walk = Walk(sizes={*outside.sizes(), *signed_off(reader), *verify_trust.sizes(reader)})
    roots: dict[int, bytes] = {}
    try:
        before = frontier_at(reader.hashes, start.size)
        wanted = (*outside.sizes(), *verify_trust.sizes(reader))
        roots = {size: root_at(reader.hashes, size) for size in wanted if 0 < size <= start.size}
        _read_on(walk, reader, before)
        walk.step_10_new_tiles(reader.hashes, start.size)
    except LedgerCorrupt as error:
        walk.find(10, "the tiles", error.message)
    walk.step_5_tree(tree.size, tree.frontier, tree.root)
    walk.step_6_heads({c.session: (c.size, c.leaf) for c in reader.chains()}, touched=True)
    for place, wrong in verify_trust.differences_at_end(reader, {**roots, **walk.roots()}, limit=MAX_FINDINGS):
        walk.find(10, place, wrong)
    judged = outside.judge({**roots, **walk.roots()}, walk.size, closed=_closed(walk, reader))
    open_end = NOT_TAIL if judged.anchored else NOT_ANCHORED
    report = walk.report(
        holds=HOLDS_LEDGER,
        not_covered=(*_not_read(start), open_end, *_of_trust(reader), NOT_SEEN, NOT_TRUE),
        notes=(f"{walk.size - start.size} entries were read, those after {start.size}",),
        heads=judged,
    )
    return replace(report, unread=start.size)


def _read_on(walk: Walk, reader: Reader, before: Frontier) -> None:
    """Take the entries after those of a tree, whose chains and calls go on from what is stored."""

    def ends_there(session: str, seq: int, prev: str) -> bool:
        leaf = _bytes(prev)
        return bool(leaf) and (reader.leaf_at(session, seq - 1) == leaf or reader.has_leaf(leaf, before.size))

    def is_older(leaf: str, session: str, call: str) -> bool:
        named = _bytes(leaf)
        found = [entry.leaf for entry in reader.entries_of(session, call=call)] if call else []
        return bool(named) and (named in found or reader.has_leaf(named, before.size))

    walk.resume(before, ends_there, is_older)
    take_entries(walk, reader, None, Seen(), after=before.size - 1, few=True)


def _closed(walk: Walk, reader: Reader) -> dict[str, int]:
    """Give the keys that entries closed, read or not, each with the place: these few are held against the tree one by one."""
    found: dict[str, int] = {}
    for stored in reader.rotations():
        if leaf_of(stored.data) != stored.leaf:
            walk.find(2, place_of(stored), "it says which key signs, and its bytes do not have the stored leaf")
            continue
        try:
            key = closed_by(parse(stored.data))
        except CanonicalError:  # nobody wrote such bytes: the leaf of what is no entry
            continue
        if key:
            found.setdefault(key, stored.idx)
    return found


def _bytes(text: Json) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _of_trust(reader: Reader) -> tuple[str, ...]:
    """Give what of the rows of trust is not compared: their head is, and of a short ledger all."""
    return () if verify_trust.is_folded_whole(reader) else not_asked(reader)


def _not_read(start: Outside) -> tuple[str, ...]:
    last = start.size - 1
    tree = f"their tree has the root that {start.by} says" + (f" ({start.where})" if start.where else "")
    return (
        f"entries 0 to {last} were not read again: {tree}, and what is stored of each is not compared with it",
        f"gaps, openings and lookups of entries 0 to {last}, earlier heads that were signed here",
        "the mirrors, the gate's memory, and the database's own tables",
    )
