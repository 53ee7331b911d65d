"""Says a policy in words: what `web4 policy show`, `check` and `explain` print. Text only; nothing is judged here."""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision
from web4_governance.core.policy.pattern import PatternKind, TargetPattern, classify_pattern
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.policy.layers import Layer, PolicySet
    from web4_governance.core.policy.rule import Condition, Rule

_READ_AS = {
    PatternKind.GLOB: "a glob over targets",
    PatternKind.COMMAND: "a command, however it is spelled",
    PatternKind.STATEMENT: "an SQL statement that is executed",
    PatternKind.SUBSTRING: "a text anywhere in the input, in any case",
}


@value
class PatternUse:
    """One target pattern of a policy: the rule it stands in, and how it is read."""

    rule: str
    text: str
    kind: PatternKind

    @property
    def meaning(self) -> str:
        """How the pattern is read, in words."""
        return _READ_AS[self.kind]


def describe_policy(policy: PolicySet) -> tuple[str, ...]:
    """Give the whole policy as lines: layers from the top down, their rules, defaults and warnings."""
    lines = [f"policy {policy.digest}, {'enforced' if policy.enforcing else 'observed only'}"]
    for layer, binds in zip(policy.layers, policy.binds, strict=True):
        lines.extend(_layer(layer, binds=binds))
    return (*lines, *(f"warning: {warning}" for warning in warnings(policy)))


def describe_rule(rule: Rule) -> str:
    """Give a rule as one line."""
    parts = [f"{rule.id}: {rule.decision} where {rule.match.brief()}"]
    if rule.exception is not None:
        parts.append(f"except where {rule.exception.brief()}")
    words = {"hostAllow": rule.host_allow, "overridable": rule.overridable, "commitBeforeAct": rule.commit}
    parts.extend(word for word, said in words.items() if said)
    return "; ".join(parts) + (f" ({rule.reason})" if rule.reason else "")


def patterns(policy: PolicySet) -> tuple[PatternUse, ...]:
    """Give every target pattern with how it is read."""
    return tuple(
        PatternUse(rule=rule.id, text=pattern.text, kind=pattern.kind)
        for layer in policy.layers
        for rule in layer.rules
        for pattern in _target_patterns(rule)
    )


def warnings(policy: PolicySet) -> tuple[str, ...]:
    """Give what a policy says that is not done, and what it may not mean as it is read."""
    found = list(policy.warnings)
    for layer in policy.layers:
        for rule in layer.rules:
            found.extend(_suspicions(rule))
    return tuple(found)


def _layer(layer: Layer, *, binds: bool) -> Iterator[str]:
    default = layer.default or "none"
    title = f" “{layer.title}”" if layer.title else ""
    yield f"{layer.name}{title} from {layer.file or 'nowhere'}: {'binds' if binds else 'binds nothing'}, default {default}"
    for name, digest in layer.pins:
        yield f"  extends {name} ({digest})"
    for rule in layer.rules:
        yield f"  {describe_rule(rule)}"


def _target_patterns(rule: Rule) -> Iterator[TargetPattern]:
    for condition in (rule.match, rule.exception):
        yield from _in_condition(condition)


def _in_condition(condition: Condition | None) -> Iterator[TargetPattern]:
    for part in condition.parts if condition is not None else ():
        if part.field == "targetPatterns":
            yield from part.ready


def _suspicions(rule: Rule) -> Iterator[str]:
    for pattern in _target_patterns(rule):
        first = pattern.text.split()[0]
        if pattern.kind is PatternKind.GLOB and " " in pattern.text and _is_command(first):
            yield f"rule {rule.id}: `{pattern.text}` is read as a glob over targets; without its `*` it is a command"
    if rule.decision is Decision.ALLOW and any(p.kind is PatternKind.SUBSTRING for p in _in_condition(rule.match)):
        yield f"rule {rule.id}: allows by a text, which an agent can put into a command of its choice"


def _is_command(word: str) -> bool:
    return classify_pattern(word) is PatternKind.COMMAND
