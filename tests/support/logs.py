"""A log in memory with a signing key: heads of any size, proofs, and what a ledger would remember of an anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.signers import Signer
from support.trees import Tree
from web4_governance.app.anchors.anchor import Head, Known
from web4_governance.core.ledger.proof import consistency_proof, root_hash

if TYPE_CHECKING:
    from web4_governance.core.ledger.note import Note


class Log:
    """`salt` makes another history under the same name and key."""

    def __init__(self, origin: str = "log.example/1", *, salt: bytes = b"", size: int = 64) -> None:
        self.signer = Signer(origin)
        self.origin = origin
        self.tree = Tree(size, salt=salt)

    def head(self, size: int) -> Head:
        """Sign a head."""
        return Head.of(self.signer.checkpoint(size, root_hash(size, self.tree.hash_at)))

    def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        """Prove that the tree of one size is the beginning of another."""
        return consistency_proof(old, new, self.tree.hash_at)

    def known(self, *heads: Note, receipts: tuple[bytes, ...] = ()) -> Known:
        """What is remembered of an anchor."""
        return Known(origin=self.origin, heads=heads, receipts=receipts, keys=(self.signer.key,))
