"""Rules that recorded history speaks for: what was asked about and always let through, what was denied again and again.

A suggestion is tried on the history before it is made. An allow must turn the calls that speak for it into ones that go
on, and must loosen no call that anybody denied: so a rule that cannot be replaced, and the core's own, is never worked
around. A deny must catch no call that was let through. Nothing is put in force here.
"""

from __future__ import annotations

import os
import re
from itertools import count

from web4_governance.app import policies
from web4_governance.app.catalogs import Programs
from web4_governance.app.replay import calls, verdict_on
from web4_governance.app.simulate import days_of, wanted_of
from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.canonical import encode
from web4_governance.core.closed import Closed
from web4_governance.core.errors import InputError
from web4_governance.core.policy import Decision, LayerName, PatternKind, classify_pattern, combine
from web4_governance.core.policy.decision import severity
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.record.entry import at
from web4_governance.core.record.recall import recall
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.app.policies import Loaded
    from web4_governance.app.simulate import Passing
    from web4_governance.core.action import Action, Deed
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Fetched, Layer, PolicySet
    from web4_governance.core.record.r6 import Read, Record
    from web4_governance.core.record.recall import Recalled
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader

    Match = dict[str, Json]
    Document = dict[str, Json]
    Group = tuple[tuple[Match, ...], list[Record]]

LEAST = 3
FORGED = "forged?"
MOST = 20
AT_ONCE = 4 * MOST  # more suggestions than are made at once: two sides, single ones and broader ones
PLAIN = re.compile(r"[\w./:@%+,=-]+( [\w./:@%+,=-]+)*")
LET_THROUGH = ("succeeded", "failed", "started")
BY_OTHERS = ("person", "host-rule", "host-classifier")
GOES_ON = (Decision.ALLOW, Decision.WARN)
NEVER = (Effect.SELF_TAMPER, Effect.OPAQUE)


class Side(Closed):
    """Whether a suggestion loosens or tightens."""

    ALLOW = "allow"
    DENY = "deny"


@value
class Call:
    """One recorded call, as it was judged, and what the policy at hand decides on it."""

    record: Record
    recalled: Recalled
    now: Decision

    @property
    def let_through(self) -> bool:
        """Say whether it ran."""
        return self.record.status in LET_THROUGH

    @property
    def asked(self) -> bool:
        """Say whether a person was asked about it because of us, or, in a dry run, would have been and was by the host."""
        rules, by = self.record.rules, self.record.result.authorised_by or {}
        return rules.answer == "ask" or (rules.decision == "ask" and by.get("by") == "person")


@value
class Suggestion:
    """Rules that belong together, and the calls that speak for them (the oldest first).

    `against` says why they are not suggested after all; empty where they are.
    """

    side: Side
    rules: tuple[Document, ...]
    evidence: tuple[Record, ...]
    against: str = ""


@value
class Base:
    """The person's own policy: its document, where that lies (empty where there is none), and the layers around it.

    `file`, `format` and `data` are the file that it was read from, its format and its bytes; None where there is none.
    """

    document: Document
    directory: str
    others: tuple[Layer, ...]
    file: str = ""
    format: str = "json"
    data: bytes | None = None

    def with_rules(self, rules: Sequence[Document]) -> Document:
        """Give the document with more rules at its end."""
        own = self.document.get("rules")
        both = [*(own if isinstance(own, list) else []), *rules]
        return {**self.document, **({"rules": both} if both else {})}

    def free(self, number: int) -> Iterator[str]:
        """Give ids for the rules of a suggestion that no rule of the document has."""
        own = self.document.get("rules")
        taken = {rule.get("id") for rule in own if isinstance(rule, dict)} if isinstance(own, list) else set()
        for n in count(1):
            while f"suggested-{number}-{n}" in taken:
                number += AT_ONCE
            yield f"suggested-{number}-{n}"

    def policy(self, rules: Sequence[Document] = ()) -> PolicySet:
        """Give what would be in force with more rules."""

        def fetch(reference: str) -> Fetched:
            return policies.resolve(reference, base=self.directory)

        text = encode(self.with_rules(rules))
        own = policies.load_text(text, file="(suggested)", format="json", layer=LayerName.USER, fetch=fetch)
        return combine((*self.others, own))


