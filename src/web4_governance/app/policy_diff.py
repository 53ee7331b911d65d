"""Where two policies come to different decisions on recorded history: each call judged by both. Reads the ledger only."""

from __future__ import annotations

from web4_governance.app.simulate import Change, simulate
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.simulate import Passing, Simulated
    from web4_governance.core.policy import PolicySet
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader


@value
class Pair:
    """One recorded call under both policies."""

    record: Record
    first: Simulated
    second: Simulated

    @property
    def is_told(self) -> bool:
        """Say whether both could judge it."""
        return Change.UNKNOWN not in (self.first.change, self.second.change)

    @property
    def differs(self) -> bool:
        """Say whether the two decide otherwise."""
        return self.first.decision != self.second.decision


def compare(
    reader: Reader, first: PolicySet, second: PolicySet, filters: Filters, *, passing: Passing = iter
) -> tuple[Pair, ...]:
    """Judge the recorded calls that fit by two policies, oldest first.

    `passing` gives the places that are read one by one, and may count them.
    """
    ones, others = simulate(reader, first, filters, passing=passing), simulate(reader, second, filters)
    return tuple(Pair(record=one.record, first=one, second=other) for one, other in zip(ones, others, strict=True))
