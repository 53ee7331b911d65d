"""What a report is asked for, and the frameworks and forms that there are."""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import value
from web4_governance.storage.filters import Filters

FORMATS = ("html", "json", "md")


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
    """

    now_us: int
    since_us: int
    until_us: int
    framework: str = ""
    project: str = ""
    target: str = ""
    verify: Reading = Reading.AUTO
    course: Reading = Reading.AUTO

    @property
    def calls(self) -> Filters:
        """The calls that the report is about, whatever they touched."""
        return Filters(since=self.since_us, until=self.until_us, project=self.project)
