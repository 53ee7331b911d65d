"""Layers and the set they make: who says what, whether it binds, and the digest over all of it (docs/spec/policy.md L7-L11).

INVARIANT: a layer can only tighten those above it. Three things would loosen: an enforcement switched off, a rule
replaced, a default lifted. Each is honoured from organisation and user only; a project's policy may come with a clone.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.policy.decision import ORDER, TRUSTED, LayerName
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.policy.cases import Case
    from web4_governance.core.policy.decision import Decision
    from web4_governance.core.policy.rule import Rule

# Changes when the same documents and facts may come to another decision: replay needs the one it was judged under.
SEMANTICS = 1


@value
class Layer:
    """One layer: the rules of its document and of all it extends.

    `default` is None where no document gives one, `enforce` None where the layer's own does not say. `pins` pair what was
    pulled in with the digest of its bytes. `source` is the digest of the document's own bytes, `fingerprint` that of it
    and of the files it extends (what trusting a project pins; presets ship with the program and are left out). `tests` are the
    document's own, for `web4 policy test`; nothing is judged by them. `packs`
    are the rows of the catalog that it, and what it extends, bring along: their bytes are pinned.
    """

    name: LayerName
    rules: tuple[Rule, ...]
    file: str = ""
    default: Decision | None = None
    enforce: bool | None = None
    pins: tuple[tuple[str, str], ...] = ()
    source: str = ""
    fingerprint: str = ""
    title: str = ""
    description: str = ""
    warnings: tuple[str, ...] = ()
    tests: tuple[Case, ...] = ()
    packs: tuple[Object, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """Give everything that is judged by, and nothing of where it lay."""
        return {
            "layer": str(self.name),
            "rules": [rule.as_json() for rule in self.rules],
            "defaultPolicy": None if self.default is None else str(self.default),
            "enforce": self.enforce,
            "pins": [list(pin) for pin in self.pins],
            "name": self.title,
            "description": self.description,
            **({"packs": [_judged(row) for row in self.packs]} if self.packs else {}),
        }


def _judged(row: Object) -> Object:
    """Give a pack's row without its examples, which nothing is judged by."""
    return {name: item for name, item in row.items() if name not in ("yes", "no", "source")}


@value
class PolicySet:
    """The layers in force, from the top down, whether each binds, and the digest over every field of all of them."""

    layers: tuple[Layer, ...]
    binds: tuple[bool, ...]
    digest: str

    @property
    def enforcing(self) -> bool:
        """True where some layer's decisions bind."""
        return any(self.binds)

    @property
    def packs(self) -> tuple[Object, ...]:
        """The rows of the catalog that the layers bring along: they only add effects, so every layer's count."""
        return tuple(row for layer in self.layers for row in layer.packs)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the layers say that is not done."""
        return tuple(f"{layer.name}: {warning}" for layer in self.layers for warning in layer.warnings)

    def as_json(self) -> dict[str, Json]:
        """Give the whole policy as JSON: what the digest is over, and what replay starts from."""
        return _document(self.layers, self.binds)


def combine(layers: tuple[Layer, ...], *, digest: str = "") -> PolicySet:
    """Put layers in their order, make rule ids unique, settle what binds, and digest the whole.

    Several layers of one name stand side by side (two projects at once), in the order given. `digest` is what `digest_of`
    gives for these very layers, where that is known.
    """
    ordered = _unique_ids(tuple(sorted(layers, key=lambda layer: ORDER.index(layer.name))))
    binds = _binds(ordered)
    return PolicySet(layers=ordered, binds=binds, digest=digest or digest_of(ordered, binds))


def digest_of(layers: tuple[Layer, ...], binds: tuple[bool, ...]) -> str:
    """Give `sha256:<hex>` over everything that is judged by."""
    return "sha256:" + sha256_hex(encode(_document(layers, binds)))


def _document(layers: tuple[Layer, ...], binds: tuple[bool, ...]) -> dict[str, Json]:
    return {
        "semantics": SEMANTICS,
        "layers": [{**layer.as_json(), "binds": bind} for layer, bind in zip(layers, binds, strict=True)],
    }


def _binds(layers: tuple[Layer, ...]) -> tuple[bool, ...]:
    """Organisation and user bind if they say so; a layer below may bind of itself, and does where one above does."""
    binds: list[bool] = []
    for layer in layers:
        inherited = layer.name not in TRUSTED and any(binds)
        binds.append(layer.enforce is True or inherited)
    return tuple(binds)


def _unique_ids(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Give a rule whose id an earlier layer has its layer's name in front (and a number, where that is taken too)."""
    taken: set[str] = set()
    return tuple(
        replace(layer, rules=tuple(_final(rule, layer.name, taken) for rule in layer.rules)) for layer in layers
    )


def _final(rule: Rule, layer: LayerName, taken: set[str]) -> Rule:
    free, n = rule.id, 1
    while free in taken:
        free, n = (f"{layer}/{rule.id}" if n == 1 else f"{layer}-{n}/{rule.id}"), n + 1
    taken.add(free)
    return rule if free == rule.id else replace(rule, id=free)
