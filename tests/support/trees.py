"""A whole Merkle tree in memory, with the reader of hashes that proofs are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web4_governance.core.digest import leaf, node, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable


class Tree:
    """Leaves, and the hash of every perfect subtree of them."""

    def __init__(self, size: int = 0, *, salt: bytes = b"", leaves: Iterable[bytes] = ()) -> None:
        self.levels = [[*leaves] or [leaf(salt + b"entry %d" % n) for n in range(size)]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])

    def hash_at(self, level: int, index: int) -> bytes:
        """As `core.ledger.proof` asks for it."""
        return self.levels[level][index]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1: split at the largest power of two below the size."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node(by_definition(leaves[:k]), by_definition(leaves[k:]))
