"""Judges an action: which rules speak of which deed, who has the last word, and what the agent hears (policy.md J1-J7).

    a deed       gets the strictest decision of the rules that match it, or the strictest default where none does
    the action   gets the strictest of its deeds
    the answer   is the strictest decision of those layers that bind

Pure: the same policy, action and facts give the same verdict. INVARIANT: a rule or default of a layer that may come with
a clone (project, session) takes no voice away from another layer, except where that layer's own rule says `overridable`.
"""

from __future__ import annotations

from web4_governance.core.action import Deed, Effect, TargetKind
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.decision import TRUSTED, Decision, LayerName, strictest
from web4_governance.core.policy.fields import FIELDS, STATE
from web4_governance.core.policy.grant import all_liftable, lifted
from web4_governance.core.policy.index import index_of
from web4_governance.core.policy.reasons import advice_of, reasons_of
from web4_governance.core.policy.rule import TRUST
from web4_governance.core.policy.seen import Call, Seen
from web4_governance.core.policy.state import asks_branch, asks_edits, asks_production, asks_tree, edited_path, tree_of
from web4_governance.core.policy.verdict import DeedVerdict, Facts, LimitNeed, Needs, Verdict
from web4_governance.core.policy.voice import Voice
from web4_governance.core.value import make, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.action import Action
    from web4_governance.core.policy.layers import PolicySet
    from web4_governance.core.policy.rule import Condition, Rule
    from web4_governance.core.policy.standing import Asked, Key

SELF_TAMPER = "core/self-tamper"
MOST_KNOWN = 256  # calls whose needs and verdicts are kept
MOST_POLICIES = 64
_SELF_TAMPER_REASON = "an agent's call may not change the gate, its policy, its hooks or its records"
_SELF_TAMPER_INSTEAD = "ask the person to do it in a terminal of their own"
_DEFAULT_INSTEAD = "ask the person, who can let it through once (`web4 policy grant`) or by a rule (`web4 policy add`)"
_UNKNOWN_COUNT = -1
_UNKNOWN = Facts()
_NOTHING = Needs()


def _standing_of(asked: Asked, seen: Seen) -> tuple[Key, ...]:
    from web4_governance.core.policy.standing import wanted  # noqa: PLC0415  # few policies ask for trust

    return wanted(asked, seen)


# By the identity of what they were made of, which is kept beside them: while it is here no other can have it. `derive` gives
# the same action for the same words, so that a process that stays meets it again.
_planned: dict[tuple[int, int], tuple[PolicySet, Action, Needs]] = {}
_judged: dict[tuple[object, ...], tuple[PolicySet, Action, Verdict]] = {}


def plan(policy: PolicySet, action: Action) -> Needs:
    """Say what has to be found out before the action can be judged, in the order in which it matters."""
    key = (id(policy), id(action))
    kept = _planned.get(key)
    if kept is None:
        if len(_planned) >= MOST_KNOWN:
            _planned.clear()
        kept = _planned[key] = (policy, action, _plan(policy, action))
    return kept[2]


def _plan(policy: PolicySet, action: Action) -> Needs:
    asking = [index for index in map(index_of, policy.layers) if index.looking.rules or index.counted.rules]
    if not asking:
        return _NOTHING
    call, found = Call(action, _UNKNOWN), _Asked()
    for deed in deeds_of(action):
        seen, path = Seen(call, deed), _path_of(deed)
        for index in asking:
            if path and path not in found.paths and any(_could_match(r.match, seen) for r in index.looking.near(seen)):
                found.paths[path] = None
            for rule in index.counted.near(seen) if index.counted.rules else ():
                if _could_match(rule.match, seen):
                    found.by(rule, seen)
    return found.needs()


