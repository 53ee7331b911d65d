"""What became of calls: outcomes closing intents, and everything else a session tells (docs/spec/lifecycle.md).

A call is joined to its intent by the host's call id, never by "the last one". A call first seen at its end gets a late
intent. A call is closed once; whatever later event speaks of it changes nothing, except that work which went to the
background (`started`) is closed again by its completion.
"""

from __future__ import annotations

import os

from web4_governance.agents.reply import Answer
from web4_governance.app.gate import (
    SAYS,
    counted_by,
    mode_of,
    record_intent,
    record_policy,
    same_of,
    verdict_on,
    with_counts,
)
from web4_governance.app.greet import greeting
from web4_governance.app.look import look
from web4_governance.app.pen import Pen
from web4_governance.core.action import Effect, McpServer
from web4_governance.core.event import DeniedBy, Ending, Moment, Status
from web4_governance.core.evidence.observe import REVERTED
from web4_governance.core.lineage.lines import Keys
from web4_governance.core.lineage.tools import READ, TELLING
from web4_governance.core.policy import Decision
from web4_governance.core.record import build
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.changed import Changed
    from web4_governance.app.context import Context
    from web4_governance.app.touched import Looked
    from web4_governance.app.undone import Undone
    from web4_governance.core.event import BatchCall, Completion, Event
    from web4_governance.core.record.build import Body
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.writer import Writer

MAX_OPEN = 64
MAX_STARTED = 512
MAX_HEAD = 400
UNCONFIRMED = "unconfirmed"
CHANGED = "input-changed"
INPUT = "request.input"
BY_TEXT_ALONE = (DeniedBy.UNATTRIBUTED, DeniedBy.PERSON)
ASKS = f"web4-governance {SAYS[Decision.ASK]}"
MAX_FILLED = 16
ASKED = "asked"
INTENTS = (str(Kind.INTENT), str(Kind.CANARY))
ENDED = (Status.SUCCEEDED, Status.FAILED)


def settle(event: Event, data: bytes, context: Context) -> Answer:
    """Record one event that no longer can be stopped; give what is to be said about it, mostly nothing."""
    with open_writer(context.home, deadline=context.deadline) as ledger:
        answer = record(event, data, context, ledger)
        ledger.commit()
    return answer


def record(event: Event, data: bytes, context: Context, ledger: Writer, looked: Looked | None = None) -> Answer:
    """Append what one event tells, in the writer's open transaction; the answer holds once that is committed."""
    pen = Pen(ledger, event, context)
    # A batch is a list of calls, each of which is closed once; it appends nothing of its own.
    fresh = bool(event.call) or event.moment is Moment.BATCH or pen.first_delivery(data)
    return _record(pen, looked) if fresh else Answer(event=event.name)


def _record(pen: Pen, looked: Looked | None) -> Answer:
    match pen.event.moment:
        case Moment.OUTCOME:
            close(pen, pen.event.ending or Ending(status=Status.SUCCEEDED), looked=looked)
        case Moment.BATCH:
            for call in pen.event.calls:
                _batch_call(pen, call)
            _fill_in(pen)
        case Moment.ASKED:
            _asked(pen)
        case Moment.PROMPT:
            _prompt(pen)
        case Moment.SESSION:
            return _session(pen)
        case Moment.STOP | Moment.OTHER | Moment.GATE:
            if pen.event.moment is Moment.STOP:
                _sweep(pen)
            happened(pen, Kind.EVENT)
    return Answer(event=pen.event.name)


def happened(pen: Pen, kind: Kind, *, links: Body | None = None, resource: Body | None = None) -> str:
    """Append an entry that says that something happened."""
    keep = pen.keeper()
    body = build.happening(pen.event, keep=keep, who=pen.role(), links={**pen.links(), **(links or {})})
    if resource:
        body["resource"] = resource
    return pen.append(kind, body, keep)


