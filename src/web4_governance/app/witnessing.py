"""One agent saw what another did: a `witness` entry about that exact entry, made from the witness's own event (trust.md N).

Of two kinds: an agent that got its subagent's result, and one that read a file which another agent, or another session,
changed last. Nobody can witness for another: the witness is whoever the event is of, and the entry names it. It stands in
the chain of no session, signed with the ledger's next head as all entries are, and says so. Within one ledger it moves no
trust.
"""

from __future__ import annotations

from web4_governance.core.event import Status
from web4_governance.core.evidence.subjects import instances
from web4_governance.core.record import build
from web4_governance.core.record.entry import Index, Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Ending
    from web4_governance.core.record.build import Body
    from web4_governance.core.record.entry import Stored

LOOKED_AT = 64  # calls of a session, the newest, among which a subagent's last is looked for
RESULT, FILE = "result", "file"
HEAD = "head"


def saw_result(pen: Pen, intent: str, ending: Ending) -> None:
    """Record that the event's agent got the result of its subagent: about the last call that the subagent ended."""
    child = build.ident(ending.child_agent)
    about = _last_of(pen, child) if child and ending.status is Status.SUCCEEDED else None
    if about is not None:
        _witness(pen, intent, *about, saw=RESULT)


def saw_file(pen: Pen, intent: str, changed: int) -> None:
    """Record that the event's agent read a file that another changed last, by the outcome at a place; once for each."""
    outcome = pen.ledger.entry(changed)
    made = _intent_of(pen, outcome) if outcome is not None else None
    if outcome is not None and made is not None:
        _witness(pen, intent, made, outcome, saw=FILE)


def _witness(pen: Pen, intent: str, made: Stored, outcome: Stored, *, saw: str) -> None:
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
    for intent in reversed(pen.ledger.recent(session, str(Kind.INTENT), LOOKED_AT)):
        body = intent.body()
        if at(body, "role.agent_id") != child:
            continue
        outcomes = pen.ledger.entries_of(session, kind=str(Kind.OUTCOME), call=str(at(body, "request.call")))
        mine = [one for one in outcomes if at(one.body(), "reference.intent") == intent.leaf.hex()]
        if mine:
            return intent, mine[-1]
    return None