class _Asked:
    """What the rules that could match ask, each once, in the order in which they ask it."""

    def __init__(self) -> None:
        self.paths: dict[str, None] = {}
        self.limits: dict[str, LimitNeed] = {}
        self.trees: dict[str, None] = {}
        self.branches: dict[str, None] = {}
        self.edits: dict[str, None] = {}
        self.trust: dict[Key, None] = {}
        self.production = False

    def by(self, rule: Rule, seen: Seen) -> None:
        """Note what a rule that could match asks of a deed."""
        if rule.match.rate is not None:
            self.limits[rule.limit_key] = LimitNeed(key=rule.limit_key, window_us=rule.match.rate.window_us)
        for asked in _asked(rule, seen, TRUST):
            self.trust.update(dict.fromkeys(_standing_of(asked, seen)))
        for asked in _asked(rule, seen, STATE):
            tree = tree_of(seen)
            if tree and asks_tree(asked):
                self.trees[tree] = None
            if tree and asks_branch(asked):
                self.branches[tree] = None
            if asks_edits(asked) and edited_path(seen):
                self.edits[edited_path(seen)] = None
            self.production = self.production or asks_production(asked)

    def needs(self) -> Needs:
        """Sum up."""
        if not (
            self.paths or self.limits or self.branches or self.trees or self.production or self.trust or self.edits
        ):
            return _NOTHING
        return make[Needs](
            paths=tuple(self.paths),
            limits=tuple(self.limits.values()),
            branches=tuple(path for path in self.branches if path not in self.trees),
            trees=tuple(self.trees),
            production=self.production,
            trust=tuple(self.trust),
            edits=tuple(self.edits),
        )


def judge(policy: PolicySet, action: Action, facts: Facts) -> Verdict:
    """Judge an action by a policy and by what was found."""
    key = _key(policy, action, facts)
    kept = _judged.get(key) if key else None
    if kept is not None:
        return kept[2]
    call = Call(action, facts)
    judging = _Judging(policy, call)
    verdict = judging.verdict(tuple(judging.deed(n, deed) for n, deed in enumerate(deeds_of(action))))
    if key and not call.is_timed:
        if len(_judged) >= MOST_KNOWN:
            _judged.clear()
        _judged[key] = (policy, action, verdict)
    return verdict


def _key(policy: PolicySet, action: Action, facts: Facts) -> tuple[object, ...]:
    """Give what a judgement is known again by; nothing for one that hangs on more than policy, action and links.

    INVARIANT: every field of the facts that a rule can ask about is looked at here, or in the key; but for the time: a
    judgement that asked about it is not kept.
    """
    if facts.limits or facts.trees or facts.grants or facts.edited:
        return ()
    if facts.trust is not None or facts.production is not None:
        return ()
    return (id(policy), id(action), *facts.real.items())


def deeds_of(action: Action) -> tuple[Deed, ...]:
    """Give the deeds of an action; a call with none is one deed."""
    return action.deeds or (Deed(effect=None),)


class _Silence:
    """What is said of a deed that no rule speaks of, and of a call all of whose deeds are such."""

    __slots__ = ("answer", "binding", "decision", "layer", "rules", "voices")

    def __init__(self, policy: PolicySet) -> None:
        self.voices = _defaults(policy, [])
        self.decision = strictest(voice.decision for voice in self.voices)
        self.answer = strictest(voice.decision for voice in self.voices if voice.binds)
        told = sorted(self.voices, key=lambda voice: not voice.binds)
        self.binding = bool(told) and told[0].binds
        self.layer = told[0].layer if told else LayerName.CORE
        self.rules = tuple(dict.fromkeys(voice.id for voice in told))


_silences: dict[int, tuple[PolicySet, _Silence]] = {}  # by the identity of the policy, as above


def _silence_of(policy: PolicySet) -> _Silence:
    kept = _silences.get(id(policy))
    if kept is None:
        if len(_silences) >= MOST_POLICIES:
            _silences.clear()
        kept = _silences[id(policy)] = (policy, _Silence(policy))
    return kept[1]


