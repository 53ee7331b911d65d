"""The tiles of the ledger's tree: which interior hashes are kept, and where (C2SP tlog-tiles; docs/spec/ledger.md T1-T4).

A tile of level L holds up to 256 hashes, each the root of 256**L entries. Level 0 are the leaves, which lie in the entries
themselves; from level 1 on a hash is written when its subtree is full, so one entry in 256 writes one row. Any hash of the
tree follows from at most 128 stored neighbours. Nothing here reads a store: who asks hands a reader in.
"""

from __future__ import annotations

from web4_governance.core.digest import node
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    # (tile level, index of the first hash in that level, how many) -> exactly so many hashes, or an error of the store's.
    Hashes: TypeAlias = Callable[[int, int, int], tuple[bytes, ...]]

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_SIZE = 32


@value
class Grown:
    """A hash that a new entry made final: the tile's level, the tile's place in it, the hash's place in the tile."""

    level: int
    idx: int
    offset: int
    hash: bytes


def grown(before: Frontier, leaf: bytes) -> tuple[Grown, ...]:
    """Give what an entry adds to tiles of level 1 and above: nothing, but for one entry in 256."""
    if (before.size + 1) % WIDTH:
        return ()
    return _grown([], before, leaf, 0)


def grown_block(before: Frontier, root: bytes) -> tuple[Grown, ...]:
    """Give what 256 entries at once add, of which this is the root; the size before is a multiple of 256."""
    count = before.size >> HEIGHT
    first = Grown(level=1, idx=count >> HEIGHT, offset=count % WIDTH, hash=root)
    return _grown([first], before, root, HEIGHT)


def _grown(found: list[Grown], before: Frontier, root: bytes, height: int) -> tuple[Grown, ...]:
    here, size = root, before.size >> height
    for peak in reversed(before.peaks):
        if not size & 1:
            break
        here, size, height = node(peak, here), size >> 1, height + 1
        if height % HEIGHT == 0:
            found.append(Grown(level=height // HEIGHT, idx=size >> HEIGHT, offset=size % WIDTH, hash=here))
    return tuple(found)


def rows(size: int) -> Iterator[tuple[int, int, int]]:
    """Give level, place and number of hashes of each tile of level 1 and above that a tree of `size` entries has."""
    level, hashes = 1, size >> HEIGHT
    while hashes:
        for idx in range((hashes + WIDTH - 1) // WIDTH):
            yield level, idx, min(WIDTH, hashes - idx * WIDTH)
        level, hashes = level + 1, hashes >> HEIGHT


def hash_at(hashes: Hashes, height: int, index: int) -> bytes:
    """Give the root of the full subtree of 2**height entries that begins at entry index * 2**height."""
    level, above = divmod(height, HEIGHT)
    return joined(hashes(level, index << above, 1 << above))


def joined(hashes: tuple[bytes, ...]) -> bytes:
    """Give the root over hashes of one height; their number is a power of two."""
    while len(hashes) > 1:
        hashes = tuple(map(node, hashes[::2], hashes[1::2]))
    return hashes[0]


def root_at(hashes: Hashes, size: int) -> bytes:
    """Give the root that the tree had at an earlier size, 1 at least (RFC 6962 2.1)."""
    return frontier_at(hashes, size).root()


def frontier_at(hashes: Hashes, size: int) -> Frontier:
    """Give the frontier that the tree had at an earlier size."""
    begin, peaks = 0, []
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            peaks.append(hash_at(hashes, height, begin >> height))
            begin += 1 << height
    return Frontier(size=size, peaks=tuple(peaks))
