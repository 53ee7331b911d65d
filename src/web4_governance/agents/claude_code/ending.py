"""How Claude Code says that a call ended: from a result, from an error text, from a batch's text, from a notification.

Texts are the host's words for people; each one that is told apart here was seen on the real client, and whatever is not
recognised becomes the least that the event proves (docs/spec/claude-code.md, end states).
"""

from __future__ import annotations

from web4_governance.core.event import Completion, DeniedBy, Ending, Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import BatchCall

EXIT_CODE = "Exit code "
TOOL_ERROR = "<tool_use_error>"
MAX_HEAD = 400
ERROR_CLASSES = (
    ("No such tool available", "unknown-tool"),
    ("InputValidationError", "invalid-input"),
    ("File does not exist", "not-found"),
    ("ENOENT", "not-found"),
    ("EACCES", "permission"),
    ("EPERM", "permission"),
)
# What the host says instead of a result. Each was seen on the real client, 2.1.330.
PERSON_TEXTS = ("The user doesn't want to proceed with this tool use.",)
CLASSIFIER_TEXTS = ("Auto mode is unavailable",)
HOST_TEXTS = (
    "Permission to use ",
    "Claude requested permissions to ",
    "This command requires approval",
    "Cannot write to ",
)
HOST_WORDS = (" needs approval. ",)
TASK_ENDS = {
    "completed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "killed": Status.INTERRUPTED,
    "stopped": Status.INTERRUPTED,
}
NOTICE, NOTICE_END = "<task-notification>", "</task-notification>"
TOLD = ("<summary>", "<note>", "<result>")
MAX_NOTICES = 64
USAGE = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read_input_tokens", "cache_read_tokens"),
    ("cache_creation_input_tokens", "cache_write_tokens"),
)


def of_result(response: Json, duration_us: int) -> Ending:
    """PostToolUse: the tool gave a result, was stopped while running, or went to the background."""
    if not isinstance(response, dict):
        return Ending(status=Status.SUCCEEDED, duration_us=duration_us, output=response)
    interrupted = response.get("interrupted") is True
    task = _text(response, "backgroundTaskId")
    child = _text(response, "agentId")
    if _text(response, "status") == "async_launched":
        task = task or child
    status = Status.STARTED if task else (Status.INTERRUPTED if interrupted else Status.SUCCEEDED)
    return Ending(
        status=status,
        error_class="interrupted" if status is Status.INTERRUPTED else "",
        duration_us=duration_us,
        output=response,
        child_agent=child,
        child_type=_text(response, "agentType"),
        task=task,
        model=_text(response, "resolvedModel"),
        usage=usage_of(response.get("usage")),
    )


def of_failure(error: str, duration_us: int, *, interrupted: bool) -> Ending:
    """PostToolUseFailure: the tool ran and failed, or was stopped."""
    if interrupted:
        return Ending(
            status=Status.INTERRUPTED, error=error, error_class="interrupted", duration_us=duration_us, output=error
        )
    return of_failure_text(error, duration_us)


def of_failure_text(error: str, duration_us: int = -1) -> Ending:
    """Give the failure that an error text tells of."""
    return Ending(
        status=Status.FAILED,
        error=error,
        error_class=class_of_error(error),
        exit_code=exit_code_of(error),
        duration_us=duration_us,
        output=error,
    )


def of_classifier(reason: str) -> Ending:
    """PermissionDenied: the host's classifier said no."""
    return Ending(status=Status.DENIED, denied_by=DeniedBy.CLASSIFIER, error=reason, error_class="permission")


def of_notifications(prompt: str) -> tuple[Completion, ...]:
    """Give the background work that a prompt of the host's own speaks of, each with how it ended; most prompts: nothing."""
    found: list[Completion] = []
    rest = prompt
    while rest.startswith(NOTICE) and len(found) < MAX_NOTICES:
        block, _, rest = rest.partition(NOTICE_END)
        rest = rest.lstrip()
        found.append(_completion(block))
    return tuple(found)


def _completion(block: str) -> Completion:
    # What the work printed comes in <summary>, <note> or <result>: the fields before these are the host's own.
    head = block[: min((at for mark in TOLD if (at := block.find(mark)) >= 0), default=len(block))]
    ended = TASK_ENDS.get(_between(head, "<status>", "</status>"))
    task = _between(head, "<task-id>", "</task-id>")
    ending = None if ended is None else Ending(status=ended, task=task, output=block)
    return Completion(call=_between(head, "<tool-use-id>", "</tool-use-id>"), task=task, ending=ending)


def ending_of_batch_call(call: BatchCall) -> Ending:
    """Say how a call ended of which no other event told: the batch has only what the model was shown.

    A refusal is always a text. Blocks are a tool's own result (of MCP servers and subagents): the call ran. A text that
    nobody knows is most likely the reason of somebody who denied the call; who that was cannot be told.
    """
    if isinstance(call.response, list):
        return Ending(status=Status.SUCCEEDED, output=call.response)
    text = text_of(call.response)
    if text.startswith(TOOL_ERROR):
        return of_failure_text(text)
    return Ending(status=Status.DENIED, denied_by=_who_denied(text), error=text, error_class="permission")


def class_of_error(error: str) -> str:
    """Give the closed word for an error text."""
    if exit_code_of(error) >= 0:
        return "exit-code"
    told = error.removeprefix(TOOL_ERROR).removeprefix("Error: ")
    for beginning, word in ERROR_CLASSES:
        if told.startswith(beginning):
            return word
    # The tool's own check of its input comes before any permission, and only there the client puts it into this tag.
    return "invalid-input" if error.startswith(TOOL_ERROR) else "other"


def _who_denied(text: str) -> DeniedBy:
    if text.startswith("PreToolUse:") and " hook error" in text[:MAX_HEAD]:
        return DeniedBy.GATE
    if text.startswith(PERSON_TEXTS):
        return DeniedBy.PERSON
    if text.startswith(CLASSIFIER_TEXTS):
        return DeniedBy.CLASSIFIER
    if text.startswith(HOST_TEXTS) or any(words in text[:MAX_HEAD] for words in HOST_WORDS):
        return DeniedBy.HOST_RULE
    return DeniedBy.UNATTRIBUTED


def exit_code_of(error: str) -> int:
    """Give the exit code that the host names first in its error text, -1 where it names none."""
    if not error.startswith(EXIT_CODE):
        return -1
    digits = error[len(EXIT_CODE) :].split("\n", 1)[0]
    return int(digits) if digits.isdecimal() and len(digits) <= 10 else -1  # noqa: PLR2004  # a 32-bit code has ten digits


def usage_of(usage: Json) -> tuple[tuple[str, int], ...]:
    """Give the token counts of a usage object, under our names."""
    if not isinstance(usage, dict):
        return ()
    counts = ((ours, usage.get(theirs)) for theirs, ours in USAGE)
    return tuple((ours, n) for ours, n in counts if isinstance(n, int) and not isinstance(n, bool) and n >= 0)


def text_of(response: Json) -> str:
    """Give the text of a response as the model sees it: a string, or blocks of which the text ones are joined."""
    if isinstance(response, str):
        return response
    if isinstance(response, list):
        return "\n".join(_text(block, "text") for block in response if isinstance(block, dict))
    return ""


def _text(body: dict[str, Json], name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""


def _between(text: str, start: str, end: str) -> str:
    _, found, rest = text.partition(start)
    inside, closed, _ = rest.partition(end)
    return inside if found and closed else ""
