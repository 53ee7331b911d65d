"""Trust as a fold of a ledger's prefix: entry by entry, in the ledger's order, into rows (docs/spec/trust.md F1-F4).

Pure: the same entries give the same rows, in one go or in many. Each record is counted once: an intent when it is read, its
outcome when it closes it. Memory is bounded: open calls a session, remembered actions, durations a tool.
"""

from __future__ import annotations

from web4_governance.core.event import DeniedBy, Status
from web4_governance.core.evidence.hearsay import remember
from web4_governance.core.evidence.observe import (
    EXIT_CODE,
    Observation,
    deeds_of,
    of_intent,
    of_outcome,
    roles_of,
    unfinished,
    weight_of,
)
from web4_governance.core.evidence.rows import key_of
from web4_governance.core.evidence.subjects import (
    MODEL_CHANGED,
    Of,
    entities,
    is_of_no_known_model,
    is_one_agent,
    of_model,
    policy_name,
)
from web4_governance.core.record.entry import Kind, at, part
from web4_governance.core.trust.posterior import NOTHING, observe
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.evidence.rows import Rows
    from web4_governance.core.trust.posterior import Posterior

    Body: TypeAlias = dict[str, Json]
    Listener: TypeAlias = Callable[["Moved"], None]

VERSION = 6  # of the rules of evidence: rows of another version are folded anew
OPEN, ACTION, TURN, CALL, TOOL, RING, STOPPED, SEEN = "open", "a/", "s/", "i/", "d/", "q/", "n/", "w/"
MOST_OPEN = 64
MOST_ACTIONS = 4096
DURATIONS = 64
FIRST_DURATIONS = 20
SLOWEST = 95  # percent
KEPT = 8
NAME = 32  # digits of a leaf by which it is remembered
READ_KINDS = (Kind.INTENT, Kind.OUTCOME, Kind.SESSION, Kind.WORDS, Kind.EVENT, Kind.LABEL, Kind.GRANT, Kind.WITNESS)
MOST_STOPPED = 256
MOST_WITNESSES = 16
STOPS = ("deny", "ask")
STOP = "Stop"
HEARD = "ledger"


@value
class Moved:
    """What one entry did to one dimension: the observation, and the posterior before and after."""

    idx: int
    entity: str
    role: str
    seen: Observation
    before: Posterior
    after: Posterior


