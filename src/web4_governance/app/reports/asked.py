"""What a report is asked for, and the frameworks and forms that there are."""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import value
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.figures import Tallied
    from web4_governance.storage.reader import Reader

FORMATS = ("html", "json", "md")
SETS = ("categories", "effects")


class Reading(Closed):
    """How much of the ledger is read again before its verdict is told."""

    AUTO = "auto"  # all of a ledger that is small enough, else what is new
    ALL = "all"
    NEW = "new"  # what came after the newest head that is held elsewhere, or signed here
    NONE = "none"


@value
class Asked:
    """A period (microseconds, `until_us` exclusive), what calls it is about, and how much work it may take.

    `project` and `target` are globs, empty for all. `now_us` is when the report is made.
    `whole` says that the entries are those of one ledger, from its first on.
    """

    now_us: int
    since_us: int
    until_us: int
    framework: str = ""
    project: str = ""
    target: str = ""
    verify: Reading = Reading.AUTO
    course: Reading = Reading.AUTO
    whole: bool = True

    @property
    def calls(self) -> Filters:
        """The calls that the report is about, whatever they touched."""
        return Filters(since=self.since_us, until=self.until_us, project=self.project)


@value
class Period:
    """What every part of a report is made from: an open ledger, what is asked for, and the calls counted once for all parts."""

    reader: Reader
    asked: Asked
    tally: tuple[Tallied, ...]

    def counts(self, of: str) -> dict[str, int]:
        """Count calls by one word of the tally, the largest first; each word of a set by itself."""
        found: dict[str, int] = {}
        for row in self.tally:
            told = getattr(row, of)
            for one in told.split() if of in SETS else (told,):
                found[one] = found.get(one, 0) + row.calls
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return sum(row.calls for row in self.tally)