class _Judging:
    """One judgement: what is found on the way and belongs to the whole call."""

    def __init__(self, policy: PolicySet, call: Call) -> None:
        self.policy = policy
        self.call = call
        self.errors: dict[str, None] = {}
        self.limits: dict[str, tuple[str, int, int]] = {}
        self.voices: list[tuple[Deed, Voice]] = []
        self.all_host_allowed = True
        self.silence = _silence_of(policy)
        self.silent: list[Deed] = []

    def deed(self, n: int, deed: Deed) -> DeedVerdict:
        """Judge one deed."""
        seen = Seen(self.call, deed)
        heard = self._rules(seen)
        if not heard and not self.call.facts.grants and deed.effect is not Effect.SELF_TAMPER:
            self.silent.append(deed)
            return make[DeedVerdict](deed=n, decision=self.silence.decision, answer=self.silence.answer)
        self._catch_up()
        kept, replaced = _replace_overridden(heard)
        kept = self._lifted(kept, seen)
        voices = [*kept, *self._lifted(_defaults(self.policy, heard), seen), *self._core(deed)]
        self.voices.extend((deed, voice) for voice in voices)
        if not any(voice.rule is not None and voice.rule.host_allow and voice.binds for voice in kept):
            self.all_host_allowed = False
        return DeedVerdict(
            deed=n,
            decision=strictest(voice.decision for voice in voices),
            answer=strictest(voice.decision for voice in voices if voice.binds),
            rules=tuple(voice.id for voice in voices if not voice.is_default),
            replaced=replaced,
        )

    def _catch_up(self) -> None:
        """Let the defaults speak, in their turn, of the deeds so far of which no rule did."""
        if self.silent:
            self.voices.extend((deed, voice) for deed in self.silent for voice in self.silence.voices)
            self.all_host_allowed = False
            self.silent = []

    def verdict(self, deeds: tuple[DeedVerdict, ...]) -> Verdict:
        """Sum up the deeds."""
        silence = self.silence
        if not self.voices and silence.decision is Decision.ALLOW:
            return make[Verdict](
                decision=Decision.ALLOW,
                answer=Decision.ALLOW,
                binding=silence.binding,
                deeds=deeds,
                layer=silence.layer,
                rules=silence.rules,
                errors=tuple(self.errors),
                limits=tuple(self.limits.values()),
                taken=tuple(self.limits),
            )
        self._catch_up()
        decision = strictest(deed.decision for deed in deeds)
        answer = strictest(deed.answer for deed in deeds)
        deciding = [(deed, voice) for deed, voice in self.voices if voice.decision is decision]
        answering = [(deed, voice) for deed, voice in deciding if voice.binds]
        told = [*answering, *(pair for pair in deciding if not pair[1].binds)]
        apart = answer not in (decision, Decision.ALLOW)
        if apart:
            # A stricter dry run stands beside what is answered: the agent hears of both, of its own answer first.
            binding = [(deed, voice) for deed, voice in self.voices if voice.binds and voice.decision is answer]
            told = [*binding, *deciding]
        return Verdict(
            decision=decision,
            answer=answer,
            binding=answer is decision and bool(answering),
            deeds=deeds,
            layer=told[0][1].layer if told else LayerName.CORE,
            rules=tuple(dict.fromkeys(voice.id for _, voice in told)),
            reasons=reasons_of(told, mark_dry_run=apart),
            advice=advice_of(told),
            errors=tuple(self.errors),
            host_allow=decision is Decision.ALLOW and self.all_host_allowed,
            limits=tuple(self.limits.values()),
            taken=tuple(self.limits),
            replaced=tuple(dict.fromkeys(pair for deed in deeds for pair in deed.replaced)),
            granted=tuple(dict.fromkeys((voice.granted, voice.id) for _, voice in self.voices if voice.granted)),
            spent=tuple(dict.fromkeys(v.granted for _, v in self.voices if v.granted and v.binds)),
            liftable=all_liftable(voice for _, voice in self.voices),
            commit=any(voice.binds and voice.rule is not None and voice.rule.commit for _, voice in self.voices),
        )

    def _rules(self, seen: Seen) -> list[Voice]:
        return [
            Voice(decision=rule.decision, binds=binds, layer=layer.name, index=index, id=rule.id, rule=rule)
            for index, (layer, binds) in enumerate(zip(self.policy.layers, self.policy.binds, strict=True))
            for rule in index_of(layer).judged.near(seen)
            if self._matches(rule, seen)
        ]

    def _lifted(self, voices: list[Voice], seen: Seen) -> list[Voice]:
        """Give the voices as they speak under what a person has granted."""
        grants = self.call.facts.grants
        return [lifted(voice, grants, seen) for voice in voices] if grants else voices

    def _core(self, deed: Deed) -> list[Voice]:
        if deed.effect is not Effect.SELF_TAMPER:
            return []
        return [
            Voice(
                decision=Decision.DENY,
                binds=self.policy.enforcing,
                layer=LayerName.CORE,
                index=-1,
                id=SELF_TAMPER,
                reason=_SELF_TAMPER_REASON,
                instead=_SELF_TAMPER_INSTEAD,
            )
        ]

    def _matches(self, rule: Rule, seen: Seen) -> bool:
        if not self._holds(rule, rule.match, seen, cover=rule.loosens):
            return False
        if rule.exception is not None and self._holds(rule, rule.exception, seen, cover=not rule.loosens):
            return False
        return rule.match.rate is None or self._over_limit(rule)

    def _holds(self, rule: Rule, condition: Condition, seen: Seen, *, cover: bool) -> bool:
        for part in condition.parts:
            ready = part.ready
            try:
                if not FIELDS[part.field].holds(ready, seen, cover):
                    return False
            except PolicyError as error:
                # An erroring deny rule denies; an erroring exception, or allow, lifts nothing.
                self.errors[f"{rule.id}: {error.reason}"] = None
                if cover:
                    return False
        return True

    def _over_limit(self, rule: Rule) -> bool:
        """Say whether the limit is reached; an unknown count is."""
        rate = rule.match.rate
        # Facts made by hand may name the rule; what the ledger counts has the key, which no id can be.
        known = self.call.facts.limits
        count = known.get(rule.limit_key, known.get(rule.id, _UNKNOWN_COUNT))
        most = rate.most if rate is not None else 0
        self.limits[rule.limit_key] = (rule.limit_key, count, most)
        return count < 0 or count >= most


