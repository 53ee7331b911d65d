"""The sessions' chains: each entry holds the leaf of the one before it in its session (docs/spec/ledger.md L4).

Only what has to follow what; whether the bytes are an entry at all was asked before.
"""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web4_governance.core.canonical import Json


@value
class Link:
    """The end of a chain so far: how many entries, and the leaf (hex) of the last."""

    size: int = 0
    leaf: str = ""


class Chains:
    """Follows all chains at once through the ledger's order.

    `loose` is for a selection: an entry may come after some that are not there (they are counted), and then its `prev` has
    nothing to be compared with. The order, and the link of two that do follow each other, are asked as ever. `apart` is for a
    stretch out of the middle: with what each session begins there is kept, for who knows what came before.
    """

    def __init__(self, *, loose: bool = False, apart: bool = False) -> None:
        self._loose = loose
        self._apart = apart
        self.began: dict[str, tuple[int, str]] = {}
        self.skipped = 0
        self._sizes: dict[str, int] = {}
        self._leaves: dict[str, str] = {}
        self._begins: dict[str, int] = {}
        self._gone: frozenset[str] = frozenset()
        self._ends_there: Callable[[str, int, str], bool] = lambda _session, _seq, _prev: False

    def resume(self, ends_there: Callable[[str, int, str], bool]) -> None:
        """Let chains go on behind entries that are not read: of a session, place and leaf (hex) it is asked once."""
        self._ends_there = ends_there

    def behind(self, gone: frozenset[str]) -> None:
        """Let chains begin behind entries that were pruned, of which these leaves (hex) are left."""
        self._gone = gone

    def follow(self, session: str, reference: Json, leaf: str) -> tuple[str, ...]:
        """Take one entry's place in its chain, and give what is wrong with it, mostly nothing."""
        place = reference if isinstance(reference, dict) else {}
        seq, prev = place.get("seq"), place.get("prev")
        if (
            session in self._sizes
            and type(seq) is int
            and seq == self._sizes[session]
            and prev == self._leaves[session]
        ):
            self._sizes[session], self._leaves[session] = seq + 1, leaf  # as nearly all
            return ()
        size, last = self._sizes.get(session, 0), self._leaves.get(session, "")
        if session not in self._sizes and type(seq) is int and isinstance(prev, str) and prev in self._gone:
            size, last = seq, prev
            self._begins[session] = seq
        elif self._apart and session not in self._sizes and type(seq) is int and isinstance(prev, str):
            size, last = seq, prev
            self.began[session] = (seq, prev)
        elif session not in self._sizes and type(seq) is int and seq > 0 and isinstance(prev, str):
            size, last = (seq, prev) if self._ends_there(session, seq, prev) else (0, "")
        self._leaves[session] = leaf
        if seq == size and prev == last and type(seq) is int:
            self._sizes[session] = size + 1
            return ()
        if self._loose and type(seq) is int and seq > size:
            self.skipped += seq - size
            self._sizes[session] = seq + 1
            return ()
        wrong = []
        if not isinstance(seq, int) or isinstance(seq, bool):
            wrong.append("`reference.seq` is no number")
            seq = size
        elif seq != size:
            wrong.append(f"seq {seq} where {size} should follow")
        if prev != last:
            wrong.append(f"prev is `{prev}`, the entry before it has leaf `{last or '(none)'}`")
        self._sizes[session] = seq + 1
        return tuple(wrong)

    def goes_on(self, began: Mapping[str, tuple[int, str]]) -> bool:
        """Say whether chains that begin so elsewhere go on where these end, or behind what was pruned."""
        return all(
            place == (self._sizes.get(session, 0), self._leaves.get(session, ""))
            or (session not in self._sizes and place[1] in self._gone)
            for session, place in began.items()
        )

    def join(self, began: Mapping[str, tuple[int, str]], ended: Mapping[str, tuple[int, str]]) -> None:
        """Let the chains go on to where they end elsewhere."""
        for session, (size, leaf) in ended.items():
            if session not in self._sizes and began[session][0]:
                self._begins[session] = began[session][0]
            self._sizes[session], self._leaves[session] = size, leaf

    def held(self) -> dict[str, int]:
        """Give how many entries of each chain are there: all that were not pruned."""
        return {session: size - self._begins.get(session, 0) for session, size in self._sizes.items()}

    def ends(self) -> dict[str, Link]:
        """Give where each chain ended."""
        return {session: Link(size=size, leaf=self._leaves[session]) for session, size in self._sizes.items()}
