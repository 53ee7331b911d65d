"""What a host tells us, in one vocabulary: events of a session, whatever agent they come from.

Values only. An adapter in `agents` makes them from the host's bytes and keeps, in `extra`, every field it did not know.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import McpServer
    from web4_governance.core.canonical import Json


class Moment(Closed):
    """What an event means for the record; the host's own name for it is `Event.name`."""

    SESSION = "session"  # start, resume, compact, end
    PROMPT = "prompt"  # the person (or the host) speaks to the agent
    GATE = "gate"  # a call is about to run and can still be stopped
    ASKED = "asked"  # the host is about to ask the person about a call
    OUTCOME = "outcome"  # one call has ended
    BATCH = "batch"  # the host lists all calls of one turn, whatever became of them
    STOP = "stop"  # the agent's turn is over
    OTHER = "event"  # anything else worth keeping


class Status(Closed):
    """How a call ended. `unclosed` is never recorded: it is what a call without an outcome is."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DENIED = "denied"
    INTERRUPTED = "interrupted"
    STARTED = "started"
    UNCLOSED = "unclosed"


class DeniedBy(Closed):
    """Who denied a call, as far as the events can tell."""

    GATE = "gate"
    HOST_RULE = "host-rule"
    PERSON = "person"
    CLASSIFIER = "host-classifier"
    UNATTRIBUTED = "unattributed"


@value
class Ending:
    """How the host says that a call ended.

    `error_class` is a short closed word (`exit-code`, `not-found`, `invalid-input`, `unknown-tool`, `timeout`,
    `interrupted`, `permission`, `other`; empty on success), `exit_code` -1 where there is none. `duration_us` is -1 where
    the host does not say. `output` is the host's response as JSON. `child_agent`, `child_type` name a subagent that the
    call made, `task` the background work that it started. `usage` holds token counts the host reported for the call.
    """

    status: Status
    denied_by: DeniedBy | None = None
    error: str = ""
    error_class: str = ""
    exit_code: int = -1
    duration_us: int = -1
    output: Json = None
    child_agent: str = ""
    child_type: str = ""
    task: str = ""
    model: str = ""
    usage: tuple[tuple[str, int], ...] = ()


@value
class BatchCall:
    """One call of a batch: its id, the model's original input, and the response as the model sees it."""

    call: str
    tool: str
    input: dict[str, Json]
    response: Json = None


@value
class Completion:
    """Background work that a host speaks of: the call that started it or its task (either may be empty), and how it ended.

    `ending` is None where the host says of no end, or of none that is known: then the work is not known to have ended.
    """

    call: str = ""
    task: str = ""
    ending: Ending | None = None


@value
class Event:
    """One event of a host. Fields that the host did not send are empty.

    `detail` is the short closed word that goes with a moment (`start`, `resume`, `compact`, `clear`, `fork`, `end` for
    sessions). `completes` is the call id of background work that this event speaks of first, `completions` are all of it.
    `replaced` says that text was replaced while reading: what is not UTF-8, and what no path can hold.
    """

    agent: str
    name: str
    moment: Moment
    session: str
    detail: str = ""
    call: str = ""
    tool: str = ""
    input: dict[str, Json] | None = None
    ending: Ending | None = None
    calls: tuple[BatchCall, ...] = ()
    text: str = ""
    completes: str = ""
    completions: tuple[Completion, ...] = ()
    agent_id: str = ""
    agent_type: str = ""
    prompt_id: str = ""
    permission_mode: str = ""
    model: str = ""
    cwd: str = ""
    transcript: str = ""
    mcp: McpServer | None = None
    extra: dict[str, Json] | None = None
    size: int = 0
    replaced: bool = False
