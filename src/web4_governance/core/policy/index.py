"""Which rules of a layer are worth a try for a deed: an index over what a rule cannot hold without.

Not a judge: a rule that is not given here could not have held, and one that is given is tried as if there were no index.
Each rule lies under the most telling thing it asks for: a tool, a host, a program, a part of a path, an effect, a
category; one that asks for none of these is always tried. The order of the rules is kept.
"""

from __future__ import annotations

from web4_governance.core.action import TargetKind
from web4_governance.core.policy.command import CommandPattern, program_of, within
from web4_governance.core.policy.fields import FIELDS, TOOL_ALIASES, hosts_of
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.policy.paths import SWEEPING, PathPattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.policy.layers import Layer
    from web4_governance.core.policy.pattern import TargetPattern
    from web4_governance.core.policy.rule import Rule
    from web4_governance.core.policy.seen import Seen

    Keys = tuple[str, ...]
    Rules = tuple[Rule, ...]

TOOL, HOST, PROGRAM, PART, EFFECT, CATEGORY = "thpdec"
ANY = ""
MOST_KNOWN = 64
MOST_ASKED = 256
MANY = 16  # deeds, from which on sorting the rules pays: a process that judges one call tries them all


class Table:
    """Rules by a key of theirs, and those that have none; sorted when enough deeds have come."""

    __slots__ = ("_always", "_by_key", "_found", "_is_sorted", "_kinds", "_parted", "_planning", "_tried", "rules")

    def __init__(self, rules: Iterable[Rule], *, planning: bool) -> None:
        self.rules = tuple(rules)
        self._planning = planning
        self._tried = 0
        self._is_sorted = False
        self._always: list[int] = []
        self._by_key: dict[str, list[int]] = {}
        self._parted: dict[str, list[int]] = {}
        self._kinds: frozenset[str] = frozenset()
        self._found: dict[Keys, tuple[set[int], Rules]] = {}  # by what deeds asked before

    def _sort(self) -> None:
        always: list[int] = []
        by_key: dict[str, list[int]] = {}
        parted: dict[str, list[int]] = {}
        for n, rule in enumerate(self.rules):
            keys = _keys_of(rule, planning=self._planning)
            for key in keys:
                by_key.setdefault(key, []).append(n)
            if not keys:
                always.append(n)
            elif any(key[0] == PART for key in keys):
                # Kept also for deeds whose parts nobody knows, by the effects it asks for.
                for key in _effect_keys(rule) or (ANY,):
                    parted.setdefault(key, []).append(n)
        self._always, self._by_key, self._parted = always, by_key, parted
        self._kinds = frozenset(key[0] for key in by_key)
        self._is_sorted = True  # INVARIANT: last, for it says that the rest is there; threads share this

    def near(self, seen: Seen) -> Rules:
        """Give the rules that this deed could be one of, in their order."""
        if not self._is_sorted:
            self._tried += 1
            if self._tried <= MANY:
                return self.rules
            self._sort()
        asked = self._asked(seen)
        found = self._found.get(asked)
        if found is None:
            if len(self._found) >= MOST_ASKED:
                self._found.clear()
            found = self._found[asked] = self._given(
                {*self._always}.union(*(self._by_key.get(key, ()) for key in asked))
            )
        parted = self._by_part(seen) if PART in self._kinds else ()
        return self._given({*found[0], *parted})[1] if parted else found[1]

    def _given(self, numbers: set[int]) -> tuple[set[int], Rules]:
        return numbers, tuple(self.rules[n] for n in sorted(numbers))

    def _asked(self, seen: Seen) -> Keys:
        """Give what a deed has of the kinds that this table is sorted by, short of the parts of its path."""
        kinds, deed, tool = self._kinds, seen.deed, seen.action.tool
        keys = [EFFECT + (deed.effect or "")]
        if CATEGORY in kinds:
            keys += [CATEGORY + category for category in deed.categories]
        if TOOL in kinds:
            keys += [TOOL + tool, TOOL + TOOL_ALIASES.get(tool, tool)]
        if HOST in kinds:
            keys += [HOST + host for host in hosts_of(seen)]
        if PROGRAM in kinds:
            keys += [PROGRAM + program for program in _programs(seen)]
        return tuple(keys)

    def _by_part(self, seen: Seen) -> set[int]:
        target = seen.deed.target
        if target is None:
            return set()
        if target.kind is TargetKind.PATH and (not target.exact or target.deep or seen.deed.effect in SWEEPING):
            # A glob may become any path, and what is swept away, or gone through, holds others.
            return {*self._parted.get(ANY, ()), *self._parted.get(EFFECT + (seen.deed.effect or ""), ())}
        parts = {".", "~", *target.given.split("/"), *target.resolved.split("/"), *(seen.real or "").split("/")}
        return {n for part in parts for n in self._by_key.get(PART + part, ())}