def _defaults(policy: PolicySet, heard: list[Voice]) -> list[Voice]:
    """A layer's default speaks where no rule of its own, or of organisation or user above it, has spoken."""
    spoken = {voice.index for voice in heard}
    above = min((voice.index for voice in heard if voice.layer in TRUSTED), default=len(policy.layers))
    return [
        Voice(
            decision=layer.default,
            binds=binds,
            layer=layer.name,
            index=index,
            id=f"{layer.name}/default",
            instead=_DEFAULT_INSTEAD if layer.default in (Decision.DENY, Decision.ASK) else "",
        )
        for index, (layer, binds) in enumerate(zip(policy.layers, policy.binds, strict=True))
        if layer.default is not None and index not in spoken and index < above
    ]


def _replace_overridden(heard: list[Voice]) -> tuple[list[Voice], tuple[tuple[str, str], ...]]:
    """Take out overridable rules below which another rule matched; what takes a binding rule's place binds."""
    kept: list[Voice] = []
    pairs: list[tuple[str, str]] = []
    bound: set[str] = set()
    for voice in heard:
        heirs = [other for other in heard if other.is_below(voice)] if voice.is_overridable else []
        if not heirs:
            kept.append(voice)
        pairs.extend((voice.id, heir.id) for heir in heirs)
        bound.update(heir.id for heir in heirs if voice.binds)
    return [replace(voice, binds=voice.binds or voice.id in bound) for voice in kept], tuple(pairs)


def _could_match(condition: Condition, seen: Seen) -> bool:
    """Say whether the fields that do not wait for facts let a rule match."""
    for part in condition.parts:
        field = FIELDS[part.field]
        if field.on_paths or field.on_facts:
            continue
        if not field.holds(part.ready, seen, False):
            return False
    return True


def _asked(rule: Rule, seen: Seen, field: str) -> list[Any]:
    """Give what a rule, and its exception where that could hold, ask in one of the fields that wait for facts."""
    conditions = [one for one in (rule.match, rule.exception) if one is not None]
    parts = [(one, part) for one in conditions for part in one.parts if part.field == field]
    return [part.ready for one, part in parts if _could_match(one, seen)]


def _path_of(deed: Deed) -> str:
    target = deed.target
    return target.resolved if target is not None and target.kind is TargetKind.PATH and target.exact else ""
