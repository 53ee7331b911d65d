"""One agent saw what another did: a `witness` entry about that exact entry, made from the witness's own event (trust.md N).

Of three kinds: an agent that got its subagent's result, one that read a file which another agent, or another session,
changed last, and one whose command ran over such files. Nobody can witness for another: the witness is whoever the event is
of, and the entry names it. It stands in the chain of no session, signed with the ledger's next head as all entries are, and
says so. Within one ledger it moves no trust.
"""

from __future__ import annotations

import os

from web4_governance.app.touched import paths_of
from web4_governance.core.action import Effect
from web4_governance.core.event import Status
from web4_governance.core.evidence.subjects import instances
from web4_governance.core.lineage.lines import Keys
from web4_governance.core.record import build
from web4_governance.core.record.entry import Index, Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Ending
    from web4_governance.core.record.build import Body
    from web4_governance.core.record.entry import Stored

LOOKED_AT = 64  # calls of a session, the newest, among which a subagent's last is looked for
MOST_FILES = 16  # files whose last change is looked up after one call
RESULT, FILE, RUN = "result", "file", "run"
NAMED, BELOW = "named", "below"
READS: tuple[Json, ...] = (str(Effect.FILE_READ),)
RUNS: tuple[Json, ...] = (str(Effect.CODE_RUN),)
HEAD = "head"


def saw_result(pen: Pen, intent: str, ending: Ending) -> None:
    """Record that the event's agent got the result of its subagent: about the last call that the subagent ended."""
    child = build.ident(ending.child_agent)
    about = _last_of(pen, child) if child and ending.status is Status.SUCCEEDED else None
    if about is not None:
        _witness(pen, intent, *about, saw=RESULT)


def saw_file(pen: Pen, intent: str, changed: int) -> None:
    """Record that the event's agent read a file that another changed last, by the outcome at a place; once for each."""
    _about(pen, intent, changed, saw=FILE)


def saw_by(pen: Pen, intent: Stored, ending: Ending) -> None:
    """Record whose files a call read by name, and over whose it ran: those that it names, or else the newest of its project.

    That what was run read each file of its project is not known; the entry says `below` of those.
    """
    leaf, ended = intent.leaf.hex(), {"ended": str(ending.status)}
    read = paths_of(pen.ledger, intent.idx, READS) if ending.status is Status.SUCCEEDED else ()
    for place in _of_others(pen, _last_changes(pen, read)):
        _about(pen, leaf, place, saw=FILE)
    if not _runs(intent):
        return
    named = _last_changes(pen, paths_of(pen.ledger, intent.idx, RUNS))
    below = () if named else _below(pen, intent)
    for place in _of_others(pen, named or below):
        _about(pen, leaf, place, saw=RUN, more={**ended, "over": NAMED if named else BELOW})


def _about(pen: Pen, intent: str, changed: int, *, saw: str, more: Body | None = None) -> None:
    """Write about the outcome at a place, by which a file was changed last."""
    outcome = pen.ledger.entry(changed)
    made = _intent_of(pen, outcome) if outcome is not None else None
    if outcome is not None and made is not None:
        _witness(pen, intent, made, outcome, saw=saw, more=more)


def _runs(intent: Stored) -> bool:
    listed = at(intent.body(), "request.deeds")
    return isinstance(listed, list) and any(at(deed, "effect") in RUNS for deed in listed)


def _last_changes(pen: Pen, paths: Iterable[str]) -> tuple[int, ...]:
    """Give the places of the outcomes that changed these files last, each once."""
    keys = Keys(pen.ledger.secret)
    found = (pen.ledger.lineage.last_change(keys.path(os.path.realpath(path))) for path in [*paths][:MOST_FILES])
    return tuple(dict.fromkeys(place for place in found if place >= 0))


def _below(pen: Pen, intent: Stored) -> tuple[int, ...]:
    """Give the places of the outcomes that changed files of a call's project last, the newest first."""
    project = pen.ledger.opening(intent.idx, "request.project")
    held = pen.ledger.lineage.held_below(project, MOST_FILES) if isinstance(project, str) else ()
    return tuple(dict.fromkeys(one.idx for one in held))


def _of_others(pen: Pen, places: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out what the event's own agent changed."""
    calls = pen.ledger.lineage.calls(places) if places else {}
    mine = (pen.event.session, pen.event.agent_id)
    return tuple(place for place in places if place in calls and (calls[place].session, calls[place].agent_id) != mine)


def _witness(pen: Pen, intent: str, made: Stored, outcome: Stored, *, saw: str, more: Body | None = None) -> None:
    event, body = pen.event, made.body()
    other = _instance(made.session, str(at(body, "role.agent_id") or ""))
    mine, about = _instance(event.session, event.agent_id), outcome.leaf.hex()
    once = build.digest_key("witness", mine, about, saw)
    if other == mine or pen.ledger.by_identity(once) is not None:
        return
    witness: dict[str, Json] = {
        "by": pen.entities()["agent"],
        "by_instance": mine,
        "of": str(at(body, "role.entities.agent") or ""),
        "of_instance": other,
        "domain": pen.ledger.origin,
        "saw": saw,
        **(more or {}),
        "status": str(at(outcome.body(), "result.status") or ""),
        "signed_by": HEAD,
    }
    found: Body = {
        "agent": event.agent,
        "event": build.word(event.name),
        "role": pen.role(),
        "witness": witness,
        "reference": {"intent": intent, "about": about},
    }
    pen.append_apart(Kind.WITNESS, found, pen.keeper(), Index(identity=once))


def _instance(session: str, agent_id: str) -> str:
    """Name who acted: the subagent, or the session where it was the main agent."""
    found = instances(session, agent_id)
    return found["subagent" if agent_id else "session"]


def _intent_of(pen: Pen, outcome: Stored) -> Stored | None:
    """Give the intent that an outcome closes."""
    body = outcome.body()
    intents = pen.ledger.entries_of(outcome.session, kind=str(Kind.INTENT), call=str(at(body, "request.call") or ""))
    leaf = at(body, "reference.intent")
    return next((one for one in intents if one.leaf.hex() == leaf), None)


def _last_of(pen: Pen, child: str) -> tuple[Stored, Stored] | None:
    """Give the intent and the outcome of the subagent's last ended call."""
    session = pen.event.session
    for intent in reversed(pen.ledger.recent_of(session, child, LOOKED_AT)):
        body = intent.body()
        if at(body, "role.agent_id") != child:
            continue
        outcomes = pen.ledger.entries_of(session, kind=str(Kind.OUTCOME), call=str(at(body, "request.call")))
        mine = [one for one in outcomes if at(one.body(), "reference.intent") == intent.leaf.hex()]
        if mine:
            return intent, mine[-1]
    return None