def base_of(loaded: Loaded) -> Base:
    """Give the person's policy and the organisation's above it; a project's only tightens, and is not reckoned with."""
    others = tuple(layer for layer in loaded.policy.layers if layer.name is LayerName.ORGANISATION)
    for source in loaded.sources:
        if source.layer is LayerName.USER:
            data = policies.read(source.path)
            found = parse(data, file=source.path, format=source.format).values
            if isinstance(found, dict):
                where = os.path.dirname(source.path)
                return Base(
                    document=found, directory=where, others=others, file=source.path, format=source.format, data=data
                )
    return Base(document={"extends": [policies.DEFAULT_PRESET]}, directory="", others=others)


def suggest(
    reader: Reader, base: Base, filters: Filters, *, least: int = LEAST, passing: Passing = iter
) -> tuple[Suggestion, ...]:
    """Give what history speaks for, each tried on it; those that something speaks against come last.

    `passing` gives the places that are read one by one, and may count them.
    """
    policy = base.policy()
    history = tuple(_history(reader, policy, filters, passing))
    found = [_tried(one, base, history, n) for n, one in enumerate(_candidates(history, least), start=1)]
    return tuple(sorted(found, key=lambda one: bool(one.against)))


def _history(reader: Reader, policy: PolicySet, filters: Filters, passing: Passing) -> Iterator[Call]:
    for record, intent in calls(reader, passing(wanted_of(reader, filters)[::-1])):
        try:
            recalled = recall(intent)
        except InputError:
            continue  # what is not kept speaks for nothing
        if not recalled.altered and not _forged(reader, intent):
            yield Call(record=record, recalled=recalled, now=verdict_on(policy, recalled.action, recalled).decision)


def _forged(reader: Reader, intent: Read) -> bool:
    """Say whether the call, or an end of it, was perhaps reported by an agent's own call: nobody may vouch for oneself."""
    ends = [stored.body() for stored in reader.outcomes_of(intent.stored.idx)]
    return any(at(body, f"role.peer.{FORGED}") is not None for body in (intent.body, *ends))


def _candidates(history: Sequence[Call], least: int) -> Iterator[Suggestion]:
    """Give the matches that enough calls speak for, those with most first; then broader ones for what is left."""
    for side in Side:
        groups: dict[bytes, Group] = {}
        for call in history:
            matches = _asked_of(call) if side is Side.ALLOW else _denied_of(call)
            if matches:
                groups.setdefault(encode([*matches]), (matches, []))[1].append(call.record)
        enough = [group for group in groups.values() if len(group[1]) >= least]
        few = [group for group in groups.values() if len(group[1]) < least]
        broad = [group for group in _broader(few) if len(group[1]) >= least]
        for matches, records in (*_most(enough), *_most(broad)):
            rules: tuple[Document, ...] = tuple({"match": match, "decision": str(side)} for match in matches)
            yield Suggestion(side=side, rules=rules, evidence=tuple(sorted(records, key=lambda one: one.reference.idx)))


def _most(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -len(group[1]))[:MOST]


def _broader(groups: Sequence[Group]) -> list[Group]:
    """Give what several matches have in common: the directory of their files, or the words that commands begin with."""
    alike: dict[tuple[str, ...], list[Group]] = {}
    for matches, records in groups:
        key = _alike(matches[0], records[0].request.project or "") if len(matches) == 1 else ()
        if key:
            alike.setdefault(key, []).append((matches, records))
    found: list[Group] = []
    for (effect, field, beginning), members in alike.items():
        given = beginning if field == "paths" else _common([str(_only(group[0][0], field)) for group in members])
        if len(members) > 1 and given:
            match: Match = {"effects": [effect], field: [given]}
            found.append(((match,), [record for _, records in members for record in records]))
    return found


def _alike(match: Match, project: str) -> tuple[str, ...]:
    """Give what a match has to share with others: effect, and directory inside the project or program; empty for none."""
    effect, path, line = (str(_only(match, field) or "") for field in ("effects", "paths", "targetPatterns"))
    if line:
        return (effect, "targetPatterns", line.partition(" ")[0])
    directory = os.path.dirname(path)
    return (effect, "paths", f"{directory}/**") if project and directory.startswith(f"{project}/") else ()


def _common(lines: Sequence[str]) -> str:
    """Give the words that all lines begin with; a program alone is too little."""
    words = [line.split() for line in lines]
    shared = next(
        (n for n, column in enumerate(zip(*words, strict=False)) if len(set(column)) > 1), min(map(len, words))
    )
    return " ".join(words[0][:shared]) if shared > 1 else ""


def _only(match: Match, field: str) -> Json:
    found = match.get(field)
    return found[0] if isinstance(found, list) else None


