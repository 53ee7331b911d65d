"""The sessions' chains: each entry holds the leaf of the one before it in its session (docs/spec/ledger.md L4).

Only what has to follow what; whether the bytes are an entry at all was asked before.
"""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


@value
class Link:
    """The end of a chain so far: how many entries, and the leaf (hex) of the last."""

    size: int = 0
    leaf: str = ""


class Chains:
    """Follows all chains at once through the ledger's order."""

    def __init__(self) -> None:
        self._ends: dict[str, Link] = {}

    def follow(self, session: str, reference: Json, leaf: str) -> tuple[str, ...]:
        """Take one entry's place in its chain, and give what is wrong with it, mostly nothing."""
        before = self._ends.get(session, Link())
        place = reference if isinstance(reference, dict) else {}
        seq, prev = place.get("seq"), place.get("prev")
        wrong = []
        if not isinstance(seq, int) or isinstance(seq, bool):
            wrong.append("`reference.seq` is no number")
            seq = before.size
        elif seq != before.size:
            wrong.append(f"seq {seq} where {before.size} should follow")
        if prev != before.leaf:
            wrong.append(f"prev is `{prev}`, the entry before it has leaf `{before.leaf or '(none)'}`")
        self._ends[session] = Link(size=seq + 1, leaf=leaf)
        return tuple(wrong)

    def ends(self) -> dict[str, Link]:
        """Give where each chain ended."""
        return dict(self._ends)
