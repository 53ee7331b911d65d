"""Judges recorded calls again: under the policy that was in force then, from recorded deeds or from recorded text.

Three answers, never two: the same, different, or could not tell. Reads the ledger and nothing else.
"""

from __future__ import annotations

from web4_governance.app.catalogs import catalog
from web4_governance.app.context import ORGANISATION
from web4_governance.app.protect import protected
from web4_governance.app.query import read, read_records
from web4_governance.core.closed import Closed
from web4_governance.core.effects import behind_links, derive
from web4_governance.core.errors import InputError, PolicyError
from web4_governance.core.policy import Decision, judge, lower_ask
from web4_governance.core.policy.replay import revive
from web4_governance.core.record.entry import NO_SESSION, Kind, at
from web4_governance.core.record.recall import recall
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.action import Action, Deed
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.policy import PolicySet, Verdict
    from web4_governance.core.record.r6 import Read, Record
    from web4_governance.core.record.recall import Recalled
    from web4_governance.storage.reader import Reader


class Sameness(Closed):
    """What judging again says about a recorded call."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@value
class Replayed:
    """A recorded call judged again: what was found, why, and the decision and rules of now (empty where none was reached).

    `gone` and `new` are the deeds that only the record, or only the text read again, has.
    """

    record: Record
    sameness: Sameness
    why: str = ""
    decision: str = ""
    rules: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class Policies:
    """The policies that the ledger says were in force, by digest."""

    def __init__(self, reader: Reader) -> None:
        self._documents: dict[str, Read] = {}
        self._revived: dict[str, PolicySet | str] = {}
        for stored in reader.entries_of(NO_SESSION, kind=str(Kind.POLICY)):
            entry = read(reader, stored)
            if entry is not None:
                self._documents[str(at(entry.body, "rules.policy"))] = entry

    def get(self, digest: str) -> PolicySet:
        """Give a recorded policy; InputError says why it cannot be had."""
        if digest not in self._revived:
            self._revived[digest] = self._revive(digest)
        found = self._revived[digest]
        if isinstance(found, str):
            raise InputError(found)
        return found

    def _revive(self, digest: str) -> PolicySet | str:
        entry = self._documents.get(digest)
        if entry is None:
            return "the policy that was in force is not in the ledger"
        if "rules.document" not in entry.open:
            return "the text of the policy is not kept, or was erased"
        try:
            policy = revive(entry.open["rules.document"])
        except PolicyError as error:
            return error.message
        return policy if policy.digest == digest else "the text of the policy is not kept as it was judged by"


def calls(reader: Reader, places: Iterable[int]) -> Iterator[tuple[Record, Read]]:
    """Give the records at these places, each with its intent as it was read."""
    for record in read_records(reader, places):
        intent = read(reader, reader.entry(record.reference.idx))
        if intent is not None:
            yield record, intent


def replay(record: Record, intent: Read, policies: Policies) -> Replayed:
    """Judge the recorded deeds and facts again under the recorded policy."""
    try:
        policy = policies.get(record.rules.policy)
        recalled = recall(intent)
    except InputError as error:
        return Replayed(record=record, sameness=Sameness.UNKNOWN, why=error.message)
    verdict = verdict_on(policy, recalled.action, recalled)
    why = _difference(record, verdict)
    return Replayed(
        record=record,
        sameness=_sameness(why, recalled.altered),
        why=f"{recalled.altered}: {why}" if why and recalled.altered else why,
        decision=str(verdict.decision),
        rules=verdict.rules,
    )


def reparse(record: Record, intent: Read, policy: PolicySet | Policies, *, home: str) -> Replayed:
    """Judge the recorded text again as today's catalog reads it, under the recorded policy or the one given."""
    try:
        under = policy.get(record.rules.policy) if isinstance(policy, Policies) else policy
        recalled = recall(intent)
    except InputError as error:
        return Replayed(record=record, sameness=Sameness.UNKNOWN, why=error.message)
    if recalled.altered or recalled.facts.scripts:
        return Replayed(record=record, sameness=Sameness.UNKNOWN, why=recalled.altered or _ran(recalled))
    action = _derived(recalled, home=home, agent=record.role.agent, packs=under.packs)
    before = verdict_on(under, recalled.action, recalled)
    verdict = verdict_on(under, action, recalled)
    then, now = ({_told(deed): deed for deed in one.deeds} for one in (recalled.action, action))
    gone, new = tuple(told for told in then if told not in now), tuple(told for told in now if told not in then)
    changed = verdict.decision is not before.decision
    why = f"{before.decision} becomes {verdict.decision}" if changed else ("other deeds" if gone or new else "")
    return Replayed(
        record=record,
        sameness=_sameness(why, ""),
        why=why,
        decision=str(verdict.decision),
        rules=verdict.rules,
        gone=gone,
        new=new,
    )


def verdict_on(policy: PolicySet, action: Action, recalled: Recalled) -> Verdict:
    """Judge as the gate does."""
    return lower_ask(judge(policy, action, recalled.facts), action.permission_mode)


def _sameness(why: str, altered: str) -> Sameness:
    if not why:
        return Sameness.SAME
    return Sameness.UNKNOWN if altered else Sameness.DIFFERENT


def _difference(record: Record, verdict: Verdict) -> str:
    """Say in what a verdict is not the recorded one; empty where it is."""
    rules = record.rules
    answer = Decision.ALLOW if record.late or rules.mode == "off" else verdict.answer
    if str(verdict.decision) != rules.decision:
        return f"the decision was {rules.decision} and is {verdict.decision}"
    if str(answer) != rules.answer:
        return f"the answer was {rules.answer} and is {answer}"
    if verdict.rules[: len(rules.matched)] != rules.matched:
        return f"the rules were {', '.join(rules.matched) or 'none'} and are {', '.join(verdict.rules) or 'none'}"
    deeds = [(str(now.decision), then.decision) for now, then in zip(verdict.deeds, record.request.deeds, strict=False)]
    moved = [n for n, (now, then) in enumerate(deeds) if then not in ("", now)]
    return f"deed {moved[0]} was {deeds[moved[0]][1]} and is {deeds[moved[0]][0]}" if moved else ""


def _derived(recalled: Recalled, *, home: str, agent: str, packs: tuple[Object, ...]) -> Action:
    """Derive the deeds of a recorded input again, with the packs of the policy; where links led is what was recorded."""
    action = recalled.action
    kept = protected(home, user_home=action.home, projects=(action.project,), organisation=ORGANISATION)
    again = derive(
        action.tool,
        action.input,
        agent=agent,
        cwd=action.cwd,
        home=action.home,
        project=action.project,
        protected=kept,
        catalog=catalog(packs),
        mcp=action.mcp,
        agent_id=action.agent_id,
        agent_type=action.agent_type,
        permission_mode=action.permission_mode,
    )
    return behind_links(replace(again, unlisted=()), recalled.facts.real, kept)


def _ran(recalled: Recalled) -> str:
    """Say which files the call ran whose text, of which only a digest is kept, it was judged by."""
    paths = [path for path, _, _ in recalled.facts.scripts]
    more = f" and {len(paths) - 1} more" if paths[1:] else ""
    return f"it was judged by the text of `{paths[0]}`{more}, which is not kept"


def _told(deed: Deed) -> str:
    target = deed.target
    where = "" if target is None else f" {target.resolved or target.given}"
    return f"{deed.effect or 'none'}{where}{f' at {deed.host}' if deed.host else ''}"