class Fold:
    """Folds entries into rows; `listener` hears of every observation, or of those of the entity `of`."""

    __slots__ = ("_idx", "_listener", "_of", "_rows")

    def __init__(self, rows: Rows, listener: Listener | None = None, *, of: str = "") -> None:
        self._rows = rows
        self._listener = listener
        self._of = of
        self._idx = -1

    def take(self, idx: int, kind: str, leaf: str, body: Body) -> None:
        """Fold one entry; most kinds say nothing about anybody."""
        self._idx = idx
        match kind:
            case Kind.INTENT:
                self._intent(leaf[:NAME], body)
            case Kind.OUTCOME:
                self._outcome(body)
            case Kind.SESSION:
                self._session(body)
            case Kind.WORDS:
                self._words(body)
            case Kind.EVENT if body.get("event") == STOP:
                self._stop(body)
            case Kind.EVENT if body.get("event") == MODEL_CHANGED:
                self._changed(str(body["session"]))
            case Kind.LABEL:
                self._label(body)
            case Kind.GRANT:
                self._grant(body)
            case Kind.WITNESS:
                self._witness(body)
            case _:
                pass

    # One method a kind of entry.

    def _intent(self, leaf: str, body: Body) -> None:
        session, role, rules = str(body["session"]), part(body, "role"), part(body, "rules")
        turn = self._turn(session)
        agent = _key(str(role.get("agent_id") or ""))
        who = entities(body, model=str(role.get("model") or turn["models"].get(agent) or ""))
        deeds = deeds_of(body)
        earlier = _precedents(body)
        weight = weight_of(deeds.stake, self._times(leaf, earlier, who[Of.AGENT]))
        roles = roles_of(body)
        retried = bool(earlier) and earlier[0] in turn["failed"]
        shown = of_intent(body, deeds, weight=weight, retried=retried)
        # Of whom it was is counted when the client has said which model acts; the others are known.
        later = is_of_no_known_model(who[Of.AGENT])
        self._observe([name for of, name in who.items() if not later or of != Of.AGENT], roles, shown)
        call: Body = {
            "who": list(who.values()),
            "roles": list(roles),
            "tool": str(part(body, "request").get("tool") or ""),
            "weight": weight,
            "changes": deeds.changes,
            "runs": deeds.runs,
            "policy": policy_name(str(rules.get("policy") or "")),
            "answer": str(rules.get("answer") or ""),
            "kind": deeds.kind,
        }
        if later:
            held: Json = [[str(one.dimension), one.good, one.weight] for one in shown]
            call["later"] = {"agent": who[Of.AGENT], "of": agent, "idx": self._idx, "shown": held}
        if call["answer"] in STOPS:
            self._stopped({"policy": call["policy"], "roles": call["roles"]})
        self._rows.add(CALL + leaf, call)
        still = [*turn[OPEN], leaf]
        for lost in still[:-MOST_OPEN]:
            self._named(lost, turn, at_last=True)
            self._rows.drop(CALL + lost)
        # A check that is made again: what it says now is what counts.
        failing = [one for one in turn["failing"] if one not in earlier]
        self._rows.put(TURN + session, {**turn, OPEN: still[-MOST_OPEN:], "failing": failing})

    def _outcome(self, body: Body) -> None:
        leaf, result = str(part(body, "reference").get("intent") or "")[:NAME], part(body, "result")
        session, status = str(body["session"]), result.get("status")
        call = self._named(leaf, self._turn(session), at_last=status != Status.STARTED) if leaf else None
        if call is None:
            return
        if status == Status.STARTED:
            self._rows.put(CALL + leaf, {**call, "started": True})
            return
        slow = self._slow(call["tool"], result.get("duration_us"))
        self._observe(call["who"], call["roles"], of_outcome(body, weight=call["weight"], slow=slow))
        turn = self._judged(self._turn(session), call, body)
        self._rows.drop(CALL + leaf)
        failed, failing = list(turn["failed"]), list(turn["failing"])
        if status == Status.FAILED:
            failed = [*failed, leaf][-KEPT:]
            if call["runs"] and result.get("error_class") == EXIT_CODE:
                failing = [*failing, leaf][-KEPT:]
        elif status == Status.SUCCEEDED and call["changes"]:
            failed = []  # something is different now: the same call again is another try
        self._rows.put(
            TURN + session,
            {**turn, OPEN: [one for one in turn[OPEN] if one != leaf], "failed": failed, "failing": failing},
        )

    def _session(self, body: Body) -> None:
        session = str(body["session"])
        turn = self._turn(session)
        if at(body, "detail") != "end":
            model = at(body, "role.model")
            if isinstance(model, str) and model:
                self._rows.put(TURN + session, {**turn, "models": {**turn["models"], "": model}})
            return
        for leaf in turn[OPEN]:
            call = self._named(leaf, turn, at_last=True)
            if call is not None and not call.get("started"):
                self._observe(call["who"], call["roles"], [unfinished(call["weight"])])
            self._rows.drop(CALL + leaf)
        self._stood(turn)
        self._rows.drop(TURN + session)

    def _words(self, body: Body) -> None:
        model, agent = at(body, "resource.model"), str(at(body, "role.agent_id") or "")
        session = str(body["session"])
        turn = self._turn(session)
        if isinstance(model, str) and model and turn["models"].get(_key(agent)) != model:
            models = dict([*turn["models"].items(), (_key(agent), model)][-MOST_OPEN:])
            turn = {**turn, "models": models}
            self._rows.put(TURN + session, turn)
            for leaf in turn[OPEN]:
                self._named(leaf, turn)

    def _changed(self, session: str) -> None:
        """The main agent is another from here on; which, its own words say."""
        turn = self._turn(session)
        if turn["models"].get(""):
            self._rows.put(TURN + session, {**turn, "models": {**turn["models"], "": ""}})

    def _stop(self, body: Body) -> None:
        session = str(body["session"])
        turn = self._turn(session)
        for leaf in turn["failing"]:
            who = self._rows.get(ACTION + leaf)
            if who is not None:
                self._observe([who["agent"], f"session:{session}"], ["command"], [unfinished(1000)])
        self._stood(turn)
        if turn["failing"] or turn["failed"] or turn["denied"]:
            self._rows.put(TURN + session, {**turn, "failing": [], "failed": [], "denied": []})

    def _label(self, body: Body) -> None:
        label = body.get("label")
        if not isinstance(label, dict):
            return
        who, roles, said = label.get("entities"), label.get("roles"), label.get("dimensions")
        weight, good = label.get("weight"), label.get("good")
        if not (isinstance(who, list) and isinstance(roles, list) and isinstance(said, list)):
            return
        if not isinstance(weight, int) or not isinstance(good, bool):
            return
        known = [one for one in Dimension if str(one) in said]
        found = [Observation(dimension=one, good=good, weight=weight) for one in known]
        self._observe([str(one) for one in who], [str(one) for one in roles], found)

    def _grant(self, body: Body) -> None:
        """Somebody let through what a policy had stopped: that decision was not what they wanted."""
        place = at(body, "grant.call")
        held = self._rows.get(f"{STOPPED}{place % MOST_STOPPED}") if isinstance(place, int) and place >= 0 else None
        if held is not None and held["idx"] == place:
            self._observe([held["policy"]], held["roles"], [_decided(good=False)])

    def _witness(self, body: Body) -> None:
        """Remember who saw whom. All of a ledger are of one trust domain, so that it moves nobody's evidence."""
        if at(body, "witness.saw") == HEARD:
            remember(self._rows, body.get("witness"))
            return
        by, of = at(body, "witness.by"), at(body, "witness.of")
        if not isinstance(by, str) or not isinstance(of, str) or by in ("", of) or not of:
            return
        known = self._rows.get(SEEN + of) or []
        if by not in known:
            self._rows.put(SEEN + of, [*known, by][-MOST_WITNESSES:])

    # The policy as one that acts: by what became of its decisions.

    def _stopped(self, call: Body) -> None:
        self._rows.put(f"{STOPPED}{self._idx % MOST_STOPPED}", {**call, "idx": self._idx})

    def _judged(self, turn: Any, call: Any, body: Body) -> Any:  # noqa: ANN401  # rows that only this module makes
        """Say what the end of a call says of the policy's decision; give the turn, with what it denied and nobody took up."""
        result = part(body, "result")
        denied_by = result.get("denied_by")
        if denied_by == DeniedBy.PERSON:
            # Asked about it, a person refused as well; not asked about it, they had to stop it themselves.
            self._observe([call["policy"]], call["roles"], [_decided(good=call["answer"] in STOPS)])
        if denied_by == DeniedBy.GATE:
            denied = {"policy": call["policy"], "roles": call["roles"], "kind": call["kind"]}
            return {**turn, "denied": [*turn["denied"], denied][-KEPT:]}
        if result.get("status") != Status.SUCCEEDED or not call["changes"]:
            return turn
        again = [one for one in turn["denied"] if one["kind"] == call["kind"]]
        for one in again[-1:]:  # what was denied was done in another form
            self._observe([one["policy"]], one["roles"], [_decided(good=False)])
        return {**turn, "denied": [one for one in turn["denied"] if one not in again[-1:]]} if again else turn

    def _stood(self, turn: Any) -> None:  # noqa: ANN401  # as above
        """Count the denials of a turn that nobody lifted and nothing went round."""
        for one in turn["denied"]:
            self._observe([one["policy"]], one["roles"], [_decided(good=True)])

    # Calls of agents whose model the client had not yet said.

    def _named(self, leaf: str, turn: Any, *, at_last: bool = False) -> Any:  # noqa: ANN401  # rows of this module
        """Give an open call, its agent named as far as the model is known by now, or, `at_last`, without it for good."""
        call = self._rows.get(CALL + leaf)
        later = None if call is None else call.get("later")
        if later is None:
            return call
        model = turn["models"].get(later["of"], "")
        if not model and not at_last:
            return call
        agent = of_model(later["agent"], model)
        shown = [Observation(dimension=Dimension(name), good=good, weight=n) for name, good, n in later["shown"]]
        self._observe([agent], call["roles"], shown, idx=later["idx"])
        done = self._rows.get(ACTION + leaf)
        if done is not None:
            self._rows.put(ACTION + leaf, {**done, "agent": agent})
        call = {key: row for key, row in call.items() if key != "later"}
        call["who"] = [agent if name == later["agent"] else name for name in call["who"]]
        self._rows.put(CALL + leaf, call)
        return call

    # What they share.

    def _observe(
        self, who: Iterable[str], roles: Iterable[str], found: list[Observation], *, idx: int | None = None
    ) -> None:
        place = self._idx if idx is None else idx
        for entity in who:
            for role in roles:
                key = key_of(entity, role)
                tensor = dict(self._rows.tensor_at(key))
                for one in found:
                    dimension = one.dimension
                    before = tensor.get(dimension, NOTHING)
                    tensor[dimension] = after = observe(before, good=one.good, weight=one.weight)
                    if self._listener is not None and self._of in ("", entity):
                        told = Moved(idx=place, entity=entity, role=role, seen=one, before=before, after=after)
                        self._listener(told)
                self._rows.set_tensor(key, tensor)

    def _turn(self, session: str) -> Any:  # noqa: ANN401  # a row that only this module makes
        found = self._rows.get(TURN + session)
        return found or {OPEN: [], "failed": [], "failing": [], "denied": [], "models": {}}

    def _times(self, leaf: str, earlier: list[str], agent: str) -> int:
        """Say how often an agent has done this action, with this time, and remember that it did."""
        times = 1
        for one in earlier:
            known = self._rows.get(ACTION + one)
            if known is not None and is_one_agent(known["agent"], agent):
                times = known["times"] + 1
                self._rows.drop(ACTION + one)
                break
        slot = f"{RING}{self._idx % MOST_ACTIONS}"
        oldest = self._rows.get(slot)
        if oldest is not None:
            self._rows.drop(ACTION + oldest)
        self._rows.put(slot, leaf)
        self._rows.add(ACTION + leaf, {"agent": agent, "times": times})
        return times

    def _slow(self, tool: str, duration: Json) -> bool | None:
        """Say whether a call took longer than 95 in 100 of those of its tool before it; None while few are known."""
        if not isinstance(duration, int):
            return None
        words = (self._rows.get(TOOL + tool) or "").split()
        known = words[-DURATIONS:]
        self._rows.put(TOOL + tool, " ".join([*known[1 - DURATIONS :], str(duration)]))
        if len(known) < FIRST_DURATIONS:
            return None
        return bool(duration > sorted(map(int, known))[len(known) * SLOWEST // 100])


def _decided(*, good: bool) -> Observation:
    return Observation(dimension=Dimension.RELIABILITY, good=good, weight=1000)


def _precedents(body: Body) -> list[str]:
    found = part(body, "reference").get("precedents")
    return [str(at(one, "leaf"))[:NAME] for one in found] if isinstance(found, list) else []


def _key(agent: str) -> str:
    """Keys of rows are ASCII, as all keys are."""
    return agent if agent.isascii() else agent.encode("ascii", "backslashreplace").decode("ascii")
