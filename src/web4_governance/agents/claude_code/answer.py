"""Puts an answer into Claude Code's words: silence, one JSON line in a single write, or exit 2 and a reason on stderr.

Not the judge: it says what it is told. The rules it keeps are the host's measured ones: a denial is exit 2 with text on
stderr and nothing on stdout, because that alone blocks in every version and however the hook is configured; JSON always
carries `hookEventName`, because without it the host drops the whole answer.
"""

from __future__ import annotations

from web4_governance.agents.reply import Reply
from web4_governance.core.canonical import encode, to_profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.agents.reply import Answer
    from web4_governance.core.canonical import Json

BLOCK = 2
# The host writes any string over 10,000 characters to a file and shows its name instead.
MAX_TEXT = 8000
NO_REASON = "denied by policy"
TAKES_CONTEXT = frozenset(
    (
        "PreToolUse",
        "PostToolUse",
        "PostToolUseFailure",
        "PostToolBatch",
        "UserPromptSubmit",
        "SessionStart",
        "SubagentStart",
        "SubagentStop",
        "Stop",
        "Setup",
        "Notification",
    )
)


def render(answer: Answer) -> Reply:
    """Give what the hook process writes and how it exits."""
    if answer.decision == "deny":
        return _deny(answer)
    specific: dict[str, Json] = {}
    if answer.event == "PreToolUse":
        specific = _permission(answer)
    if answer.reason and answer.decision != "ask" and answer.event in TAKES_CONTEXT:
        specific["additionalContext"] = _bounded(answer.reason)
    return _json(answer, specific)


def _deny(answer: Answer) -> Reply:
    reason = _bounded(answer.reason or NO_REASON)
    if answer.event == "PermissionRequest":  # exit 2 is ignored there
        return _json(answer, {"decision": {"behavior": "deny", "message": reason}})
    return Reply(exit_code=BLOCK, stderr=reason.encode("utf-8", "replace") + b"\n")


def _permission(answer: Answer) -> dict[str, Json]:
    if answer.decision == "ask":
        return {
            "permissionDecision": "ask",
            "permissionDecisionReason": _bounded(answer.reason or "the policy asks for a person's consent"),
        }
    if answer.host_allow:
        return {"permissionDecision": "allow", "permissionDecisionReason": "allowed by policy"}
    return {}


def _json(answer: Answer, specific: dict[str, Json]) -> Reply:
    body: dict[str, Json] = {}
    if answer.message:
        body["systemMessage"] = _bounded(answer.message)
    if specific:
        body["hookSpecificOutput"] = {"hookEventName": answer.event, **specific}
    return Reply(stdout=encode(to_profile(body)) + b"\n") if body else Reply()


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
