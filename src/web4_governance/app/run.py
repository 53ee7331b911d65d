"""One hook call from bytes to reply: the use case that every face runs.

Two halves, so that the resident gate runs the same code: `prepare` parses and looks, without the ledger; `record` judges
and appends in an open transaction, whose commit makes the reply valid.
"""

from __future__ import annotations

from web4_governance.agents import AGENTS
from web4_governance.app.cadence import standing
from web4_governance.core.errors import EventError, UsageError
from web4_governance.core.event import Moment
from web4_governance.core.lineage.tools import TELLING, may_change_files
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.agents.reply import Reply
    from web4_governance.app.context import Context
    from web4_governance.app.gate import Seen
    from web4_governance.app.touched import Looked
    from web4_governance.core.event import Event
    from web4_governance.storage.writer import Writer

ENDS = ("Stop", "SessionEnd")  # after which a head is signed


@value
class Prepared:
    """One event, read and looked at: `event` is None where it could not be read, `fault` then says why."""

    data: bytes
    context: Context
    event: Event | None = None
    seen: Seen | None = None
    looked: Looked | None = None
    fault: EventError | None = None


@value
class Recorded:
    """What one event came to: the reply, and over how many entries a signed head has to be before it is anybody's (0: none)."""

    reply: Reply
    commit: int = 0


def run(data: bytes, context: Context) -> Reply:
    """Parse, judge or settle, record, and render the reply; every failure is an error of the project's tree."""
    prepared = prepare(data, context)
    if prepared.seen is not None and prepared.seen.sight.needs.trust:
        from web4_governance.app import awaited  # noqa: PLC0415  # most policies ask for no trust

        awaited.wait(prepared)
    from web4_governance.storage.writer import open_writer  # noqa: PLC0415  # what cannot be prepared opens nothing

    with open_writer(context.home, deadline=context.deadline) as ledger:
        before = standing(ledger, context.home)
        recorded = record(prepared, ledger)
        behind = before is not None and before.passed(context.now_us)
        ledger.commit()
    if prepared.fault is not None:
        raise prepared.fault
    if recorded.commit:
        from web4_governance.app import commit  # noqa: PLC0415  # of the calls that a rule names

        commit.wait(context.home, recorded.commit, context.deadline)
    if behind or ends(prepared):
        from web4_governance.app.detach import start_anchor  # noqa: PLC0415  # few events of a session

        start_anchor(context.home)
    return recorded.reply


def ends(prepared: Prepared) -> bool:
    """Say whether a head is to be signed after this event."""
    return prepared.event is not None and prepared.event.name in ENDS


def prepare(data: bytes, context: Context) -> Prepared:
    """Read the event and, for a call that is about to run, look at what it does."""
    adapter = AGENTS.get(context.agent)
    if adapter is None:
        message = f"no agent is called `{context.agent}`"
        raise UsageError(message, hint=f"agents are {', '.join(AGENTS)}")
    try:
        event = adapter.parse(data)
    except EventError as error:
        return Prepared(data=data, context=context, fault=error)
    if event.moment is Moment.OUTCOME and event.call and may_change_files(event.tool, event.input or {}):
        return Prepared(data=data, context=context, event=event, looked=_look_after(event, context))
    if event.moment is not Moment.GATE:
        return Prepared(data=data, context=context, event=event)
    from web4_governance.app import gate  # noqa: PLC0415  # each way's modules, for that way only

    return Prepared(data=data, context=context, event=event, seen=gate.prepare(event, context))


def _look_after(event: Event, context: Context) -> Looked | None:
    """Give what a call changed on the disk, where the host does not tell it."""
    if event.tool in TELLING and event.ending is not None:
        from web4_governance.core.lineage.told import told  # noqa: PLC0415  # of file tools alone

        if told(event.tool, event.input or {}, event.ending.output) is not None:
            return None
    from web4_governance.app.touched import look_after  # noqa: PLC0415  # which opens the ledger for reading

    return look_after(event, context)


def record(prepared: Prepared, ledger: Writer) -> Recorded:
    """Append what the event tells, in the writer's open transaction; the reply is nobody's before that is committed.

    Of an event that could not be read a gap is recorded; the reply is then nothing, and its fault what is to be told.
    """
    data, context, event = prepared.data, prepared.context, prepared.event
    adapter = AGENTS[context.agent]
    if event is None:
        from web4_governance.agents.reply import Reply  # noqa: PLC0415
        from web4_governance.app import gap  # noqa: PLC0415

        if prepared.fault is not None:
            gap.record(data, prepared.fault, context, ledger)
        return Recorded(reply=Reply())
    if prepared.seen is not None:
        from web4_governance.app import gate  # noqa: PLC0415

        answer = gate.decide(event, data, context, prepared.seen, ledger)
        return Recorded(reply=adapter.render(answer), commit=ledger.length if answer.commit else 0)
    from web4_governance.app import settle  # noqa: PLC0415

    return Recorded(reply=adapter.render(settle.record(event, data, context, ledger, prepared.looked)))
