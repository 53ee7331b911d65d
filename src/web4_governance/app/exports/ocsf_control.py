"""What the policy did with a call, in the words of OCSF's profile `security_control`: action, disposition, policy, severity."""

from __future__ import annotations

from functools import lru_cache

from web4_governance.core.event import Status
from web4_governance.core.policy.decision import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record

UNKNOWN, ALLOWED, DENIED, OBSERVED = 0, 1, 2, 3  # action_id
PASSED, BLOCKED, DETECTED, LOGGED, ALERT = 1, 2, 15, 17, 19  # disposition_id
SEVERITIES: dict[str, int] = {
    Decision.ALLOW: 1,
    Decision.WARN: 2,
    Decision.ASK: 2,
    Decision.DENY: 3,
}  # informational, low, medium
ENFORCED = "enforce"
KEPT = 1024  # ways of being judged


def severity(record: Record) -> int:
    """Give the severity of a call: that of the policy's decision, which is all that a policy says of it."""
    return SEVERITIES.get(record.decision, UNKNOWN)


def control(record: Record) -> dict[str, Json]:
    """Give what the control did, and by which policy; calls that were judged alike share it."""
    rules = record.rules
    return _control(rules.policy, rules.mode, rules.matched, rules.decision, record.status)


@lru_cache(maxsize=KEPT)
def _control(policy: str, mode: str, matched: tuple[str, ...], decision: str, ended: str) -> dict[str, Json]:
    action, disposition = _acted(mode, decision, ended)
    by: dict[str, Json] = {"uid": policy or "none", "is_applied": mode == ENFORCED}
    if matched:
        by["name"] = ", ".join(matched)
    return {
        "action_id": action,
        "disposition_id": disposition,
        "is_alert": disposition in (BLOCKED, ALERT),
        "policy": by,
    }


def _acted(mode: str, decision: str, ended: str) -> tuple[int, int]:
    """Give action and disposition; what a policy only would have done was observed."""
    if mode != ENFORCED:
        return OBSERVED, LOGGED if decision == Decision.ALLOW else DETECTED
    if decision == Decision.DENY or (decision == Decision.ASK and ended == Status.DENIED):
        return DENIED, BLOCKED
    if decision == Decision.ASK and ended == Status.UNCLOSED:
        return UNKNOWN, UNKNOWN  # nobody saw what the person answered
    if decision in (Decision.ALLOW, Decision.ASK):
        return ALLOWED, PASSED
    return (ALLOWED, ALERT) if decision == Decision.WARN else (UNKNOWN, UNKNOWN)
