"""What a second witness says of a session: its telemetry, its transcript. Values only.

A witness is whatever speaks of calls without being asked by our hooks. What it says is compared with the ledger; it is
no evidence by itself, and each source has its own hand that could have written it.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


class Ran(Closed):
    """Whether a witness saw a call run."""

    YES = "yes"  # there is a result of the tool
    NO = "no"  # it was refused, or was no call that could run
    UNKNOWN = "unknown"


class Shown(Closed):
    """Which input a witness shows."""

    NONE = "none"
    ASKED = "asked"  # what the model asked for, before any hook
    EFFECTIVE = "effective"  # what the tool was given


@value
class Said:
    """One thing that a witness says: of a call, or (without one) only that an event with this number was there.

    `ts` is microseconds since 1970, 0 where it says none; `sequence` the witness's own count, -1 where it has none. `cwd`
    is where the agent stood, where the witness says it: relative paths of `input` are meant from there. `via` is what
    changed the input, in the host's words. `copied_from` is the session in which a call was made that a forked session's
    transcript begins with: later lines of that transcript about the call mean that session too.
    """

    session: str
    call: str = ""
    tool: str = ""
    agent_id: str = ""
    ts: int = 0
    sequence: int = -1
    ran: Ran = Ran.UNKNOWN
    shown: Shown = Shown.NONE
    input: dict[str, Json] | None = None
    cwd: str = ""
    via: str = ""
    copied_from: str = ""
