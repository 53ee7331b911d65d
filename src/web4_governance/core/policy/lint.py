"""Says what in a policy that loads is probably not meant: rules that can never match, change nothing, contradict, or loosen.

Remarks only, on the rules of the document itself, not of what it extends, beside those of the layers above it; nothing is
judged here, and nothing is certain but what is said. Never raises on a policy that loads (docs/spec/policy.md D13).
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect
from web4_governance.core.effects.gathering import EFFECT_CATEGORIES
from web4_governance.core.policy import oddities
from web4_governance.core.policy.command import CommandPattern
from web4_governance.core.policy.decision import TRUSTED, Decision, severity
from web4_governance.core.policy.paths import PathPattern
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.policy.layers import Layer
    from web4_governance.core.policy.pattern import TargetPattern
    from web4_governance.core.policy.rule import Condition, Part, Rule

NEVER, SHADOWED, CONTRADICTS, IGNORED, UNKNOWN = "never", "shadowed", "contradicts", "ignored", "unknown"
LOOSENS, MISREAD = "loosens", "misread"
KINDS = (NEVER, SHADOWED, CONTRADICTS, IGNORED, LOOSENS, MISREAD, UNKNOWN)
DEFAULT, WITHOUT = "defaultPolicy", "without"
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
# What narrows an allow to no deed: an agent may put anything into a call of such a tool.
UNNARROWED = frozenset(("tools", "categories", "agents", "mcpServers", "permissionModes"))
_SIGNS = frozenset("*?[")


@value
class Finding:
    """One remark: its kind, the rule (or what else it is about), where that stands in the document, and what is odd."""

    kind: str
    rule: str
    path: tuple[str | int, ...]
    message: str


def lint(layer: Layer, document: Json = None, above: tuple[Layer, ...] = ()) -> tuple[Finding, ...]:
    """Look through the own rules of a layer's document, in their order, then through the rest of it and its tests.

    Args:
        layer: The layer.
        document: What its own document says, for what the layer no longer shows; None where that is not at hand.
        above: The layers above it that are in force with it.
    """
    own = [rule for rule in layer.rules if rule.level == 0]
    found: list[Finding] = []
    for n, rule in enumerate(own):
        never = _never(rule)
        said = never or _void(rule, layer) or _beside(rule, layer.rules) or _below(rule, layer, above)
        said = said or _void_of_own(rule, layer)
        more = [] if said is None else [said]
        more += [(MISREAD, one) for one in oddities.misread(rule)] if never is None else []
        more += [(LOOSENS, one) for one in _loosens(rule, layer, above)]
        more += [(IGNORED, warning) for warning in layer.warnings if f"of rule `{rule.id}` " in warning]
        found += [Finding(kind=kind, rule=rule.id, path=("rules", n), message=message) for kind, message in more]
    return (*found, *_around(layer, document if isinstance(document, dict) else {}), *_tests(layer))


def _around(layer: Layer, document: dict[str, Json]) -> Iterator[Finding]:
    """Look at what a document says beside its rules."""
    left_out = document.get(WITHOUT)
    for n, name in enumerate(left_out if isinstance(left_out, list) else ()):
        message = "is left out of what this policy extends: nothing else says it"
        yield Finding(kind=LOOSENS, rule=str(name), path=(WITHOUT, n), message=message)
    default = document.get(DEFAULT)
    if isinstance(default, str) and layer.default is not None and default != layer.default:
        message = f"`{default}` changes nothing: what this policy extends says {layer.default}, and the stricter holds"
        yield Finding(kind=IGNORED, rule=DEFAULT, path=(DEFAULT,), message=message)


def _tests(layer: Layer) -> Iterator[Finding]:
    known = {rule.id for rule in layer.rules} | {"core/self-tamper", f"{layer.name}/default"}
    for n, case in enumerate(layer.tests):
        if case.rule and case.rule not in known:
            yield Finding(
                kind=UNKNOWN, rule=case.rule, path=("tests", n), message=f"test {n + 1} wants a rule that is not there"
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
    odd = oddities.never(rule)
    return (NEVER, f"can never match: {odd}") if odd else None


def _categories(effect: Effect | None) -> frozenset[Category]:
    return WITHOUT_EFFECT if effect is None else ANYWHERE | frozenset(EFFECT_CATEGORIES[effect])


def _void(rule: Rule, layer: Layer) -> tuple[str, str] | None:
    """Say why an allow of a layer that only tightens does nothing."""
    if layer.name in TRUSTED or rule.decision is not Decision.ALLOW:
        return None
    if layer.default not in (None, Decision.ALLOW):
        return None
    return IGNORED, f"changes nothing: an allow of the {layer.name} lifts only its own default, and that is no stricter"


def _void_of_own(rule: Rule, layer: Layer) -> tuple[str, str] | None:
    """Say why an allow of a person's own does nothing: there is no default that it lifts, and no rule whose place it takes.

    Not of a layer without a default: another layer's may be strict.
    """
    if layer.name not in TRUSTED or rule.decision is not Decision.ALLOW or layer.default is not Decision.ALLOW:
        return None
    soft = any(other.overridable for other in layer.rules if other.level > rule.level)
    if rule.host_allow or rule.overridable or soft:
        return None
    if not any(severity(other.decision) > 0 for other in layer.rules):
        return None
    hint = "`without` leaves out a rule of what is extended, `except` makes room in one of your own"
    return IGNORED, f"changes nothing: an allow lifts a default, no rule, and the default allows; {hint}"


def _below(rule: Rule, layer: Layer, above: tuple[Layer, ...]) -> tuple[str, str] | None:
    """Say which rule of a layer above makes this one change nothing."""
    for other in above:
        if other.enforce is not True and layer.enforce is True:
            continue  # what only observes stops nothing
        for one in other.rules:
            if severity(one.decision) >= severity(rule.decision) and _shadows(one, rule):
                return SHADOWED, f"changes nothing: `{one.id}` of the {other.name} says {one.decision} of all of it"
    return None


def _loosens(rule: Rule, layer: Layer, above: tuple[Layer, ...]) -> Iterator[str]:
    """Say what a rule lets go that would be stopped without it."""
    others = [(one, "") for one in layer.rules if one.level > rule.level]
    others += [(one, f" of the {other.name}") for other in above for one in other.rules]
    for one, whose in others:
        milder = severity(rule.decision) < severity(one.decision)
        if one.overridable and milder and _wider(rule.match, one.match) and rule.exception is None:
            yield f"takes the place of `{one.id}`{whose}: {rule.decision} instead of {one.decision}, wherever that holds"
    if rule.host_allow and layer.name in TRUSTED and {part.field for part in rule.match.parts} <= UNNARROWED:
        yield "lets whatever it matches skip the host's own permission flow, by the name of a tool alone"


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
    """Give what a condition says; the order of a list says nothing."""
    if condition is None:
        return None
    return {
        name: sorted(map(str, given)) if isinstance(given, list) else given
        for name, given in condition.as_json().items()
    }


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
    if wide.field == "paths":
        return all(any(_path_fits(one, other) for one in wide.ready) for other in narrow.ready)
    if wide.field == "targetPatterns":
        return all(any(_pattern_fits(one, other) for one in wide.ready) for other in narrow.ready)
    return all(item in wide.given for item in narrow.given)


def _path_fits(wide: PathPattern, narrow: PathPattern) -> bool:
    """Say whether a path pattern surely names all that another does: the same, or all below a directory that holds it."""
    if wide.text in (narrow.text, "**"):
        return True
    if wide.anchored is not narrow.anchored or not wide.text.endswith("/**"):
        return False
    return narrow.text.startswith(wide.text[:-2]) and not _SIGNS & set(wide.text[:-2])


def _pattern_fits(wide: TargetPattern, narrow: TargetPattern) -> bool:
    """Say whether a target pattern surely holds wherever another does: of commands, the one that asks for less."""
    if wide.text == narrow.text:
        return True
    if isinstance(wide.rule, PathPattern) and isinstance(narrow.rule, PathPattern):
        return _path_fits(wide.rule, narrow.rule)
    if not isinstance(wide.rule, CommandPattern) or not isinstance(narrow.rule, CommandPattern):
        return False
    words = narrow.rule.words
    return wide.rule.program == narrow.rule.program and wide.rule.words[1:] == words[1 : len(wide.rule.words)]


def _fits(glob: Glob, text: str) -> bool:
    return glob.text in (text, "*") or (not _SIGNS & set(text) and glob.matches(text))
