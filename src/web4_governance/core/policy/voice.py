"""One voice on one deed: a rule that matched, a default that speaks, or the core's own word."""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.policy.decision import Decision, LayerName
    from web4_governance.core.policy.rule import Rule


@value
class Voice:
    """What is said, by whom, and whether it binds. `index` is the layer's place in the set, from the top.

    `granted` names the grant that made an allow of it, empty where none did.
    """

    decision: Decision
    binds: bool
    layer: LayerName
    index: int
    id: str
    rule: Rule | None = None
    reason: str = ""
    instead: str = ""
    granted: str = ""

    @property
    def is_default(self) -> bool:
        """True for a layer's default."""
        return self.rule is None and not self.reason

    @property
    def level(self) -> int:
        """How many documents of its layer extend the one that the rule stands in."""
        return self.rule.level if self.rule is not None else 0

    @property
    def is_overridable(self) -> bool:
        """True where the rule lets a rule below it take its place."""
        return self.rule is not None and self.rule.overridable

    def is_below(self, other: Voice) -> bool:
        """Say whether this rule stands below another: in a lower layer, or in the document that extends the other's."""
        if self.index != other.index:
            return self.index > other.index
        return self.level < other.level
