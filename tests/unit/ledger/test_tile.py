"""The tiles: which interior hashes an entry makes final, and every hash and earlier root that follows from them."""

from __future__ import annotations

import pytest

from support.trees import by_definition
from web4_governance.core.digest import node, sha256
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.tile import WIDTH, grown, hash_at, joined, root_at, rows

LEAVES = tuple(sha256(b"leaf %d" % n) for n in range(3 * WIDTH + 77))


class Store:
    """Leaves, and the tiles that appending them made."""

    def __init__(self, leaves: tuple[bytes, ...]) -> None:
        self.leaves = leaves
        self.tiles: dict[tuple[int, int], list[bytes]] = {}
        tree = Frontier()
        for leaf in leaves:
            for new in grown(tree, leaf):
                tile = self.tiles.setdefault((new.level, new.idx), [])
                assert len(tile) == new.offset, "a tile grows at its end only"
                tile.append(new.hash)
            tree = tree.append(leaf)

    def __call__(self, level: int, start: int, count: int) -> tuple[bytes, ...]:
        held = self.leaves if level == 0 else tuple(self.tiles[level, start // WIDTH])
        begin = start if level == 0 else start % WIDTH
        found = held[begin : begin + count]
        assert len(found) == count
        return found


def test_a_tile_holds_the_roots_of_its_full_subtrees() -> None:
    """256 leaves are one hash of level 1; what is not full has none."""
    store = Store(LEAVES)
    wanted = [by_definition(list(LEAVES[n : n + WIDTH])) for n in range(0, 3 * WIDTH, WIDTH)]
    assert store.tiles == {(1, 0): wanted}


def test_level_two_begins_with_the_65536th_entry() -> None:
    """It is the root over the whole tile of level 1, which the next hash leaves alone."""
    store = Store(tuple((n).to_bytes(32, "big") for n in range(WIDTH * WIDTH + WIDTH)))
    assert {place: len(tile) for place, tile in store.tiles.items()} == {(1, 0): WIDTH, (1, 1): 1, (2, 0): 1}
    assert store.tiles[2, 0] == [by_definition(store.tiles[1, 0])]
    assert {(level, idx): count for level, idx, count in rows(len(store.leaves))} == {
        (1, 0): WIDTH,
        (1, 1): 1,
        (2, 0): 1,
    }
    assert hash_at(store, 16, 0) == store.tiles[2, 0][0]
    assert root_at(store, WIDTH * WIDTH + 1) == node(store.tiles[2, 0][0], store.leaves[WIDTH * WIDTH])


@pytest.mark.parametrize(("height", "index"), [(0, 5), (3, 40), (7, 5), (8, 1), (9, 0)])
def test_any_full_subtrees_root_follows(height: int, index: int) -> None:
    """From neighbours of the tile level below."""
    span = 1 << height
    assert hash_at(Store(LEAVES), height, index) == by_definition(list(LEAVES[index * span : (index + 1) * span]))


@pytest.mark.parametrize("size", [1, 2, 3, 64, 100, 255, 256, 257, 511, 512, 700, len(LEAVES)])
def test_the_root_of_every_earlier_size_follows(size: int) -> None:
    """A head that was signed then can be compared with the ledger now."""
    assert root_at(Store(LEAVES), size) == by_definition(list(LEAVES[:size]))


def test_few_entries_make_no_tile() -> None:
    """Nothing is written for them."""
    assert not Store(LEAVES[:255]).tiles
    assert list(rows(255)) == []
    assert [(level, count) for level, _idx, count in rows(256)] == [(1, 1)]
    assert joined((LEAVES[0],)) == LEAVES[0]
