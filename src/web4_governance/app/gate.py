"""The call that is about to run: judged, recorded, and only then answered.

INVARIANT: nothing is answered before the intent that says so is durable. The one exception is a person's own `off`,
under which nothing is bound and a ledger that cannot be written does not hold the call.
"""

from __future__ import annotations

import os

from web4_governance.agents.reply import Answer
from web4_governance.app import grants, off, policies
from web4_governance.app.look import look
from web4_governance.app.pen import Pen
from web4_governance.core.effects import changed_paths
from web4_governance.core.errors import EntryTooLarge
from web4_governance.core.lineage.lines import ABSENT, Keys, digest_of
from web4_governance.core.lineage.tools import TELLING
from web4_governance.core.policy import Decision, judge, lower_ask, strictest
from web4_governance.core.record import build
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace, value
from web4_governance.storage.writer import LONGEST, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.context import Context
    from web4_governance.app.look import Sight
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Event
    from web4_governance.core.policy import Verdict
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.writer import Writer

CANARY = "web4-canary-"
MAX_PRECEDENTS = 3
MAX_EDITS = 16
MOST_TYPED = 100
LISTED = (build.MAX_LISTED, 16, 4, 0)
SAYS = {Decision.WARN: "warns", Decision.ASK: "asks a person", Decision.DENY: "denied this call"}


@value
class Seen:
    """A call that was looked at, short of what only the ledger knows; `is_off` is whether the person switched the gate off."""

    sight: Sight
    is_off: bool


def gate(event: Event, data: bytes, context: Context) -> Answer:
    """Judge one call and record its intent; give what the agent is to hear."""
    seen = prepare(event, context)
    with open_writer(context.home, deadline=context.deadline) as ledger:
        answer = decide(event, data, context, seen, ledger)
        ledger.commit()
        return answer


def prepare(event: Event, context: Context) -> Seen:
    """Look at one call: all that judging it needs and that does not have to happen under the lock."""
    return Seen(sight=look(event, context), is_off=off.in_force(context.home, context.now_us))


def decide(event: Event, data: bytes, context: Context, seen: Seen, ledger: Writer) -> Answer:
    """Judge one call and append its intent, in the writer's open transaction; the answer holds once that is committed."""
    sight, is_off = seen.sight, seen.is_off
    pen = Pen(ledger, event, context)
    pen.know(sight.loaded.policy.packs)
    once = build.identity(pen.event) if event.call else b""
    earlier = ledger.by_identity(once) if once else None
    other = earlier is not None and not ledger.same_as(earlier.idx, same_of(pen))
    # An equal call id with another input is another call, whoever made it up: it is recorded, once for each input.
    known_by = build.identity(pen.event, same_of(pen)) if other else once
    again = ledger.by_identity(known_by) if other else earlier
    sight = with_counts(sight, pen, again=again)
    verdict = verdict_on(sight, event, unbound=is_off)
    fresh = again is None if known_by else pen.first_delivery(data)
    if fresh:
        record_policy(pen, sight.loaded)
        pen.words_before()
        record_intent(pen, sight, verdict, once=known_by, late=False, mode=mode_of(sight, is_off=is_off))
        windows = {need.key: need.window_us for need in sight.needs.limits}
        for key in verdict.taken if verdict.answer is not Decision.DENY else ():
            ledger.tick(key, context.now_us, window=windows.get(key, LONGEST))
        if not is_off:
            grants.take(ledger, verdict, now_us=context.now_us)
    return answer_of(verdict, earlier, ledger, event)


def verdict_on(sight: Sight, event: Event, *, unbound: bool) -> Verdict:
    """Judge by what was found, limits and grants included."""
    verdict = lower_ask(judge(sight.loaded.policy, sight.action, sight.facts), event.permission_mode)
    if unbound:
        return replace(verdict, binding=False, answer=Decision.ALLOW, host_allow=False, commit=False)
    return verdict


