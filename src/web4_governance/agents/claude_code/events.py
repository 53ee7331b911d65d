"""Reads one Claude Code hook event: bytes to an `Event`, or an EventError of one line (docs/spec/claude-code.md).

Not a validator of the host: what it does not know it keeps. An event needs a name and a session, a call's event also a
tool; any other field of the wrong type stays in `extra` as it came, and its name is listed under `~unusable`. Events
that nobody has heard of yet are `Moment.OTHER` with everything in `extra`.
"""

from __future__ import annotations

from web4_governance.agents.claude_code import ending as endings
from web4_governance.core.action import McpServer
from web4_governance.core.canonical import lenient
from web4_governance.core.errors import CanonicalError, EventError
from web4_governance.core.event import BatchCall, Event, Moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Ending

AGENT = "claude-code"
MAX_BYTES = 64 * 1024 * 1024
RESERVED_SESSION = "-"  # the chain of entries that belong to no session
UNUSABLE = "~unusable"
HINT = "the hook wants one JSON event of the client on its standard input"

MOMENTS: dict[str, Moment] = {
    "SessionStart": Moment.SESSION,
    "SessionEnd": Moment.SESSION,
    "UserPromptSubmit": Moment.PROMPT,
    "PreToolUse": Moment.GATE,
    "PermissionRequest": Moment.ASKED,
    "PermissionDenied": Moment.OUTCOME,
    "PostToolUse": Moment.OUTCOME,
    "PostToolUseFailure": Moment.OUTCOME,
    "PostToolBatch": Moment.BATCH,
    "Stop": Moment.STOP,
}
# PreCompact and PostCompact stay `event`: SessionStart with source `compact` follows them and is the session's entry.
STARTS = {"startup": "start", "resume": "resume", "clear": "clear", "compact": "compact", "fork": "fork"}
NEEDS_TOOL = (Moment.GATE, Moment.ASKED, Moment.OUTCOME)
TEXT_FIELD = {
    "UserPromptSubmit": "prompt",
    "Stop": "last_assistant_message",
    "StopFailure": "last_assistant_message",
    "SubagentStop": "last_assistant_message",
    "PostCompact": "compact_summary",
    "Notification": "message",
}


def parse(data: bytes) -> Event:
    """Read one event from the bytes that the host wrote; EventError where it cannot be read at all."""
    if len(data) > MAX_BYTES:
        message = f"the event is over {MAX_BYTES} bytes"
        raise EventError(message, hint=HINT)
    try:
        body, replaced = lenient(data)
    except CanonicalError as error:
        message = f"the event is {error.message}"
        raise EventError(message, hint=HINT) from None
    if not isinstance(body, dict):
        message = "the event is no JSON object"
        raise EventError(message, hint=HINT)
    return _event(_Fields(body), size=len(data), replaced=replaced)


class _Fields:
    """The fields of one event, taken out one by one: what is left at the end is `extra`."""

    def __init__(self, body: dict[str, Json]) -> None:
        self.left = dict(body)
        self.unusable: list[str] = []
        self.replaced = False

    def text(self, name: str) -> str:
        """Take a text; the empty string where it is absent or something else."""
        found = self.left.get(name)
        if isinstance(found, str):
            del self.left[name]
            return found
        if found is not None:
            self.unusable.append(name)
        return ""

    def path(self, name: str) -> str:
        """Take a path; a NUL, which no path of the system has, is replaced like text that is not UTF-8."""
        found = self.text(name)
        self.replaced = self.replaced or "\0" in found
        return found.replace("\0", "\ufffd")

    def needed(self, name: str) -> str:
        """Take a text without which the event means nothing."""
        found = self.left.pop(name, None)
        if not isinstance(found, str) or not found:
            state = "missing" if found in (None, "") else "no text"
            message = f"the event's `{name}` is {state}"
            raise EventError(message, hint=HINT)
        return found

    def mcp(self) -> McpServer | None:
        """Take the server behind an MCP call."""
        found = self.left.get("mcp_server")
        if not isinstance(found, dict):
            if found is not None:
                self.unusable.append("mcp_server")
            return None
        name, source = found.get("name"), found.get("source")
        if not isinstance(name, str):
            self.unusable.append("mcp_server")
            return None
        if not set(found) - {"name", "source"}:
            del self.left["mcp_server"]
        return McpServer(name=name, source=source if isinstance(source, str) else "")

    def batch(self) -> tuple[BatchCall, ...]:
        """Take the calls of a batch; an item that is no call leaves the whole list in `extra` besides."""
        found = self.left.get("tool_calls")
        calls = tuple(_batch_call(item) for item in found) if isinstance(found, list) else ()
        if isinstance(found, list) and None not in calls:
            del self.left["tool_calls"]
        elif found is not None:
            self.unusable.append("tool_calls")
        return tuple(call for call in calls if call is not None)

    def extra(self) -> dict[str, Json] | None:
        """Give what nobody took, with the names of what could not be used."""
        if self.unusable:
            self.left[UNUSABLE] = list(self.unusable)
        return self.left or None


