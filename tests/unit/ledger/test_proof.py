"""Merkle proofs: each holds for its place and no other, and all are those of another implementation, for sizes up to 256."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from support.trees import Tree
from web4_governance.core.digest import sha256
from web4_governance.core.errors import ProofError
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.proof import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    root_hash,
)

MOST = 256
TREE = Tree(MOST)
LEAVES = TREE.levels[0]
ROOTS = [root_hash(size, TREE.hash_at) for size in range(MOST + 1)]


@pytest.fixture(scope="module")
def theirs() -> InmemoryTree:
    """The same leaves in the other implementation."""
    tree = InmemoryTree("sha256")
    for number in range(MOST):
        tree.append_entry(b"entry %d" % number)
    return tree


def test_roots_are_those_of_the_frontier_and_of_the_other_implementation(theirs: InmemoryTree) -> None:
    """For every size up to 256."""
    frontier = Frontier()
    assert ROOTS[0] == frontier.root() == sha256(b"")
    for size in range(1, MOST + 1):
        frontier = frontier.append(LEAVES[size - 1])
        assert ROOTS[size] == frontier.root() == theirs.get_root(size)


def test_inclusion_proofs_are_the_other_implementation_s_for_all_sizes_up_to_256(theirs: InmemoryTree) -> None:
    """Every leaf of every tree: equal paths, accepted by both."""
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, TREE.hash_at)
            check_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=ROOTS[size])
            other = theirs.prove_inclusion(index + 1, size)
            assert tuple(other.path) == (LEAVES[index], *proof)
    verify_inclusion(LEAVES[99], ROOTS[200], theirs.prove_inclusion(100, 200), index=100, size=200)


def test_consistency_proofs_hold_for_all_pairs_up_to_256_as_the_other_implementation_s_do(theirs: InmemoryTree) -> None:
    """Both say of the same two roots that one tree is the beginning of the other."""
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, TREE.hash_at)
            check_consistency(old=old, old_root=ROOTS[old], new=new, new_root=ROOTS[new], proof=proof)
            verify_consistency(
                ROOTS[old], ROOTS[new], theirs.prove_consistency(old, new), prior_size=old, later_size=new
            )


places = st.integers(1, MOST).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
pairs = st.integers(2, MOST).flatmap(lambda new: st.tuples(st.integers(1, new - 1), st.just(new)))


@given(places, st.data())
def test_an_inclusion_proof_holds_for_nothing_else(place: tuple[int, int], data: st.DataObject) -> None:
    """Another leaf, root, hash on the way, or length."""
    index, size = place
    proof = list(inclusion_proof(index, size, TREE.hash_at))
    right: dict[str, Any] = {"leaf": LEAVES[index], "index": index, "size": size, "proof": proof, "root": ROOTS[size]}
    wrong: list[dict[str, Any]] = [{"leaf": sha256(b"x")}, {"root": sha256(b"x")}, {"proof": [*proof, sha256(b"x")]}]
    if proof:
        spoiled = list(proof)
        spoiled[data.draw(st.integers(0, len(proof) - 1))] = sha256(b"x")
        wrong += [{"proof": spoiled}, {"proof": proof[:-1]}, {"proof": proof[1:]}]
    if size > 1:
        wrong.append({"index": (index + 1) % size})
    for change in wrong:
        with pytest.raises(ProofError):
            check_inclusion(**{**right, **change})


@given(pairs, st.data())
def test_a_consistency_proof_holds_for_nothing_else(pair: tuple[int, int], data: st.DataObject) -> None:
    """An equivocating log has no proof: every change of a root, hash or length is refused."""
    old, new = pair
    proof = list(consistency_proof(old, new, TREE.hash_at))
    right: dict[str, Any] = {"old": old, "old_root": ROOTS[old], "new": new, "new_root": ROOTS[new], "proof": proof}
    spoiled = list(proof)
    spoiled[data.draw(st.integers(0, len(proof) - 1))] = sha256(b"x")
    fork = Tree(new, salt=b"fork")
    wrong: list[dict[str, Any]] = [
        {"old_root": sha256(b"x")},
        {"new_root": sha256(b"x")},
        {"new_root": root_hash(new, fork.hash_at)},
        {"proof": spoiled},
        {"proof": proof[:-1]},
        {"proof": []},
        {"proof": [*proof, sha256(b"x")]},
        {"old": new, "new": old},
        {"old": 0},
    ]
    for change in wrong:
        with pytest.raises(ProofError):
            check_consistency(**{**right, **change})


def test_the_empty_tree_and_the_same_tree_need_no_proof() -> None:
    """And take none."""
    check_consistency(old=0, old_root=ROOTS[0], new=5, new_root=ROOTS[5], proof=())
    check_consistency(old=5, old_root=ROOTS[5], new=5, new_root=ROOTS[5], proof=())
    assert consistency_proof(0, 5, TREE.hash_at) == consistency_proof(5, 5, TREE.hash_at) == ()
    with pytest.raises(ProofError, match="different roots"):
        check_consistency(old=0, old_root=ROOTS[1], new=5, new_root=ROOTS[5], proof=())
    with pytest.raises(ProofError, match="different roots"):
        check_consistency(old=5, old_root=ROOTS[5], new=5, new_root=ROOTS[4], proof=())
    with pytest.raises(ProofError, match="0 leaves"):
        check_consistency(old=0, old_root=ROOTS[1], new=0, new_root=ROOTS[1], proof=())
    with pytest.raises(ProofError, match="has to be empty"):
        check_consistency(old=5, old_root=ROOTS[5], new=5, new_root=ROOTS[5], proof=(ROOTS[1],))


def test_proofs_of_what_is_not_there_are_refused() -> None:
    """Out of the tree, or from the larger to the smaller."""
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ProofError, match="no leaf"):
            inclusion_proof(index, size, TREE.hash_at)
        with pytest.raises(ProofError, match="no leaf"):
            check_inclusion(leaf=LEAVES[0], index=index, size=size, proof=(), root=ROOTS[5])
    for old, new in ((6, 5), (-1, 5)):
        with pytest.raises(ProofError, match="holds none"):
            consistency_proof(old, new, TREE.hash_at)


def test_a_hash_of_another_length_is_none() -> None:
    """A shorter hash would be an easier one."""
    with pytest.raises(ProofError, match="32 bytes"):
        check_inclusion(leaf=LEAVES[0], index=0, size=2, proof=(b"short",), root=ROOTS[2])
    with pytest.raises(ProofError, match="32 bytes"):
        check_consistency(old=1, old_root=b"", new=2, new_root=ROOTS[2], proof=(LEAVES[1],))
