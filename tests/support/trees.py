"""A whole Merkle tree in memory, with the reader of hashes that proofs are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web4_governance.core.digest import leaf, node

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
