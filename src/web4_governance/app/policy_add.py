"""Adds a rule to the person's own policy: from a call that was recorded, or from words alone; tried before it is written.

A rule that is made from a call must decide that call, else it is refused: what was meant would not be what holds. Nothing is
recorded here: the next hook call sees another digest and writes the `policy` entry.
"""

from __future__ import annotations

import json
import os
from itertools import count

from web4_governance.app import policy_file
from web4_governance.app.replay import verdict_on
from web4_governance.app.suggest import match_of
from web4_governance.core.errors import UsageError
from web4_governance.core.policy import Decision
from web4_governance.core.policy.condition import read_condition
from web4_governance.core.policy.decision import severity
from web4_governance.core.policy.fields import FIELDS
from web4_governance.core.policy.seen import Call, Seen
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.suggest import Base, Match
    from web4_governance.core.action import Deed
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.recall import Recalled

GOES_ON = (Decision.ALLOW, Decision.WARN)


@value
class Wanted:
    """What a person wants a rule to say; empty parts are taken from the call, or left out."""

    decision: Decision
    effects: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    id: str = ""
    reason: str = ""
    instead: str = ""


def rule_of(wanted: Wanted, recalled: Recalled | None, base: Base) -> dict[str, Json]:
    """Give the rule; UsageError where it would say nothing, or could mean several deeds of the call."""
    match = _match(wanted, recalled)
    texts = {"reason": wanted.reason, "instead": wanted.instead}
    return {
        "id": wanted.id or _free(base),
        "match": match,
        "decision": str(wanted.decision),
        **{name: text for name, text in texts.items() if text},
    }


def tried(rule: dict[str, Json], wanted: Wanted, recalled: Recalled | None, base: Base) -> str:
    """Give the policy with the rule, as it would be written; UsageError where it would not decide the call it is made from."""
    policy = base.policy([rule])  # a PolicyError says what is wrong with it
    if recalled is not None:
        verdict = verdict_on(policy, recalled.action, recalled)
        named = ", ".join(verdict.rules) or "no rule"
        if wanted.decision in GOES_ON and verdict.decision not in GOES_ON:
            message = f"the call would still be decided {verdict.decision}, by {named}"
            raise UsageError(
                message, hint="`web4 policy grant` lets one call through, `without` leaves a preset's rule out"
            )
        if severity(verdict.decision) < severity(wanted.decision):
            message = f"the rule does not speak of this call, which would be decided {verdict.decision}, by {named}"
            raise UsageError(message, hint="`web4 why ID` says what the call does, and on what")
    return json.dumps(base.with_rules([rule]), indent=2) + "\n"


def write(home: str, base: Base, rule: dict[str, Json], text: str) -> str:
    """Put the rule into the person's file and give it; UsageError where the file cannot be kept as it is otherwise.

    To be called while `policy_file.changing` holds, which the base was read under.
    """
    if base.data is None:
        path = os.path.join(home, "policy.json")
        policy_file.swap(path, None, text.encode())
        return path
    after = policy_file.with_rule(base.data, rule, base.with_rules([rule]), file=base.file, format=base.format)
    if after is None:
        message = f"`{base.file}` is {base.format.upper()} that a rule cannot be put into without writing it anew"
        raise UsageError(message, hint="`--print` prints the policy with the rule, as JSON")
    policy_file.swap(base.file, base.data, after)
    return base.file


def _match(wanted: Wanted, recalled: Recalled | None) -> Match:
    deeds = [] if recalled is None else _meant(wanted, recalled)
    effects = wanted.effects or tuple(dict.fromkeys(str(deed.effect) for deed in deeds if deed.effect is not None))
    if recalled is not None and not deeds:
        raise UsageError(
            "no deed of the call is one of these", hint="`web4 why ID` says what the call does, and on what"
        )
    if wanted.paths or wanted.hosts or recalled is None:
        parts = {"effects": effects, "paths": wanted.paths, "hosts": wanted.hosts}
        named: Match = {name: [*given] for name, given in parts.items() if given}
        if not named:
            raise UsageError("the rule would speak of nothing", hint="name a call, or --effect, --path or --host")
        return named
    found = {json.dumps(match): match for deed in deeds if (match := match_of(deed, recalled.action)) is not None}
    if not found and wanted.effects:  # what a deed touches has no words here: then all of its kind
        return {"effects": [*wanted.effects]}
    if not found:
        message = f"no rule can name just what this call does: {', '.join(effects) or 'nothing that is modelled'}"
        raise UsageError(message, hint="`--effect WORD` makes one for every call with that effect")
    if len(found) != 1:
        several = ", ".join(effects) or "nothing that a rule can name"
        message = f"the call has {len(found)} deeds that a rule could mean: {several}"
        raise UsageError(message, hint="say which with --effect, --path or --host")
    return next(iter(found.values()))


def _meant(wanted: Wanted, recalled: Recalled) -> list[Deed]:
    """Give the deeds of the call that the words speak of, as a rule's own fields would; where they name none, all."""
    parts = {"effects": wanted.effects, "paths": wanted.paths, "hosts": wanted.hosts}
    named: Match = {name: [*given] for name, given in parts.items() if given}
    if not named:
        return [*recalled.action.deeds]
    condition = read_condition(named, ("match",), ())
    call = Call(recalled.action, recalled.facts)
    return [
        deed
        for deed in recalled.action.deeds
        if all(FIELDS[part.field].holds(part.ready, Seen(call, deed), False) for part in condition.parts)
    ]


def _free(base: Base) -> str:
    own = base.document.get("rules")
    taken = {rule.get("id") for rule in own if isinstance(rule, dict)} if isinstance(own, list) else set()
    return next(name for n in count(1) if (name := f"added-{n}") not in taken)
