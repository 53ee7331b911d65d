"""Reads a Claude Code transcript as a second witness: which calls it has, whether they ran, and what hooks made of them.

One line at a time, so that a transcript of any size is read. `assistant` lines hold what the model asked for, `user` lines
how it ended, and `attachment` lines of hooks what a hook of anybody's answered, a changed input included. The client
writes it late and as the person's own user (agents/claude_code/transcript.py says what that means).
"""

from __future__ import annotations

from datetime import datetime

from web4_governance.agents.claude_code.transcript import ending_of_result, result_in
from web4_governance.agents.testimony import Ran, Said, Shown
from web4_governance.core.canonical import lenient
from web4_governance.core.errors import CanonicalError
from web4_governance.core.event import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

    Line = dict[str, Json]

MARKS = (b'"tool_use"', b'"tool_result"', b'"PreToolUse"')
NEVER_RAN = ("unknown-tool", "invalid-input")
GATE = "PreToolUse"


def calls_in(line: bytes) -> Iterator[Said]:
    """Give what one line of a transcript says of calls; mostly nothing, and nothing where it cannot be read."""
    if not any(mark in line for mark in MARKS):
        return
    try:
        found, _ = lenient(line)
    except CanonicalError:
        return
    if not isinstance(found, dict):
        return
    match found.get("type"):
        case "assistant":
            yield from _asked(found)
        case "user":
            yield from _ended(found)
        case "attachment":
            yield from _changed(found)
        case _:
            return


def _asked(line: Line) -> Iterator[Said]:
    for block in _blocks(line):
        call, given = block.get("id"), block.get("input")
        if block.get("type") == "tool_use" and isinstance(call, str):
            yield _said(
                line, call, tool=_text(block, "name"), shown=Shown.ASKED, given=given if isinstance(given, dict) else {}
            )


def _ended(line: Line) -> Iterator[Said]:
    for block in _blocks(line):
        call = block.get("tool_use_id")
        if block.get("type") == "tool_result" and isinstance(call, str):
            yield _said(line, call, ran=_ran(line, block))


def _ran(line: Line, block: Line) -> Ran:
    ending = ending_of_result(result_in(line, block))
    if ending is None:
        return Ran.UNKNOWN
    if ending.status is Status.DENIED or ending.error_class in NEVER_RAN:
        return Ran.NO
    return Ran.YES


def _changed(line: Line) -> Iterator[Said]:
    """Give the input that a hook put in another's place, in its own answer as the client wrote it down."""
    attachment = line.get("attachment")
    if not isinstance(attachment, dict) or attachment.get("hookEvent") != GATE:
        return
    try:
        answer, _ = lenient(_text(attachment, "stdout").encode("utf-8", "surrogatepass"))
    except CanonicalError:
        return
    specific = answer.get("hookSpecificOutput") if isinstance(answer, dict) else None
    given = specific.get("updatedInput") if isinstance(specific, dict) else None
    call = _text(attachment, "toolUseID")
    if call and isinstance(given, dict):
        yield _said(line, call, shown=Shown.EFFECTIVE, given=given, via=_text(attachment, "command"))


def _said(
    line: Line,
    call: str,
    *,
    tool: str = "",
    ran: Ran = Ran.UNKNOWN,
    shown: Shown = Shown.NONE,
    given: Line | None = None,
    via: str = "",
) -> Said:
    return Said(
        session=_text(line, "sessionId"),
        call=call,
        tool=tool,
        agent_id=_text(line, "agentId"),
        ts=_time(_text(line, "timestamp")),
        ran=ran,
        shown=shown,
        input=given,
        cwd=_text(line, "cwd"),
        via=via,
        copied_from=_text(line, "requestSessionId"),  # only the model's own lines have it
    )


def _time(text: str) -> int:
    """Give an ISO 8601 time in microseconds, 0 where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond if moment.tzinfo is not None else 0


def _blocks(line: Line) -> Iterator[Line]:
    message = line.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        yield from (block for block in content if isinstance(block, dict))


def _text(body: Line, name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""
