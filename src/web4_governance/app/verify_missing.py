"""What is said of a ledger that is not there (docs/spec/ledger.md V16): the anchors are asked all the same.

Not the verification of one: nothing is read. Whoever takes a ledger away whole must not be answered with an invitation to
begin a new one.
"""

from __future__ import annotations

from web4_governance.core.ledger.verdict import NOT_SEEN, Finding, Report, VerdictName
from web4_governance.core.ledger.verify import STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.errors import LedgerMissing
    from web4_governance.core.ledger.anchored import Heads

NOT_ASKED = tuple(step for step in STEPS if step)  # all but the heads that lie elsewhere
NOTHING_READ = "everything that was recorded: there is no ledger to read"


def report_of_missing(heads: Heads, error: LedgerMissing) -> Report:
    """Give the report of a ledger that is not there, by what anchors and people hold of it."""
    judged = heads.judge({}, 0)
    largest = max(heads.sizes(), default=0)
    held = f", while a head over {largest} entries of it is held elsewhere" if largest else ""
    missing = Finding(step=0, place="the ledger", reason=f"{error.message}{held}")
    return Report(
        verdict=VerdictName.UNCORROBORATED,
        uncorroborated=(missing, *judged.uncorroborated),
        notes=judged.notes,
        not_covered=(NOTHING_READ, NOT_SEEN),
    )
