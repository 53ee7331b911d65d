"""The Merkle tree over all entries, kept as its frontier: the peaks of the perfect subtrees (RFC 6962 2.1).

Not the whole tree: a frontier appends and gives the root, in space logarithmic in the size. Nothing here knows what an
entry is; leaves are 32-byte hashes made by `core.digest.leaf`.
"""

from __future__ import annotations

from web4_governance.core.digest import node, nodes, sha256
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HASH_SIZE = 32


def perfect(hashes: Sequence[bytes]) -> bytes:
    """Give the root over hashes of one height, whose number is a power of two."""
    while len(hashes) > 1:
        hashes = nodes(hashes)
    return hashes[0]


@value
class Frontier:
    """A tree of `size` leaves as the roots of its perfect subtrees, largest (leftmost) first.

    INVARIANT: there are as many peaks as one bits in `size`; each stands for the leaves of its bit.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """Give the frontier with one more leaf: a trailing one bit of the size is a peak to merge with."""
        peaks = list(self.peaks)
        here = leaf
        size = self.size
        while size & 1:
            here = node(peaks.pop(), here)
            size >>= 1
        return Frontier(size=self.size + 1, peaks=(*peaks, here))

    def append_perfect(self, root: bytes, height: int) -> Frontier:
        """Give the frontier with 2**height more leaves, of which this is the root; the size is a multiple of that."""
        peaks, here, count = list(self.peaks), root, self.size >> height
        while count & 1:
            here = node(peaks.pop(), here)
            count >>= 1
        return Frontier(size=self.size + (1 << height), peaks=(*peaks, here))

    def extend(self, leaves: Sequence[bytes]) -> Frontier:
        """Give the frontier with more leaves: as many at once as make a perfect subtree that begins here."""
        size, peaks, start = self.size, list(self.peaks), 0
        while start < len(leaves):
            room = 1 << (len(leaves) - start).bit_length() - 1
            take = min(room, size & -size) if size else room
            peaks.append(perfect(leaves[start : start + take]))
            start += take
            size += take
            # Adding one subtree carries as adding its bit to the size does.
            for _ in range(len(peaks) - size.bit_count()):
                right = peaks.pop()
                peaks.append(node(peaks.pop(), right))
        return Frontier(size=size, peaks=tuple(peaks))

    def root(self) -> bytes:
        """Give the root hash (RFC 6962 2.1): peaks joined from the right; of no leaves, the hash of nothing."""
        if not self.peaks:
            return sha256(b"")
        here = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            here = node(peak, here)
        return here

    def to_bytes(self) -> bytes:
        """Give the peaks one after the other, largest first."""
        return b"".join(self.peaks)

    @staticmethod
    def from_bytes(size: int, data: bytes) -> Frontier | None:
        """Give the frontier that `to_bytes` printed, or None where the bytes cannot belong to that size."""
        if size < 0 or len(data) != HASH_SIZE * size.bit_count():
            return None
        peaks = tuple(data[n : n + HASH_SIZE] for n in range(0, len(data), HASH_SIZE))
        return Frontier(size=size, peaks=peaks)
