"""What a check found: how bad, what, and how to mend it."""

from __future__ import annotations

from enum import StrEnum

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Level(StrEnum):
    """How bad a finding is. A note is worth knowing and nothing to mend."""

    ERROR = "error"  # calls are not governed, or not recorded
    WARNING = "warning"  # they may not be, or something does not fit together
    NOTE = "note"


@value
class Finding:
    """One thing that a check found. `mend`, where it is there, does what `how` says."""

    id: str
    level: Level
    what: str
    how: str = ""
    mend: Callable[[], object] | None = None


@value
class Mended:
    """A finding, and what came of mending it: whether it was done, and why not."""

    finding: Finding
    fixed: bool = False
    why: str = ""
