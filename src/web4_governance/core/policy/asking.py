"""Says whose trust a judgement really turns on: what `plan` names beforehand and no rule comes to ask is not among it.

Pure: the action is judged as if nothing were known of anybody, and it is noted what the rules looked up on the way. What a
rule asks only after an answer about trust is not needed to know whom the first question is about.
"""

from __future__ import annotations

from web4_governance.core.policy.judge import judge
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Action
    from web4_governance.core.policy.layers import PolicySet
    from web4_governance.core.policy.standing import Key, Standing
    from web4_governance.core.policy.verdict import Facts


class _Noting(dict["Key", "Standing"]):
    """Facts about trust that say `unknown` of everybody and note who was asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[Key, None] = {}

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: Key) -> Standing:
        self.asked[key] = None
        return None


def asked_of(policy: PolicySet, action: Action, facts: Facts) -> frozenset[str]:
    """Give of whom (`agent`, `server` ...) a rule asks trust when this action is judged by what else was found."""
    noting = _Noting()
    judge(policy, action, replace(facts, trust=noting))
    return frozenset(of for of, _role, _dimension in noting.asked)
