"""The four decisions and the layers that make them (docs/spec/policy.md J2, L7).

Words only, and their order: what leads to a decision is `judge`, what it does to a call is the adapter's.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Decision(Closed):
    """What a policy says of a deed, from the mildest to the strictest."""

    ALLOW = "allow"
    WARN = "warn"
    ASK = "ask"
    DENY = "deny"


class LayerName(Closed):
    """Who speaks, from the top down. `preset` only names where a rule was written, never a layer of its own."""

    CORE = "core"
    ORGANISATION = "organisation"
    USER = "user"
    PROJECT = "project"
    SESSION = "session"
    PRESET = "preset"


ORDER = (LayerName.ORGANISATION, LayerName.USER, LayerName.PROJECT, LayerName.SESSION)
# Only these belong to the people whom the policy protects: the others may come with a clone, or from a call.
TRUSTED = (LayerName.ORGANISATION, LayerName.USER)

_SEVERITY = {Decision.ALLOW: 0, Decision.WARN: 1, Decision.ASK: 2, Decision.DENY: 3}


def severity(decision: Decision) -> int:
    """Give the place of a decision in `allow < warn < ask < deny`."""
    return _SEVERITY[decision]


def strictest(decisions: Iterable[Decision]) -> Decision:
    """Give the strictest of some decisions; of none, allow."""
    return max(decisions, key=severity, default=Decision.ALLOW)