def close(
    pen: Pen, ending: Ending, *, inferred: bool = False, confirmed: bool = True, looked: Looked | None = None
) -> None:
    """Append the outcome of the event's call, making a late intent first where there is none."""
    intent = intent_of(pen)
    pen = _as_caller(pen, intent)
    event, ledger = pen.event, pen.ledger
    once = build.identity(event) if event.call else b""
    if once and ledger.by_identity(once) is not None:
        return
    ended = _status(pen, intent)
    if ended and not (ended == str(Status.STARTED) and ending.status is not Status.STARTED):
        return
    leaf = intent.leaf.hex() if intent is not None else _late_intent(pen)
    begun = (intent.idx, intent.ts) if intent is not None else (ledger.length - 1, pen.context.now_us)
    if intent is not None and at(intent.body(), "secrets_removed"):  # what was taken out of the call, it may say again
        pen.keeper().learn(event.input or {})
    pen.words_before(intent=leaf)
    answer = str(at(intent.body(), "rules.answer")) if intent is not None else ""
    asked = _was_asked(pen, event.call)
    ending = attributed(ending, answer=answer, asked=asked)
    ran = answer == "deny" and ending.status is not Status.DENIED
    flags = [*(["ran-despite-deny"] if ran else []), *([] if confirmed else [UNCONFIRMED])]
    flags += [CHANGED] if intent is not None and _is_changed(pen, intent) else []
    files = _files(pen, ending, begun, looked)
    undone = _undone(pen, intent, files)
    flags += [REVERTED] if undone is not None and undone.own else []
    links: Body = {"intent": leaf, **({"reverts": [*undone.leaves]} if undone is not None and undone.leaves else {})}
    keep = pen.keeper()
    body = build.outcome(
        event,
        ending,
        keep=keep,
        links=links,
        who=pen.role(),
        authorised=_authorised(pen, ending, answer=answer, asked=asked, inferred=inferred),
        files=[one.change.to_json() for one in files],
        usage=_usage(pen),
        flags=flags,
        looked=looked is not None and looked.whole,
    )
    pen.append(Kind.OUTCOME, body, keep, pen.index(identity=once, status=str(ending.status)))
    _note(pen, leaf, ending, files)
    if intent is not None and confirmed:
        _notice(pen, intent, ending)
    if intent is not None and ending.status is Status.DENIED:
        pen.ledger.give_back(intent.idx, intent.ts, tuple(counted_by(intent)))


def _files(pen: Pen, ending: Ending, begun: tuple[int, int], looked: Looked | None) -> tuple[Changed, ...]:
    """Give the files that the call changed; most calls change none, and load nothing of this."""
    if looked is None and pen.event.tool not in TELLING:
        return ()
    from web4_governance.app.changed import changed_by  # noqa: PLC0415  # see above

    return changed_by(pen, ending, begun, looked)


def _undone(pen: Pen, intent: Stored | None, files: tuple[Changed, ...]) -> Undone | None:
    """Give which earlier edits are taken back; a call that changes no file takes back none, and loads nothing of this."""
    if not files:
        return None
    from web4_governance.app.undone import undone_by  # noqa: PLC0415  # see above

    return undone_by(pen, intent, files)


def _note(pen: Pen, leaf: str, ending: Ending, files: tuple[Changed, ...]) -> None:
    """Note what the call whose outcome was just appended saw and changed, and whose work it got."""
    if pen.event.tool == READ and ending.status is Status.SUCCEEDED:
        _saw(pen, pen.ledger.length - 1, leaf)
    if files:
        from web4_governance.app.changed import note  # noqa: PLC0415  # as above

        note(pen, files)
    if ending.child_agent:
        from web4_governance.app import witnessing  # noqa: PLC0415  # few calls make a subagent

        witnessing.saw_result(pen, leaf, ending)


def _notice(pen: Pen, intent: Stored, ending: Ending) -> None:
    """Let the agent witness what it read, or ran, by a call that is no plain read of one file."""
    if pen.event.tool == READ or ending.status not in ENDED:
        return
    listed = at(intent.body(), "request.deeds")
    effects = {at(deed, "effect") for deed in listed} if isinstance(listed, list) else set()
    if effects & {str(Effect.FILE_READ), str(Effect.CODE_RUN)}:
        from web4_governance.app import witnessing  # noqa: PLC0415  # as above

        witnessing.saw_by(pen, intent, ending)


def _saw(pen: Pen, here: int, intent: str) -> None:
    """Note that the agent saw a file: what others change from then on, it does not know of; what they changed, it saw."""
    given = pen.event.input or {}
    path = given.get("file_path")
    if isinstance(path, str) and path.startswith("/"):
        key = Keys(pen.ledger.secret).path(build.clean_text(os.path.realpath(path)))
        pen.ledger.saw(key, pen.event.session, pen.event.agent_id, here, b"")
        last = pen.ledger.lineage.last_change(key)
        if last >= 0:
            from web4_governance.app import witnessing  # noqa: PLC0415  # only where somebody changed the file

            witnessing.saw_file(pen, intent, last)


def _is_changed(pen: Pen, intent: Stored) -> bool:
    """Say whether a call's end came with another input than was judged: another hook changed it (lifecycle.md E4)."""
    event = pen.event
    if event.moment is not Moment.OUTCOME or event.input is None or pen.ledger.same_as(intent.idx, same_of(pen)):
        return False
    from web4_governance.core.ledger.likeness import Likeness, likeness  # noqa: PLC0415  # only where they differ

    judged = pen.ledger.opening(intent.idx, INPUT)
    return likeness(event.input, tool=event.tool, same=b"", judged=judged, secret=b"") is Likeness.OTHER