def with_counts(sight: Sight, pen: Pen, *, again: Stored | None = None) -> Sight:
    """Add the count of each limit that the policy asks about, what others edited, and the grants that hold for this call.

    Inside the transaction that records the call, so that no two calls take the same last place. `again` is the intent that
    recorded this very call: what it counted then counts for its second delivery too, which took nothing.
    """
    now = pen.context.now_us
    counted = counted_by(again)
    limits = {
        need.key: counted.get(need.key, pen.ledger.count(need.key, now - need.window_us)) for need in sight.needs.limits
    }
    edited = edited_by_others(pen, sight.needs.edits)
    held = grants.holding(pen.ledger, pen.event.session, now_us=now, does=lambda idx: does_again(pen, idx), again=again)
    facts = replace(sight.facts, limits=limits, grants=held, edited=edited, altered=altered_since(pen, sight))
    if sight.needs.trust:
        from web4_governance.app import consult  # noqa: PLC0415  # most policies do not ask for it

        seen = consult.again(again) if again is not None else None
        seen = seen or consult.consult(pen.ledger, consult.everybody(pen), sight.needs.trust, kept=pen.context.memory)
        return replace(sight, facts=replace(facts, trust=seen.facts), consulted=seen.record)
    return replace(sight, facts=facts)


def edited_by_others(pen: Pen, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Give the paths that another agent changed since this one last saw them, and that do not lie there as it saw them."""
    if not paths:
        return ()
    event, keys = pen.event, Keys(pen.ledger.secret)
    found = []
    for path in paths[:MAX_EDITS]:
        real = os.path.realpath(path)
        was = pen.ledger.seen_before_others(keys.path(build.clean_text(real)), event.session, event.agent_id)
        if was is not None and _now(real, keys) != was:
            found.append(path)
    return tuple(found)


def altered_since(pen: Pen, sight: Sight) -> tuple[str, ...]:
    """Give the files of the project that a call is to change and that are not as the ledger last saw them.

    What the call makes of such a file is not its work alone. A tool that tells what it changes needs none of it.
    """
    inside = os.path.join(sight.action.project, "")
    if pen.event.tool in TELLING or not sight.action.project:
        return ()
    real = (sight.facts.real.get(path, path) for path in changed_paths(sight.action))
    paths = [path for path in dict.fromkeys(real) if path.startswith(inside) and path not in sight.facts.absent]
    if not paths:
        return ()
    from web4_governance.app.lying import mark_of  # noqa: PLC0415  of commands that change files of a project

    keys, lineage, found = Keys(pen.ledger.secret), pen.ledger.lineage, []
    for path in paths[:MAX_EDITS]:
        held = lineage.held(keys.path(build.clean_text(path)))
        if held is not None and mark_of(path)[0] not in ("", held.mark) and _now(path, keys) != held.lines.content:
            found.append(path)
    return tuple(found)


def _now(path: str, keys: Keys) -> bytes:
    from web4_governance.app.lying import content_at  # noqa: PLC0415  # only where another agent wrote

    content = content_at(path)
    return ABSENT if content is None else keys.content(digest_of(content))


def counted_by(intent: Stored | None) -> dict[str, int]:
    """Give the counts of limits that an intent was judged by."""
    found = at(intent.body(), "rules.limits") if intent is not None else None
    pairs = [(at(one, "key"), at(one, "count")) for one in found] if isinstance(found, list) else []
    return {str(key): count for key, count in pairs if isinstance(count, int)}


def record_intent(pen: Pen, sight: Sight, verdict: Verdict, *, once: bytes, late: bool, mode: str) -> str:
    """Append the intent of this call and give its leaf in hex."""
    event, ledger = pen.event, pen.ledger
    same = same_of(pen)
    earlier = ledger.leaves_of(same, MAX_PRECEDENTS)
    precedents: list[Json] = [{"leaf": leaf.hex(), "status": status} for leaf, status in earlier]
    links = {**pen.links(), **({"precedents": precedents} if precedents else {})}
    facts = sight.facts
    kind = Kind.CANARY if event.session.startswith(CANARY) else Kind.INTENT
    for listed in LISTED:
        keep = pen.keeper()
        trusted: dict[str, Json] = {"trust": sight.consulted} if sight.consulted is not None else {}
        body = build.intent(
            event,
            sight.action,
            verdict,
            sight.loaded.policy,
            facts,
            keep=keep,
            mode=mode,
            late=late,
            who={**pen.role(), "entities": {**pen.entities()}, **trusted},
            links=links,
            listed=listed,
        )
        index = build.index_of(event, sight.action, verdict, keep, once=once, same=same)
        try:
            return pen.append(kind, body, keep, index)
        except EntryTooLarge:
            continue  # many deeds under rules with long names: what is listed is cut, the commitment to all of it stays
    raise EntryTooLarge("the call's record does not fit into an entry")


def same_of(pen: Pen) -> bytes:
    """Give the HMAC by which this call's action is known again."""
    return build.same_action(pen.ledger.secret, pen.event.tool, pen.keeper().clean(pen.event.input or {}))


def does_again(pen: Pen, idx: int) -> bool:
    """Say whether this call does what the intent at a place was for."""
    content = pen.keeper().clean(pen.event.input or {})
    same = build.same_action(pen.ledger.secret, pen.event.tool, content)
    return grants.does_the_same(pen.ledger, idx, pen.event.tool, content, same)


def mode_of(sight: Sight, *, is_off: bool) -> str:
    """Say in one word whether a denial would have held: `enforce`, `dry-run`, or `off`."""
    if is_off:
        return "off"
    return "enforce" if sight.loaded.policy.enforcing else "dry-run"


def record_policy(pen: Pen, loaded: policies.Loaded) -> None:
    """Append a `policy` entry when what is in force, or what is broken, is not what the ledger last said."""
    state = "\n".join([loaded.policy.digest, *loaded.broken])
    if pen.ledger.meta("policy") == state:
        return
    keep = pen.keeper()
    body: dict[str, Json] = {
        "rules": {
            "policy": loaded.policy.digest,
            "mode": "enforce" if loaded.policy.enforcing else "dry-run",
            "document": keep.commit("rules.document", loaded.policy.as_json(), own=True),
            "sources": keep.commit("rules.sources", [[str(s.layer), s.path] for s in loaded.sources], own=True),
        }
    }
    if loaded.broken:
        body["broken"] = keep.commit("broken", list(loaded.broken), own=True)
    pen.append_apart(Kind.POLICY, body, keep)
    pen.ledger.set_meta("policy", state)


def answer_of(verdict: Verdict, earlier: Stored | None, ledger: Writer, event: Event) -> Answer:
    """Give the answer: for a second delivery the stricter of the recorded decision and this one.

    The ids of calls are the model service's, so an equal id with another input is somebody's forgery: it must not
    borrow the first one's permission.
    """
    decision = verdict.answer
    reasons = verdict.reasons
    if earlier is not None:
        recorded = Decision(str(at(earlier.body(), "rules.answer")))
        if strictest((recorded, decision)) is not decision:
            decision = recorded
            kept = ledger.opening(earlier.idx, "rules.reasons")
            reasons = tuple(str(reason) for reason in kept) if isinstance(kept, list) else verdict.reasons
    if decision is Decision.ALLOW:
        return Answer(event=event.name, decision=str(decision), host_allow=verdict.host_allow, commit=verdict.commit)
    commit = verdict.commit and decision is not Decision.DENY
    text = f"web4-governance {SAYS[decision]}: {reason_text(verdict, reasons)}"
    if decision is Decision.DENY and verdict.liftable and _is_plain(event.call):
        text += f" A person may let it through, in a terminal of their own: `web4 policy grant {event.call} --once --why TEXT`."
    message = text.split("\n", 1)[0] if decision is Decision.WARN else ""
    return Answer(event=event.name, decision=str(decision), reason=text, message=message, commit=commit)


def _is_plain(call: str) -> bool:
    """Say whether a call's id may stand in a command that a person types: it is the host's, and could be anything."""
    return 0 < len(call) <= MOST_TYPED and call.isascii() and call.replace("-", "").replace("_", "").isalnum()


def reason_text(verdict: Verdict, reasons: tuple[str, ...]) -> str:
    """Give one text for the agent: what was seen, by which rule, and what to do instead."""
    seen = "; ".join(dict.fromkeys(reasons)) or "no reason was given"
    rules = ", ".join(verdict.rules) or "the default"
    advice = f" Instead: {verdict.advice}" if verdict.advice else ""
    return f"{seen} (rule: {rules}).{advice}"
