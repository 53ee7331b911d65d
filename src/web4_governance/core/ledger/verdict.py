"""What a verification says: a verdict by name, with places and reasons, what was counted, and what is not covered.

Never a boolean. Finding nothing is not the same as nothing having happened: each report names what it would not have
seen.
"""

from __future__ import annotations

from typing import assert_never

from web4_governance.core.closed import Closed
from web4_governance.core.value import value


class VerdictName(Closed):
    """The closed list of verdicts, the best first."""

    ANCHORED = "ANCHORED"  # everything checks, up to an anchor held elsewhere
    TAIL = "TAIL"  # everything checks; the newest entries are not anchored yet
    UNANCHORED = "UNANCHORED"  # everything checks against itself, and nothing outside says otherwise
    GAPS = "GAPS"  # something ran that nothing judged, and nobody has explained it; or entries are gone, and it is explained
    UNCORROBORATED = "UNCORROBORATED"  # an anchor speaks of a ledger that is not this one
    TAMPERED = "TAMPERED"  # a step failed, at a place


@value
class Finding:
    """A step that failed: its number, where, and why."""

    step: int
    place: str
    reason: str


@value
class Gap:
    """What is not there: a call that was not seen before it ran, or entries that are gone.

    `explained` says by what, empty where nothing does. `lost` marks entries that were there: a ledger without them is not
    whole, however well that is explained.
    """

    place: str
    reason: str
    explained: str = ""
    lost: bool = False


@value
class Anchored:
    """A head that lies elsewhere and is a beginning of the ledger: where, how many entries, when (microseconds, 0 unknown).

    `anchor` is the name of the anchor that holds it, empty where none does; `keys` are those (vkeys) of witnesses who cosigned.
    """

    by: str
    size: int
    time: int = 0
    where: str = ""
    anchor: str = ""
    keys: tuple[str, ...] = ()


@value
class Tally:
    """What was counted on the way. `closed` are commitments without an opening: never kept, or erased."""

    entries: int = 0
    sessions: int = 0
    intents: int = 0
    outcomes: int = 0
    unclosed: int = 0
    opened: int = 0
    closed: int = 0


@value
class Report:
    """The whole answer. `findings` holds the first few, `found` counts all; `root` is hex, empty where none was made.

    `unread` is how many entries, the first ones, were not read again.
    """

    verdict: VerdictName
    findings: tuple[Finding, ...] = ()
    found: int = 0
    gaps: tuple[Gap, ...] = ()
    uncorroborated: tuple[Finding, ...] = ()
    anchored: tuple[Anchored, ...] = ()
    notes: tuple[str, ...] = ()
    tally: Tally = Tally()
    root: str = ""
    holds: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    unread: int = 0

    @property
    def tail(self) -> int:
        """How many entries came after the last anchored head; all of them where there is none."""
        return self.tally.entries - max((one.size for one in self.anchored), default=0)

    @property
    def place(self) -> str:
        """Where the first thing is wrong, empty if nothing is."""
        return self._first.place

    @property
    def reason(self) -> str:
        """Why the first thing is wrong, empty if nothing is."""
        return self._first.reason

    @property
    def _first(self) -> Finding | Gap:
        wrong: list[Finding | Gap] = [*self.findings, *self.uncorroborated]
        wrong += [gap for gap in self.gaps if not gap.explained]
        return wrong[0] if wrong else Finding(step=0, place="", reason="")


HOLDS_LEDGER = (
    "an entry edited, taken out, put in or moved without computing everything after it anew is found, with its place",
    "within a session, entries stand in the order in which they were written",
    "what is shown as the content of an entry is what was committed to when it was written",
)
HOLDS_FILE = HOLDS_LEDGER[1:]

NOT_ANCHORED = (
    "a full rewrite, or a cut at the end, by someone who can write the ledger and its mirrors"
    " and computes all heads anew"
)
NOT_TAIL = (
    "a rewrite or a cut of the entries after the last anchored head, by someone who can write the ledger and its keys"
)
NOT_LAST_LINE = "the last line of the file: nothing after it holds its hash"
NOT_TRUNCATION = "lines cut off at the end of the file"
NOT_REST = "the other sessions, and the tree over the whole ledger"
NOT_CHOSEN = "entries that were not chosen: what is shown was in the ledger, and not that this is all there was"
NOT_SEEN = "what ran without any hook being called"
NOT_TRUST = (
    "the rows that trust is kept in, which rules ask: `web4 trust --check` folds the entries anew and compares them"
)
NOT_TRUE = "events that another process of the same user made up"


def exit_code(report: Report, *, require_anchor: bool) -> int:
    """Give the exit code of `web4 verify` for a report: 0 yes, 1 could not tell, 2 no."""
    match report.verdict:
        case VerdictName.ANCHORED | VerdictName.TAIL:
            return 0
        case VerdictName.UNANCHORED:
            return 1 if require_anchor else 0
        case VerdictName.GAPS:
            return int(any(not gap.explained for gap in report.gaps))
        case VerdictName.UNCORROBORATED:
            return 1
        case VerdictName.TAMPERED:
            return 2
        case _:
            assert_never(report.verdict)
