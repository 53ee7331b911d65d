"""What a session's start tells: the agent that it is governed and by what, the person what does not hold."""

from __future__ import annotations

from web4_governance.app import off, policies
from web4_governance.app.scope import projects_of
from web4_governance.app.settings import settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.context import Context
    from web4_governance.core.event import Event


def greeting(event: Event, context: Context) -> str:
    """Give one short paragraph for the agent, empty where the person does not want it."""
    if not settings(context.home).session_notice:
        return ""
    projects = projects_of(event.cwd, context.project_hint, user_home=context.user_home)
    loaded = policies.in_force(
        context.home, projects, organisation=context.organisation, session_policy=context.session_policy
    )
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
