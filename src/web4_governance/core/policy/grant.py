"""What a person has granted: which rules are lifted for a call (docs/spec/policy.md A1-A6).

A grant names rules as they are, by a key over every field: a rule that was changed since is not the one that was lifted.
INVARIANT: only what the user says, and what the organisation calls overridable, can be lifted; never what the core says, nor
what came with a clone. A grant for targets lifts a rule for those deeds alone whose target is surely one of them. How long and
how often a grant holds is counted by the gate, in the transaction that records the call; here only those are seen that hold.
"""

from __future__ import annotations

from web4_governance.core.action import TargetKind
from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.decision import Decision, LayerName
from web4_governance.core.policy.fields import hosts_of
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.policy.paths import compile_path, covers
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.policy.layers import PolicySet
    from web4_governance.core.policy.rule import Rule
    from web4_governance.core.policy.seen import Seen
    from web4_governance.core.policy.voice import Voice

BINDING = (Decision.ASK, Decision.DENY)
ANY = "*"  # instead of a key: whatever can be lifted


@value
class Grant:
    """A grant that holds for the call that is judged.

    `id` is its name, the leaf of its entry in hex; `lifts` the keys of what it lifts, or `ANY`. `targets` are globs over the
    target of a deed, none of them for any deed.
    """

    id: str
    lifts: tuple[str, ...]
    targets: tuple[str, ...] = ()


def key_of(layer: LayerName, rule: Rule | None) -> str:
    """Give the key of a rule as it is, or of a layer's default."""
    if rule is None:
        return f"{layer}/default"
    return f"{layer}/{rule.id}@{sha256_hex(encode(rule.as_json()))[:16]}"


def can_be_lifted(layer: LayerName, rule: Rule | None) -> bool:
    """Say whether a person may lift this: what the user's layer says, or what is overridable."""
    return layer is LayerName.USER or (rule is not None and rule.overridable)


def stoppers(policy: PolicySet) -> Iterator[tuple[str, LayerName, Rule | None]]:
    """Give every rule and default that asks or denies: the id by which records name it, its layer, the rule."""
    for layer in policy.layers:
        for rule in layer.rules:
            if rule.decision in BINDING:
                yield rule.id, layer.name, rule
        if layer.default in BINDING:
            yield f"{layer.name}/default", layer.name, None


def all_liftable(voices: Iterable[Voice]) -> bool:
    """Say whether everything that stops a call could be lifted, and something does."""
    stopping = [voice for voice in voices if voice.binds and voice.decision in BINDING]
    return bool(stopping) and all(not one.reason and can_be_lifted(one.layer, one.rule) for one in stopping)


def lifted(voice: Voice, grants: tuple[Grant, ...], seen: Seen) -> Voice:
    """Give the voice as it speaks of a deed under these grants: the first that names it makes it an allow that says so."""
    if voice.decision not in BINDING or voice.reason or not can_be_lifted(voice.layer, voice.rule):
        return voice
    key = key_of(voice.layer, voice.rule)
    for grant in grants:
        if (key in grant.lifts or ANY in grant.lifts) and _is_for(grant, seen):
            return replace(voice, decision=Decision.ALLOW, granted=grant.id)
    return voice


def check_target(text: str) -> None:
    """Refuse a target that is no glob; PolicyError says why."""
    compile_glob(text)
    compile_path(text)


def _is_for(grant: Grant, seen: Seen) -> bool:
    try:
        return not grant.targets or any(_is_at(text, seen) for text in grant.targets)
    except PolicyError:  # no pattern of this version's: it lifts nothing
        return False


def _is_at(text: str, seen: Seen) -> bool:
    """Say whether the deed's target is surely one that a glob names: what is unknown is none."""
    target = seen.deed.target
    if target is None or not target.exact:
        return False
    if target.kind is TargetKind.PATH:  # where nobody looked behind links, it may lie elsewhere
        return bool(seen.real) and covers((compile_path(text),), target, seen.real, here=seen.where)
    glob = compile_glob(text)
    if target.kind is TargetKind.HOST:
        return all(glob.matches(host) for host in hosts_of(seen))
    return any(map(glob.matches, target.names))
