"""One agent saw what another did: a `witness` entry about that exact entry, made from the witness's own event (trust.md N).

So far of one kind: an agent that got its subagent's result. Nobody can witness for another: the witness is whoever the event
is of, and the entry names it. It stands in the chain of no session, signed with the ledger's next head as all entries are,
and says so. Within one ledger it moves no trust.
"""

from __future__ import annotations

from web4_governance.core.event import Status
from web4_governance.core.evidence.subjects import instances
from web4_governance.core.record import build
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Ending
    from web4_governance.core.record.build import Body

LOOKED_AT = 64  # calls of a session, the newest, among which a subagent's last is looked for
RESULT = "result"
HEAD = "head"


def saw_result(pen: Pen, intent: str, ending: Ending) -> None:
    """Record that the event's agent got the result of its subagent: about the last call that the subagent ended."""
    child = build.ident(ending.child_agent)
    if not child or ending.status is not Status.SUCCEEDED:
        return
    about = _last_of(pen, child)
    if about is None:
        return
    who = pen.entities()["agent"]
    witness: dict[str, Json] = {
        "by": who,
        "of": about["agent"],
        "instance": instances(pen.event.session, child)["subagent"],
        "domain": pen.ledger.origin,
        "saw": RESULT,
        "status": about["status"],
        "signed_by": HEAD,
    }
    body: Body = {
        "agent": pen.event.agent,
        "event": build.word(pen.event.name),
        "role": pen.role(),
        "witness": witness,
        "reference": {"intent": intent, "about": about["leaf"]},
    }
    pen.append_apart(Kind.WITNESS, body, pen.keeper())


def _last_of(pen: Pen, child: str) -> dict[str, str] | None:
    """Give the subagent's last ended call: its name, and the leaf and end of the outcome."""
    session = pen.event.session
    for intent in reversed(pen.ledger.recent(session, str(Kind.INTENT), LOOKED_AT)):
        body = intent.body()
        if at(body, "role.agent_id") != child:
            continue
        outcomes = pen.ledger.entries_of(session, kind=str(Kind.OUTCOME), call=str(at(body, "request.call")))
        mine = [one for one in outcomes if at(one.body(), "reference.intent") == intent.leaf.hex()]
        if mine:
            ended = str(at(mine[-1].body(), "result.status"))
            return {"agent": str(at(body, "role.entities.agent") or ""), "leaf": mine[-1].leaf.hex(), "status": ended}
    return None