def attributed(ending: Ending, *, answer: str, asked: bool) -> Ending:
    """Say who denied a call, from our own answer and from whether the host was seen to ask."""
    if ending.status is not Status.DENIED:
        return ending
    if answer == "deny":
        return replace(ending, denied_by=DeniedBy.GATE)
    if ending.denied_by is DeniedBy.GATE:  # a hook said no, and it was not ours
        return replace(ending, denied_by=DeniedBy.HOST_RULE)
    if ending.denied_by is DeniedBy.UNATTRIBUTED and answer == "ask" and not asked:  # the host had nobody to ask
        return replace(ending, denied_by=DeniedBy.HOST_RULE)
    return ending


def intent_of(pen: Pen) -> Stored | None:
    """Give the intent of the event's call, if it was seen; an outcome that names no call closes none.

    Ids are the host's, and an equal one may be of another call: it is the agent's own, and the one with this input, where
    the id alone does not tell; of another agent only with the very same input.
    """
    event, ledger = pen.event, pen.ledger
    listed = ledger.entries_of(event.session, call=event.call) if event.call else ()
    found = [one for kind in INTENTS for one in listed if one.kind == kind]
    own = [one for one in found if _agent_of(one) == event.agent_id]
    if event.input is None:
        return next(iter(own or found), None)
    if len(own) == 1:
        return own[0]
    same = same_of(pen) if found else b""
    return next((one for one in own or found if ledger.same_as(one.idx, same)), next(iter(own), None))


def _agent_of(intent: Stored) -> str:
    return str(at(intent.body(), "role.agent_id") or "")


def _as_caller(pen: Pen, intent: Stored | None) -> Pen:
    """Give the pen that writes as the agent whose call it is: a batch may list what another one called."""
    if intent is None or _agent_of(intent) == pen.event.agent_id:
        return pen
    agent_type = str(at(intent.body(), "role.agent_type") or "")
    return pen.about(replace(pen.event, agent_id=_agent_of(intent), agent_type=agent_type))


def _status(pen: Pen, intent: Stored | None) -> str:
    """Say how the call of an intent ended; empty while it is open, or was never seen."""
    return "" if intent is None else pen.ledger.status_of(pen.event.session, pen.event.call, _agent_of(intent))


def _late_intent(pen: Pen) -> str:
    event = replace(pen.event, input=pen.event.input or {})
    sight = with_counts(look(event, pen.context), pen)
    verdict = verdict_on(sight, event, unbound=True)
    record_policy(pen, sight.loaded)
    return record_intent(pen, sight, verdict, once=b"", late=True, mode=mode_of(sight, is_off=False))


def _batch_call(pen: Pen, call: BatchCall) -> None:
    event = replace(pen.event, call=call.call, tool=call.tool, input=call.input, calls=(), mcp=_mcp_of(call.tool))
    about = pen.about(event)
    intent = intent_of(about)
    if not call.call or _status(about, intent):
        return
    ending = pen.adapter.ending_of_batch_call(call)
    confirmed = True
    if ending.denied_by in BY_TEXT_ALONE:
        # Any tool could have printed this text, and its own event be lost: without other evidence it denies nothing.
        told = pen.adapter.ending_in(pen.tail(), call.call)
        confirmed = told is not None or _is_borne_out(about, intent, ending)
        ending = told or (ending if confirmed else Ending(status=Status.SUCCEEDED, output=call.response))
    close(about, ending, inferred=True, confirmed=confirmed)


def _is_borne_out(pen: Pen, intent: Stored | None, ending: Ending) -> bool:
    """Say whether what was seen before bears out a denial that is told by a text: our own question, or the host's."""
    asks = intent is not None and at(intent.body(), "rules.answer") == str(Decision.ASK)
    if ending.denied_by is DeniedBy.PERSON:
        return asks or _was_asked(pen, pen.event.call)
    return asks and ASKS in ending.error[:MAX_HEAD]


def _mcp_of(tool: str) -> McpServer | None:
    parts = tool.split("__")
    return McpServer(name=parts[1]) if tool.startswith("mcp__") and len(parts) > 2 else None  # noqa: PLR2004


def _asked(pen: Pen) -> None:
    """Record that the host asks a person; the event names no call, so it is joined by the equal action among the open."""
    content = pen.keeper().clean(pen.event.input or {})
    same = build.same_action(pen.ledger.secret, pen.event.tool, content)
    for intent in reversed(pen.ledger.open_intents(pen.event.session, MAX_OPEN)):
        if pen.ledger.same_as(intent.idx, same):
            call = str(at(intent.body(), "request.call"))
            asking = pen.about(replace(pen.event, call=call, detail=ASKED))
            asking.delivery = pen.delivery
            happened(asking, Kind.EVENT, links={"intent": intent.leaf.hex()})
            return
    happened(pen, Kind.EVENT)


