"""The Merkle frontier: RFC 6962's hashes, and agreement with the definition by splitting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from support.trees import by_definition
from web4_governance.core.digest import leaf, sha256
from web4_governance.core.ledger.merkle import Frontier

# The input and the roots that the Certificate Transparency implementations share as test vectors.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for one in leaves:
        frontier = frontier.append(one)
    return frontier


def test_of_nothing_the_root_is_the_hash_of_nothing() -> None:
    """RFC 6962 2.1, first line."""
    assert Frontier().root() == sha256(b"")


def test_the_shared_vectors_of_certificate_transparency_hold() -> None:
    """Eight leaves, a root after each."""
    frontier = Frontier()
    for data, root in zip(INPUTS, ROOTS, strict=True):
        frontier = frontier.append(leaf(bytes.fromhex(data)))
        assert frontier.root().hex() == root


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_appending_one_by_one_gives_the_root_by_definition(leaves: list[bytes]) -> None:
    """The frontier forgets the tree and still knows its root; as many peaks as one bits in the size."""
    frontier = grown(leaves)
    assert frontier.root() == by_definition(leaves)
    assert frontier.size == len(leaves)
    assert len(frontier.peaks) == len(leaves).bit_count()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_a_frontier_comes_back_from_its_bytes(leaves: list[bytes]) -> None:
    """What the store keeps is all there is to go on from."""
    frontier = grown(leaves)
    assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier


@given(st.integers(-5, 100), st.integers(0, 8))
def test_bytes_that_cannot_belong_to_a_size_are_no_frontier(size: int, peaks: int) -> None:
    """A frontier row that somebody touched is refused, not grown."""
    found = Frontier.from_bytes(size, b"\1" * 32 * peaks)
    assert (found is not None) is (size >= 0 and peaks == size.bit_count())
    assert Frontier.from_bytes(3, b"\1" * 63) is None


@given(st.lists(st.integers(0, 40), max_size=8))
def test_many_leaves_at_once_give_the_frontier_of_one_after_the_other(runs: list[int]) -> None:
    """Whatever the sizes of the runs, peaks and root are the same."""
    at_once, one_by_one = Frontier(), Frontier()
    for n, run in enumerate(runs):
        leaves = [leaf(bytes([n, m])) for m in range(run)]
        at_once = at_once.extend(leaves)
        for one in leaves:
            one_by_one = one_by_one.append(one)
    assert at_once == one_by_one
