"""The trees of which `restore` entries say that a backup took their place (docs/spec/ledger.md R7).

What anchors hold of such a tree cannot be held against the ledger that is there now; the entry names each head that was
signed over it, and a `prune` entry names them again when that entry goes. It is the ledger's own word, which `web4 verify`
says.
"""

from __future__ import annotations

import os

from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError, NoteError, UsageError
from web4_governance.core.ledger.anchored import Replaced
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.tile import root_at
from web4_governance.core.ledger.verify import place_of
from web4_governance.core.record.entry import NO_SESSION, Kind, at, commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening, Stored
    from web4_governance.storage.lookup import Lookup

    Over = tuple[int, bytes]

LISTED = 64  # heads that the entry names in the clear; of more, all stand in its opening
LEAST = 8  # letters of a leaf
FIELD, CARRIED = "restore.heads", "prune.all"


def replaced(reader: Lookup, *, known: Iterable[str] = ()) -> tuple[Replaced, ...]:
    """Give the trees that were replaced, as the ledger says, the oldest first.

    Args:
        reader: The ledger.
        known: Leaves (or their beginnings) of restore entries that whoever verifies knows of; UsageError where there is none.
    """
    named = [text.strip().lower() for text in known]
    found = []
    for stored, leaf, heads in _said(reader):
        is_known = any(leaf.startswith(text) for text in named if len(text) >= LEAST)
        found.append(Replaced(place=place_of(stored), leaf=leaf, heads=heads, known=is_known))
    for text in named:
        if len(text) < LEAST or not any(one.leaf.startswith(text) for one in found):
            raise UsageError(f"no restore is on record in an entry with the leaf `{text}`")
    return tuple(found)


def gone_by(live: Lookup, other: Lookup) -> tuple[dict[str, Json], tuple[Opening, ...]]:
    """Give what a restore says of the heads that were signed over what it replaces, as fields and openings of its entry.

    `live` is what is replaced, `other` what takes its place: heads over a common beginning are heads of that one too.
    """
    left = dict.fromkeys((*_signed(live, other), *(head for one in replaced(live) for head in sorted(one.heads))))
    said = {head for one in replaced(other) for head in one.heads}
    rows: list[Json] = [[size, root.hex()] for size, root in left if (size, root) not in said]
    fields: dict[str, Json] = {"heads": rows[:LISTED]}
    if len(rows) <= LISTED:
        return fields, ()
    standing, opening = commit(FIELD, os.urandom(16), rows)
    more: Json = {"count": len(rows), "digest": sha256_hex(encode(rows))}
    return {**fields, "more": more, "all": standing}, (opening,)


def carried(ledger: Lookup, size: int) -> tuple[dict[str, Json], tuple[Opening, ...]]:
    """Give what a `prune` entry says of the restores among the entries before a place, as fields and openings of it."""
    gone = [(leaf, sorted(heads, reverse=True)) for stored, leaf, heads in _said(ledger) if stored.idx < size]
    if not gone:
        return {}, ()
    rows: list[Json] = [[leaf, [[many, root.hex()] for many, root in heads]] for leaf, heads in reversed(gone)]
    if sum(len(heads) for _leaf, heads in gone) <= LISTED:
        return {"restores": rows}, ()
    standing, opening = commit(CARRIED, os.urandom(16), rows)
    return {"restores": [], "more": {"count": len(rows), "digest": sha256_hex(encode(rows))}, "all": standing}, (
        opening,
    )


def _said(reader: Lookup) -> Iterator[tuple[Stored, str, frozenset[Over]]]:
    """Give what is said of each restore by its own entry, or by the `prune` entry that took it: that entry, leaf, heads."""
    for stored, body in _bodies(reader, Kind.GAP):
        if heads := _heads(body, reader.opening(stored.idx, FIELD)):
            yield stored, stored.leaf.hex(), heads
    for stored, body in _bodies(reader, Kind.PRUNE):
        found: dict[str, frozenset[Over]] = {}
        for row in (*_rows(at(body, "prune.restores")), *_rows(reader.opening(stored.idx, CARRIED))):
            leaf, over = row if isinstance(row, list) and len(row) == 2 else ("", [])  # noqa: PLR2004  # leaf and heads
            heads = frozenset(one for each in _rows(over) if (one := _over(each)) is not None)
            found[str(leaf)] = found.get(str(leaf), frozenset()) | heads
        yield from ((stored, leaf, heads) for leaf, heads in found.items() if heads)


def _bodies(reader: Lookup, kind: Kind) -> Iterator[tuple[Stored, dict[str, Json]]]:
    for stored in reader.entries_of(NO_SESSION, kind=str(kind)):
        try:
            yield stored, stored.body()
        except CanonicalError:
            continue


def _signed(live: Lookup, other: Lookup) -> list[Over]:
    """Give the signed heads that are not of the other tree, the newest first."""
    size, found = other.head().size, []
    for head in reversed(live.heads()):
        try:
            over = Checkpoint.from_text(Note.from_bytes(head.note).text)
        except NoteError:
            continue
        if 0 < over.size <= size and root_at(other.hashes, over.size) == over.root:
            break
        found.append((over.size, over.root))
    return found


def _heads(body: dict[str, Json], opened: Json) -> frozenset[Over]:
    """Give the heads that an entry says were replaced; none where it is no restore."""
    before = at(body, "restore.replaced")
    listed = [*_rows(at(body, "restore.replaced.heads")), *_rows(opened)]
    whole = [[before.get("size"), before.get("root")]] if isinstance(before, dict) else []
    return frozenset(found for row in (*whole, *listed) if (found := _over(row)) is not None)


def _rows(found: Json) -> list[Json]:
    return found if isinstance(found, list) else []


def _over(row: Json) -> Over | None:
    if not isinstance(row, list) or len(row) != 2:  # noqa: PLR2004  # a size and a root
        return None
    size, root = row
    try:
        return (size, bytes.fromhex(root)) if isinstance(size, int) and isinstance(root, str) else None
    except ValueError:
        return None