def _event(fields: _Fields, *, size: int, replaced: bool) -> Event:
    name = fields.needed("hook_event_name")
    session = fields.needed("session_id")
    if session == RESERVED_SESSION:
        message = f"the event's `session_id` is `{session}`, which is reserved"
        raise EventError(message, hint=HINT)
    moment = MOMENTS.get(name, Moment.OTHER)
    about_call = moment in NEEDS_TOOL
    if about_call:
        tool, given = fields.needed("tool_name"), object_of(fields.left.pop("tool_input", None))
    ending, text = _ending(fields, name), fields.text(TEXT_FIELD[name]) if name in TEXT_FIELD else ""
    completions = endings.of_notifications(text) if moment is Moment.PROMPT else ()
    return Event(
        agent=AGENT,
        name=name,
        moment=moment,
        session=session,
        detail=_detail(fields, name),
        call=fields.text("tool_use_id"),
        tool=tool if about_call else "",
        input=given if about_call else None,
        ending=ending,
        calls=fields.batch() if moment is Moment.BATCH else (),
        text=text,
        completes=next((one.call for one in completions if one.call), ""),
        completions=completions,
        agent_id=fields.text("agent_id"),
        agent_type=fields.text("agent_type"),
        prompt_id=fields.text("prompt_id"),
        permission_mode=fields.text("permission_mode"),
        model=fields.text("model"),
        cwd=fields.path("cwd"),
        transcript=fields.path("transcript_path"),
        mcp=fields.mcp(),
        extra=fields.extra(),
        size=size,
        replaced=replaced or fields.replaced,
    )


def _detail(fields: _Fields, name: str) -> str:
    if name == "SessionEnd":
        return "end"
    if name != "SessionStart":
        return ""
    # The word of a source that is new to us stays in `extra`; the session has started all the same.
    source = fields.left.get("source")
    return STARTS.get(source, "start") if isinstance(source, str) else "start"


def _ending(fields: _Fields, name: str) -> Ending | None:
    match name:
        case "PostToolUse":
            return endings.of_result(fields.left.pop("tool_response", None), _duration(fields))
        case "PostToolUseFailure":
            interrupted = fields.left.pop("is_interrupt", None) is True
            return endings.of_failure(fields.text("error"), _duration(fields), interrupted=interrupted)
        case "PermissionDenied":
            return endings.of_classifier(fields.text("reason"))
        case _:
            return None


def _duration(fields: _Fields) -> int:
    """Take the duration, in microseconds; -1 where the host does not say."""
    found = fields.left.get("duration_ms")
    if (
        isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**43
    ):  # stays under 2^53 as microseconds
        del fields.left["duration_ms"]
        return found * 1000
    if found is not None:
        fields.unusable.append("duration_ms")
    return -1


def _batch_call(item: Json) -> BatchCall | None:
    if not isinstance(item, dict):
        return None
    call, tool = item.get("tool_use_id"), item.get("tool_name")
    if not isinstance(call, str) or not call or not isinstance(tool, str):
        return None
    return BatchCall(call=call, tool=tool, input=object_of(item.get("tool_input")), response=item.get("tool_response"))


def object_of(given: Json) -> dict[str, Json]:
    """Give an input as an object: itself, nothing as the empty one, anything else under `value`."""
    if isinstance(given, dict):
        return given
    return {} if given is None else {"value": given}