class RuleIndex:
    """The tables of a layer: to judge by, and to plan what has to be looked at and counted."""

    __slots__ = ("counted", "judged", "looking")

    def __init__(self, rules: Rules) -> None:
        self.judged = Table(rules, planning=False)
        self.looking = Table((rule for rule in rules if looks_at_paths(rule)), planning=True)
        self.counted = Table((rule for rule in rules if rule.match.rate is not None or _asks(rule)), planning=True)


# By the identity of the rules, which are kept beside it: while they are here no others can have it.
_known: dict[int, tuple[Rules, RuleIndex]] = {}


def index_of(layer: Layer) -> RuleIndex:
    """Give the index of a layer, made once."""
    found = _known.get(id(layer.rules))
    if found is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        found = _known[id(layer.rules)] = (layer.rules, RuleIndex(layer.rules))
    return found[1]


def looks_at_paths(rule: Rule) -> bool:
    """Say whether some field of the rule asks where a path leads."""
    parts = (*rule.match.parts, *(rule.exception.parts if rule.exception is not None else ()))
    return any(FIELDS[part.field].on_paths for part in parts)


def _asks(rule: Rule) -> bool:
    conditions = [one for one in (rule.match, rule.exception) if one is not None]
    return any(one.asks_state or one.asks_trust for one in conditions)


def _keys_of(rule: Rule, *, planning: bool) -> Keys:
    """Give the keys one of which a deed must have, the most telling there are; none where every deed may hold.

    INVARIANT: only fields that cannot err give keys. Fields are tried in one order, and those that can err stand last: a
    rule that is left out here would have ended before them.
    """
    asked = {part.field: part.ready for part in rule.match.parts}
    found: Keys = ()
    if "tools" in asked and not any(is_glob(glob.text) for glob in asked["tools"]):
        found = tuple(TOOL + glob.text for glob in asked["tools"])
    elif "hosts" in asked and not any(is_glob(glob.text) for glob in asked["hosts"]):
        found = tuple(HOST + glob.text for glob in asked["hosts"])
    elif not planning:  # what a path is behind symlinks is not known yet when it is planned to look
        found = _pattern_keys(asked.get("targetPatterns", ())) or _path_keys(asked.get("paths", ()))
    if not found:
        found = _effect_keys(rule)
    if not found and "categories" in asked:
        found = tuple(CATEGORY + category for category in asked["categories"])
    return found


def _effect_keys(rule: Rule) -> Keys:
    return tuple(
        EFFECT + (effect or "") for part in rule.match.parts if part.field == "effects" for effect in part.ready
    )


def _pattern_keys(patterns: tuple[TargetPattern, ...]) -> Keys:
    """Give the keys of target patterns, if each has one."""
    keys: list[str] = []
    for rule in (pattern.rule for pattern in patterns):
        if isinstance(rule, CommandPattern):
            keys.append(PROGRAM + rule.program)
        elif isinstance(rule, PathPattern) and (part := _part(rule)):
            keys.append(PART + part)
        else:
            return ()
    return tuple(keys)


def _path_keys(patterns: tuple[PathPattern, ...]) -> Keys:
    parts = [_part(pattern) for pattern in patterns]
    return tuple(PART + part for part in parts) if all(parts) else ()


def _part(pattern: PathPattern) -> str:
    """Give the longest part of a path pattern that is fixed: a path that it names has it between its slashes."""
    return max((part for part in pattern.glob.text.split("/") if not is_glob(part)), key=len, default="")


def _programs(seen: Seen) -> list[str]:
    deed = seen.deed
    words = [
        *deed.argv[:1],
        *(one[0] for one in within(deed.argv)),
        *(word for entry in deed.via for word in entry.split()[:1]),
    ]
    return [program_of(word) for word in words if word]
