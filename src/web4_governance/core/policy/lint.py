"""Says what in a policy that loads is probably not meant: rules that can never match, change nothing, or contradict.

Remarks only, on the rules of the document itself, not of what it extends; nothing is judged here, and nothing is certain but
what is said. Never raises on a policy that loads (docs/spec/policy.md D13).
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect
from web4_governance.core.effects.gathering import EFFECT_CATEGORIES
from web4_governance.core.policy.decision import TRUSTED, Decision, severity
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.policy.layers import Layer
    from web4_governance.core.policy.rule import Condition, Part, Rule

NEVER, SHADOWED, CONTRADICTS, IGNORED, UNKNOWN = "never", "shadowed", "contradicts", "ignored", "unknown"
KINDS = (NEVER, SHADOWED, CONTRADICTS, IGNORED, UNKNOWN)
# What a call adds to the categories of its effects, and what it has where it has no effect.
ANYWHERE = frozenset((Category.COMMAND, Category.MCP))
WITHOUT_EFFECT = ANYWHERE | {Category.OTHER}
READING = ("Read", "Glob", "Grep", "LS", "NotebookRead")
WRITING = ("Write", "Edit", "MultiEdit", "NotebookEdit")
_CHANGES = frozenset((Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE, Effect.SECRET_WRITE))
# What needs a program or a service: no tool that works on one file does it.
_ELSEWHERE = frozenset(
    effect
    for effect in Effect
    if str(effect).startswith(("db.", "infra.", "net.", "package.", "process.", "vcs.", "mcp."))
) | {Effect.DELEGATE, Effect.STATE, Effect.RESOURCE_EXHAUST, Effect.CODE_FROM_NETWORK, Effect.DATA_EGRESS}
IMPOSSIBLE = {
    **dict.fromkeys(READING, _ELSEWHERE | _CHANGES),
    **dict.fromkeys(WRITING, _ELSEWHERE),
}
# Fields of which a deed surely is what it may be: no doubt keeps an exception from taking everything back.
CERTAIN = frozenset(("tools", "categories", "effects", "agents", "mcpServers", "permissionModes"))
GLOBS = frozenset(("tools", "hosts", "agents", "mcpServers", "permissionModes"))
SETS = frozenset(("categories", "effects", "places"))
_SIGNS = frozenset("*?[")


@value
class Finding:
    """One remark: its kind, the rule, that rule's place among the document's own (-1 for a test's), and what is odd."""

    kind: str
    rule: str
    index: int
    message: str


def lint(layer: Layer) -> tuple[Finding, ...]:
    """Look through the own rules of a layer's document, in their order, then through its tests."""
    own = [rule for rule in layer.rules if rule.level == 0]
    found: list[Finding] = []
    for n, rule in enumerate(own):
        said = _never(rule) or _void(rule, layer) or _beside(rule, layer.rules)
        if said is not None:
            found.append(Finding(kind=said[0], rule=rule.id, index=n, message=said[1]))
        found.extend(
            Finding(kind=IGNORED, rule=rule.id, index=n, message=warning)
            for warning in layer.warnings
            if f"of rule `{rule.id}` " in warning
        )
    return (*found, *_tests(layer))


def _tests(layer: Layer) -> Iterator[Finding]:
    known = {rule.id for rule in layer.rules} | {"core/self-tamper", f"{layer.name}/default"}
    for n, case in enumerate(layer.tests):
        if case.rule and case.rule not in known:
            yield Finding(
                kind=UNKNOWN, rule=case.rule, index=-1, message=f"test {n + 1} wants a rule that is not there"
            )


def _never(rule: Rule) -> tuple[str, str] | None:
    """Say why no deed can match a rule."""
    parts = {part.field: part for part in rule.match.parts}
    categories, effects, tools = (parts.get(name) for name in ("categories", "effects", "tools"))
    if categories and effects and not any(_categories(effect) & categories.ready for effect in effects.ready):
        return NEVER, "can never match: none of its effects is of one of its categories"
    named = [glob.text for glob in tools.ready] if tools else []
    plain = bool(named) and not any(_SIGNS & set(name) for name in named)
    if effects and plain and all(effects.ready <= IMPOSSIBLE.get(name, frozenset()) for name in named):
        return NEVER, "can never match: none of its tools can have one of its effects"
    if "mcpServers" in parts and plain and not any(name.startswith("mcp__") for name in named):
        return NEVER, "can never match: none of its tools is an MCP server's"
    exception = rule.exception
    if exception is not None and {part.field for part in exception.parts} <= CERTAIN and _wider(exception, rule.match):
        return NEVER, "can never match: its exception takes back all that it matches"
    return None


def _categories(effect: Effect | None) -> frozenset[Category]:
    return WITHOUT_EFFECT if effect is None else ANYWHERE | frozenset(EFFECT_CATEGORIES[effect])


def _void(rule: Rule, layer: Layer) -> tuple[str, str] | None:
    """Say why an allow of a layer that only tightens does nothing."""
    if layer.name in TRUSTED or rule.decision is not Decision.ALLOW:
        return None
    if layer.default is not None and layer.default is not Decision.ALLOW:
        return None
    return IGNORED, f"changes nothing: an allow of the {layer.name} lifts only its own default, and that is no stricter"


def _beside(rule: Rule, rules: tuple[Rule, ...]) -> tuple[str, str] | None:
    """Say which other rule makes this one change nothing."""
    at = next(n for n, other in enumerate(rules) if other is rule)
    replacing = any(other.overridable for other in rules)
    for n, other in enumerate(rules):
        if n == at or severity(other.decision) < severity(rule.decision):
            continue
        if other.decision is not rule.decision and other.level == 0 and _same(rule, other):
            return (
                CONTRADICTS,
                f"says {rule.decision} of what `{other.id}` says {other.decision} of: the stricter holds",
            )
        # What is pulled in takes no overridable rule's place, as this one may.
        if not _shadows(other, rule) or (replacing and other.level > 0):
            continue
        if n > at and other.decision is rule.decision and _shadows(rule, other):
            continue  # of two that say the same, the later one is said to
        hint = ", which `without` can leave out" if other.level else ""
        return SHADOWED, f"changes nothing: `{other.id}` says {other.decision} of all that it matches{hint}"
    return None


def _same(one: Rule, other: Rule) -> bool:
    return _said(one.match) == _said(other.match) and _said(one.exception) == _said(other.exception)


def _said(condition: Condition | None) -> object:
    return condition.as_json() if condition is not None else None


def _shadows(wide: Rule, narrow: Rule) -> bool:
    """Say whether one rule matches whatever the other does and its word holds: no rule may take its place."""
    if wide.overridable or (narrow.host_allow and wide.decision is Decision.ALLOW and not wide.host_allow):
        return False
    if narrow.commit and not wide.commit:
        return False
    if wide.exception is not None and _said(wide.exception) != _said(narrow.exception):
        return False
    if wide.match.rate is not None and _said(wide.match) != _said(narrow.match):
        return False
    return _wider(wide.match, narrow.match)


def _wider(wide: Condition, narrow: Condition) -> bool:
    """Say whether every field of one condition holds wherever the other condition does."""
    given = {part.field: part for part in narrow.parts}
    return all(
        (part.field == "tools" and any(glob.text == "*" for glob in part.ready))
        or (part.field in given and _holds_for(part, given[part.field]))
        for part in wide.parts
    )


def _holds_for(wide: Part, narrow: Part) -> bool:
    if wide.given == narrow.given:
        return True
    if not isinstance(wide.given, list) or not isinstance(narrow.given, list):
        return False
    if wide.field in SETS:
        return frozenset(wide.ready) >= frozenset(narrow.ready)
    if wide.field in GLOBS:
        return all(any(_fits(glob, other.text) for glob in wide.ready) for other in narrow.ready)
    return all(item in wide.given for item in narrow.given)


def _fits(glob: Glob, text: str) -> bool:
    return glob.text in (text, "*") or (not _SIGNS & set(text) and glob.matches(text))
