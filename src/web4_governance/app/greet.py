"""What a session's start tells the agent: that it is governed, and by what."""

from __future__ import annotations

from web4_governance.app import off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.context import Context
    from web4_governance.app.policies import Loaded


def greeting(loaded: Loaded, context: Context) -> str:
    """Give one short paragraph for the agent."""
    mode = "is enforced" if loaded.policy.enforcing else "is observed only (nothing is blocked)"
    if off.in_force(context.home, context.now_us):
        mode = "is switched off for now by the person"
    parts = [
        f"This session is governed by web4-governance: tool calls are judged and recorded; the policy {mode}.",
        "A denied call says why and what to do instead; do not try to get round it, ask the person.",
    ]
    if loaded.untrusted:
        parts.append("The project brings a policy that the person has not trusted yet (`web4 policy trust`).")
    if loaded.broken:
        parts.append("A policy does not load; its last good version is in force (`web4 policy check`).")
    return " ".join(parts)
