"""Shows that one entry is in the ledger's tree: the path from its leaf to the root, made from stored hashes and checked.

What is proved is that the entry is among those that the root speaks of. Whether that root is what others saw is what signed
heads and anchors are for (docs/spec/anchors.md P1-P4).
"""

from __future__ import annotations

from web4_governance.core.errors import LedgerError, ProofError, UsageError
from web4_governance.core.ledger.proof import check_inclusion, inclusion_proof
from web4_governance.core.ledger.tile import hash_at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.reader import Reader


@value
class Inclusion:
    """An entry, the path from its leaf (the leaf's sibling first), the tree it leads to, and why it does not, if so."""

    stored: Stored
    path: tuple[bytes, ...]
    size: int
    root: bytes
    wrong: str = ""


def inclusion(reader: Reader, place: int) -> Inclusion:
    """Give the path of the entry at a place, to the head as it is stored; UsageError where no entry stands there."""
    stored, head = reader.entry(place), reader.head()
    if stored is None:
        raise UsageError(
            f"no entry stands at `{place}`", hint=f"places go from 0 to {head.size - 1}; what was pruned has none"
        )
    path: tuple[bytes, ...] = ()
    try:
        path = inclusion_proof(place, head.size, lambda height, index: hash_at(reader.hashes, height, index))
        check_inclusion(leaf=stored.leaf, index=place, size=head.size, proof=path, root=head.root)
    except (ProofError, LedgerError) as error:
        return Inclusion(stored=stored, path=path, size=head.size, root=head.root, wrong=error.message)
    return Inclusion(stored=stored, path=path, size=head.size, root=head.root)