def _asked_of(call: Call) -> tuple[Match, ...]:
    """Give matches for every deed that was asked about, where the call was let through; none if one has no match."""
    if not (call.asked and call.let_through and call.now is Decision.ASK):
        return ()
    action = call.recalled.action
    told = zip(action.deeds, call.record.request.deeds, strict=False)
    found = [match_of(deed, action) for deed, then in told if then.decision == "ask"]
    unique = {encode(match): match for match in found if match is not None}
    return () if None in found else tuple(unique.values())


def _denied_of(call: Call) -> tuple[Match, ...]:
    """Give a match for what somebody else than the gate denied, and the policy would let go on or ask about."""
    record = call.record
    if record.status != "denied" or record.result.denied_by not in BY_OTHERS or call.now is Decision.DENY:
        return ()
    action = call.recalled.action
    order = sorted(zip(action.deeds, record.request.deeds, strict=False), key=lambda pair: -_severity(pair[1].decision))
    found = [match for deed, _ in order if (match := _command(deed) or match_of(deed, action)) is not None]
    return tuple(found[:1])


def _severity(word: str) -> int:
    return severity(Decision(word)) if word else 0


def match_of(deed: Deed, action: Action) -> Match | None:
    """Give a match for just this deed: its path, else its hosts, else its command's words; None where it has none of them."""
    if deed.effect is None or deed.effect in NEVER:
        return None
    effect = str(deed.effect)
    target = deed.target
    if target is not None and target.kind is TargetKind.PATH:
        exact = target.exact and target.resolved and not is_glob(target.resolved)
        return {"effects": [effect], "paths": [target.resolved]} if exact else None
    if deed.effect is Effect.MCP_CALL:
        return None if is_glob(action.tool) else {"tools": [action.tool]}
    if deed.host and not is_glob(deed.host) and not deed.argv:
        return {"effects": [effect], "hosts": [deed.host]}
    return _command(deed)


def _command(deed: Deed) -> Match | None:
    """Give a match for a command, all of whose words are known and plain."""
    if deed.effect is None or deed.effect in NEVER or None in deed.argv:
        return None
    line = " ".join(word for word in deed.argv if word is not None)
    if not PLAIN.fullmatch(line) or classify_pattern(line, Programs()) is not PatternKind.COMMAND:
        return None
    return {"effects": [str(deed.effect)], "targetPatterns": [line]}


def _tried(candidate: Suggestion, base: Base, history: Sequence[Call], number: int) -> Suggestion:
    """Try a suggestion on history: name its rules, and say what speaks against it."""
    names = base.free(number)
    rules = tuple(_worded(rule, candidate, next(names)) for rule in candidate.rules)
    policy = base.policy(rules)
    effects = {str(word) for rule in rules for word in _listed(rule, "effects")}
    touched = [call for call in history if not effects or effects.intersection(call.record.effects)]
    after = [(call, verdict_on(policy, call.recalled.action, call.recalled)) for call in touched]
    against = ""
    if candidate.side is Side.ALLOW:
        ids = {record.id for record in candidate.evidence}
        held = [verdict.rules for call, verdict in after if call.record.id in ids and verdict.decision not in GOES_ON]
        loosened = [call for call, verdict in after if verdict.decision in GOES_ON and call.now not in GOES_ON]
        if held:
            against = f"{', '.join(dict.fromkeys(rule for one in held for rule in one))} cannot be replaced from here"
        elif denied := [one for one in loosened if one.now is Decision.DENY or not one.let_through]:
            against = f"it would also let go on what was denied or did not end (#{denied[0].record.reference.idx})"
    else:
        caught = [
            call for call, verdict in after if verdict.decision is Decision.DENY and call.now is not Decision.DENY
        ]
        if wrong := [call for call in caught if call.let_through]:
            against = f"it would also deny what was let through (#{wrong[0].record.reference.idx})"
    return Suggestion(side=candidate.side, rules=rules, evidence=candidate.evidence, against=against)


def _worded(rule: Document, of: Suggestion, name: str) -> Document:
    """Give a rule with its id and, as its reason, what speaks for it."""
    times, days = len(of.evidence), days_of(of.evidence)
    on = f"{times} times on {days} {'day' if days == 1 else 'days'}"
    if of.side is Side.ALLOW:
        return {"id": name, **rule, "reason": f"was asked about {on}, and let through each time"}
    return {"id": name, **rule, "reason": f"was denied {on}", "instead": "ask the person how else to do it"}


def _listed(rule: Document, field: str) -> list[Json]:
    match = rule["match"]
    found = match.get(field) if isinstance(match, dict) else None
    return found if isinstance(found, list) else []
