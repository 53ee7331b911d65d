"""Merkle proofs: that a leaf is in a tree, and that a tree is the beginning of a larger one (docs/spec/anchors.md P1-P4).

Proofs are made from a reader of stored hashes, and checked from nothing but themselves. A proof that does not hold is a
ProofError, so that no caller can forget to look at an answer.
"""

from __future__ import annotations

from web4_governance.core.digest import node, sha256
from web4_governance.core.errors import ProofError
from web4_governance.core.ledger.merkle import HASH_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    HashAt: TypeAlias = Callable[[int, int], bytes]
    """The hash of the perfect subtree at (level, index): of the leaves from index * 2^level, 2^level of them."""

MAX_PROOF = 63  # hashes; a tree has fewer than 2^63 leaves


def root_hash(size: int, hash_at: HashAt) -> bytes:
    """Give the root of the tree of the first `size` leaves."""
    return _subtree(0, size, hash_at) if size else sha256(b"")


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Give the path from the leaf at `index` to the root of the tree of `size` leaves, the leaf's sibling first.

    ProofError where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} in a tree of {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, hash_at))
            end = middle
        else:
            path.append(_subtree(start, middle, hash_at))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Give the proof that the tree of `old` leaves is the beginning of the tree of `new`; empty for equal sizes and 0.

    ProofError where the sizes are in no order.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves holds none of {old}")
    if old in (0, new):
        return ()
    path = []
    start, end, left = 0, new, old
    known = True  # whether the checker has the hash of what is left: the whole old tree
    while left != end - start:
        middle = _split(end - start)
        if left <= middle:
            path.append(_subtree(start + middle, end, hash_at))
            end = start + middle
        else:
            path.append(_subtree(start, start + middle, hash_at))
            start, left, known = start + middle, left - middle, False
    if not known:
        path.append(_subtree(start, end, hash_at))
    return tuple(reversed(path))


def check_inclusion(*, leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes) -> None:
    """Raise ProofError unless `proof` leads from a leaf hash at `index` to the root of `size` leaves (RFC 9162 2.1.3.2)."""
    path = _hashes((leaf, *proof, root))[1:-1]
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} in a tree of {size}")
    here, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if here & 1 or here == last:
            found = node(step, found)
            here, last = _past_right_edge(here, last)
        else:
            found = node(found, step)
        here, last = here >> 1, last >> 1
    if last:
        raise ProofError("the inclusion proof is too short")
    if found != root:
        raise ProofError(f"the inclusion proof of leaf {index} leads to another root")


def check_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Iterable[bytes]) -> None:
    """Raise ProofError unless the tree of `old` leaves is the beginning of that of `new` (RFC 9162 2.1.4.2)."""
    path = list(_hashes((old_root, *proof, new_root))[1:-1])
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} leaves holds none of {old}")
    if old in (0, new):
        _check_trivial(old, old_root, new_root if old == new else sha256(b""), path)
        if old == 0 and old_root != sha256(b""):
            raise ProofError("a tree of 0 leaves has one root, and this is another")
        return
    if not path:
        raise ProofError("the consistency proof is empty")
    if old & (old - 1) == 0:
        path.insert(0, old_root)  # a perfect old tree is itself the first hash, which the proof leaves out
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    was, now = _replay(path, here, last)
    if was != old_root:
        raise ProofError(f"the consistency proof leads to another root of {old} leaves")
    if now != new_root:
        raise ProofError(f"the consistency proof leads to another root of {new} leaves")


def _replay(path: list[bytes], here: int, last: int) -> tuple[bytes, bytes]:
    """Give the roots of the old and of the new tree to which a consistency proof leads."""
    was = now = path[0]
    for step in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if here & 1 or here == last:
            was, now = node(step, was), node(step, now)
            here, last = _past_right_edge(here, last)
        else:
            now = node(now, step)
        here, last = here >> 1, last >> 1
    if last:
        raise ProofError("the consistency proof is too short")
    return was, now


def _past_right_edge(here: int, last: int) -> tuple[int, int]:
    """Skip the levels at which a node on the right edge has no sibling."""
    while not here & 1 and here:
        here, last = here >> 1, last >> 1
    return here, last


def _check_trivial(old: int, old_root: bytes, expected: bytes, path: list[bytes]) -> None:
    if path:
        raise ProofError(f"a proof from {old} leaves has to be empty here")
    if old_root != expected:
        raise ProofError(f"two trees of {old} leaves have different roots")


def _hashes(given: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if any(len(one) != HASH_SIZE for one in given):
        raise ProofError(f"a hash in a proof has {HASH_SIZE} bytes")
    return given


def _split(size: int) -> int:
    """Give the largest power of two below `size`, which is over one."""
    return 1 << (size - 1).bit_length() - 1


def _subtree(start: int, end: int, hash_at: HashAt) -> bytes:
    """Give the root over leaves start to end: one stored hash, or a left one that is perfect and the rest."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return hash_at(level, start >> level)
    middle = start + _split(size)
    return node(_subtree(start, middle, hash_at), _subtree(middle, end, hash_at))