def _was_asked(pen: Pen, call: str) -> bool:
    events = pen.ledger.entries_of(pen.event.session, kind=str(Kind.EVENT), call=call) if call else ()
    return any(at(entry.body(), "detail") == ASKED for entry in events)


def _prompt(pen: Pen) -> None:
    _sweep(pen)
    happened(pen, Kind.PROMPT)
    for work in pen.event.completions:
        _completed(pen, work)


def _completed(pen: Pen, work: Completion) -> None:
    """Close the work that went to the background, if the host says how it ended: no ending, no outcome."""
    call = build.ident(work.call) or _call_of_task(pen, work.task)
    about = pen.about(replace(pen.event, call=call, text="", input=None))
    intent = intent_of(about)
    if intent is None or work.ending is None or _status(about, intent) != str(Status.STARTED):
        return
    tool = str(at(intent.body(), "request.tool"))
    close(pen.about(replace(about.event, tool=tool)), work.ending, inferred=True)


def _call_of_task(pen: Pen, task: str) -> str:
    """Give the call that started a task, where the host names only the task."""
    known = build.ident(task)
    for outcome in reversed(pen.ledger.recent(pen.event.session, str(Kind.OUTCOME), MAX_STARTED)) if known else ():
        body = outcome.body()
        if at(body, "result.status") == str(Status.STARTED) and at(body, "result.task") == known:
            return str(at(body, "request.call"))
    return ""


def _session(pen: Pen) -> Answer:
    if pen.event.detail == "end":
        _sweep(pen)
    sight = look(replace(pen.event, tool="", input={}), pen.context)
    record_policy(pen, sight.loaded)
    happened(pen, Kind.SESSION, resource=_cost(pen) if pen.event.detail == "end" else None)
    name = pen.event.name
    if pen.event.detail == "end":
        return Answer(event=name, message=pen.ledger.session_summary(pen.event.session))
    return Answer(event=name, reason=greeting(sight.loaded, pen.context) if pen.settings.session_notice else "")


def _cost(pen: Pen) -> Body:
    """Give what the session cost by the host's own count, in millionths of a US dollar."""
    cost = pen.adapter.cost_of(pen.tail())
    return {"cost_micro_usd": cost, "measured": True} if cost >= 0 else {}


def _sweep(pen: Pen) -> None:
    """Close calls that ended without an event, if the transcript says how: a person's refusal, an interruption."""
    _fill_in(pen)
    if not pen.tail():
        return
    for intent in pen.ledger.open_intents(pen.event.session, MAX_OPEN):
        body = intent.body()
        call = str(at(body, "request.call"))
        if str(at(body, "role.agent_id") or "") != pen.event.agent_id:
            continue
        ending = pen.adapter.ending_in(pen.tail(), call)
        if ending is None:
            continue
        event = replace(pen.event, call=call, tool=str(at(body, "request.tool")), text="", extra=None)
        close(pen.about(event), ending, inferred=True)


def _authorised(pen: Pen, ending: Ending, *, answer: str, asked: bool, inferred: bool) -> Body:
    """Say by whom the call was let through; the host tells nobody, so mostly it is inferred from what was seen."""
    if ending.status is Status.DENIED:
        return {}
    source, reason = pen.adapter.permission_of(pen.tail(), pen.told_call)
    if source:
        by = "person" if source.startswith("user") else ("rule" if source == "hook" else "mode")
        return {"by": by, "how": "corroborated", "source": build.word(source), "reason": build.word(reason)}
    if asked or answer == "ask":
        return {"by": "person", "how": "inferred"}
    if pen.event.permission_mode:
        return {"by": "mode", "mode": build.word(pen.event.permission_mode), "how": "inferred"}
    return {"by": "unknown", "how": "inferred"} if inferred else {}


def _usage(pen: Pen) -> Body:
    """Give tokens and model of the message that made the call, from the transcript, and of a subagent from the host."""
    ending = pen.event.ending
    said = pen.adapter.words_before(pen.tail(), pen.told_call) if pen.event.call else None
    body: Body = build.usage_of(said) if said is not None else {}
    if ending is not None and ending.usage:
        body["child_tokens"] = dict(ending.usage)
        body["child_model"] = build.word(ending.model)
    return body


def _fill_in(pen: Pen) -> None:
    """Record the words behind calls whose transcript lines came after their events: as entries of their own, later."""
    if not pen.tail():
        return
    for intent in pen.ledger.recent(pen.event.session, str(Kind.INTENT), MAX_FILLED):
        body = intent.body()
        call = str(at(body, "request.call"))
        if str(at(body, "role.agent_id") or "") == pen.event.agent_id:
            pen.about(replace(pen.event, call=call)).words_before(intent=intent.leaf.hex())
