"""Reads Claude Code's OpenTelemetry events, as OTLP/JSON log exports: one export a line (docs/spec/assurance.md R).

Measured on 2.1.330 with `OTEL_LOGS_EXPORTER=otlp` over `http/json`: each event is a log record whose body is
`claude_code.NAME` and whose attributes hold the rest. `event.sequence` counts a process's events from 0. A `tool_result`
is there only for a call that ran; its `tool_input` (with `OTEL_LOG_TOOL_DETAILS=1`) is what the tool was given, after all
hooks, with each longer text cut to its beginning and `…[N chars]`.
"""

from __future__ import annotations

from web4_governance.agents.testimony import Ran, Said, Shown
from web4_governance.core.canonical import lenient
from web4_governance.core.errors import CanonicalError, InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

    Object = dict[str, Json]

PREFIX = "claude_code."
RESULT, DECISION = "tool_result", "tool_decision"
SCALARS = ("stringValue", "intValue", "boolValue", "doubleValue")
NO_EXPORT = "no OTLP/JSON export: `resourceLogs` is missing"


def said_in(export: bytes) -> Iterator[Said]:
    """Give what one export says, in its order; InputError where it is none. Records of other programs are passed over."""
    try:
        body, _ = lenient(export)
    except CanonicalError as error:
        message = f"no OTLP/JSON export: {error.message}"
        raise InputError(message) from None
    if not isinstance(body, dict) or not isinstance(body.get("resourceLogs", body.get("resource_logs")), list):
        if isinstance(body, dict) and ("resourceMetrics" in body or "resourceSpans" in body):
            return  # the same file may hold metrics and traces; they speak of no call
        raise InputError(NO_EXPORT)
    for record in _records(body):
        said = _said(record)
        if said is not None:
            yield said


def _records(body: Object) -> Iterator[Object]:
    for resource in _objects(body.get("resourceLogs", body.get("resource_logs"))):
        for scope in _objects(resource.get("scopeLogs", resource.get("scope_logs"))):
            yield from _objects(scope.get("logRecords", scope.get("log_records")))


def _said(record: Object) -> Said | None:
    attributes = {str(one.get("key")): _plain(one.get("value")) for one in _objects(record.get("attributes"))}
    name = attributes.get("event.name") or str(_plain(record.get("body")) or "").removeprefix(PREFIX)
    session = _text(attributes.get("session.id"))
    if not session or not isinstance(name, str):
        return None
    sequence, ts = _number(attributes.get("event.sequence")), _time(record)
    call = _text(attributes.get("tool_use_id"))
    if name not in (RESULT, DECISION) or not call:
        return Said(session=session, ts=ts, sequence=sequence)
    given = _input(attributes.get("tool_input")) if name == RESULT else None
    refused = name == DECISION and attributes.get("decision") == "reject"
    return Said(
        session=session,
        call=call,
        tool=_text(attributes.get("tool_name")),
        agent_id=_text(attributes.get("agent_id")),
        ts=ts,
        sequence=sequence,
        ran=Ran.YES if name == RESULT else Ran.NO if refused else Ran.UNKNOWN,
        shown=Shown.NONE if given is None else Shown.EFFECTIVE,
        input=given,
    )


def _input(text: Json) -> Object | None:
    """Give the input that an event shows; None where it shows none, or none that can be read (it may be cut)."""
    if not isinstance(text, str):
        return None
    try:
        found, _ = lenient(text.encode("utf-8", "surrogatepass"))
    except CanonicalError:
        return None
    return found if isinstance(found, dict) else None


def _time(record: Object) -> int:
    nanoseconds = max(_number(record.get("timeUnixNano")), _number(record.get("observedTimeUnixNano")))
    return max(nanoseconds, 0) // 1000


def _plain(found: Json) -> Json:
    """Give an attribute's value: OTLP wraps each in its type, and writes 64-bit numbers as text."""
    if not isinstance(found, dict):
        return None
    return next((found[kind] for kind in SCALARS if kind in found), None)


def _number(found: Json) -> int:
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 20:  # noqa: PLR2004  # 64 bits
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else -1


def _text(found: Json) -> str:
    return found if isinstance(found, str) else ""


def _objects(found: Json) -> Iterator[Object]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))
