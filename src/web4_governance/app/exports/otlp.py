"""The OpenTelemetry export: one span a call, by the official SDK (the extra `otlp`; docs/spec/cli.md T10).

`execute_tool {tool}` as the GenAI semantic conventions have it, which are in development; what was decided is in attributes of
our own, `web4.*`. Ids are made from the ledger (the trace from the session, the span from the intent's leaf), so that what is
sent twice is the same span. To a file each batch is one line of OTLP/JSON; to a collector it is one request.

INVARIANT: nothing in the environment changes what is written: no sampler and no limit is asked, the resource is given here.
"""

from __future__ import annotations

import logging

from web4_governance import __version__
from web4_governance.app.exports.jsonl import foreign
from web4_governance.app.exports.shown import shown
from web4_governance.core.digest import sha256
from web4_governance.core.errors import UsageError, Web4Error
from web4_governance.core.event import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from web4_governance.core.record.r6 import Record

HEADER = b""
SCHEMA = "https://opentelemetry.io/schemas/1.41.0"  # the conventions these attributes were written by
SCOPE = "web4-governance"
TRACES = "/v1/traces"
TIMEOUT_S = 10.0
MOST_REMARK = 200
MOST_TRACES = 1000  # sessions whose trace is remembered
FAILED = frozenset({Status.FAILED, Status.DENIED, Status.INTERRUPTED})


class CollectorError(Web4Error):
    """A collector did not take what was sent."""


def lines_for(origin: str) -> Callable[[Sequence[Record]], bytes]:
    """Give the format of files for a ledger: each batch a line of OTLP/JSON, in ASCII, as the SDK's encoder gives it."""
    spans = _Spans(origin)
    from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans  # noqa: PLC0415  # an extra

    def lines(records: Sequence[Record]) -> bytes:
        return foreign(encode_spans(spans.of(records)).to_dict())

    return lines


def sender_for(origin: str, endpoint: str) -> Callable[[Sequence[Record]], None]:
    """Give what sends records to a collector's OTLP/HTTP endpoint, such as `http://127.0.0.1:4318`."""
    spans = _Spans(origin)
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # an extra

    url = endpoint.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"`{endpoint}` is no collector's URL", hint="for example http://127.0.0.1:4318")
    exporter = OTLPSpanExporter(endpoint=url if url.endswith(TRACES) else url + TRACES, timeout=TIMEOUT_S)
    remarks = _Remarks()

    def send(records: Sequence[Record]) -> None:
        with remarks:
            result = exporter.export(spans.of(records))
        _taken(result, f"the collector at `{endpoint}` did not take what was sent{remarks.last}")

    return send


def _taken(result: Any, otherwise: str) -> None:  # noqa: ANN401  # the package is an extra
    if result.name != "SUCCESS":
        raise CollectorError(otherwise, hint="nothing is lost: the same spans can be sent again")


class _Remarks(logging.Handler):
    """Hears why an export failed, which the SDK only logs; while it listens, nobody else does."""

    last = ""

    def __enter__(self) -> None:
        self._logger = logging.getLogger("opentelemetry")
        self._logger.addHandler(self)
        self._before, self._logger.propagate = self._logger.propagate, False

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        self.last = f": {shown(record.getMessage())[:MOST_REMARK]}"


class _Spans:
    """Makes spans of records, each with its own time and ids.

    As the SDK's own values of spans that have ended, made at once: nothing is sampled, cut or cleaned on the way.
    """

    def __init__(self, origin: str) -> None:
        try:
            from opentelemetry.sdk import trace  # noqa: PLC0415  # an extra
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.util.instrumentation import InstrumentationScope  # noqa: PLC0415
            from opentelemetry.trace import (  # noqa: PLC0415
                SpanContext,
                StatusCode,
                TraceFlags,
            )
            from opentelemetry.trace import Status as SpanStatus  # noqa: PLC0415
        except ImportError:
            hint = "in the clone: pip install '.[otlp]'"
            raise UsageError("an OpenTelemetry export needs its SDK, and it is not here", hint=hint) from None
        named = {"service.name": SCOPE, "service.version": __version__, "web4.ledger": origin}
        self._span, self._context, self._status = trace.ReadableSpan, SpanContext, SpanStatus
        self._resource = Resource(named, schema_url=SCHEMA)
        self._scope = InstrumentationScope(SCOPE, __version__, SCHEMA)
        self._sampled = TraceFlags(TraceFlags.SAMPLED)
        self._error, self._unset = StatusCode.ERROR, SpanStatus(StatusCode.UNSET)
        self._traces: dict[str, int] = {}

    def of(self, records: Sequence[Record]) -> list[Any]:
        """Give the spans of some records."""
        return [self._one(record) for record in records]

    def _one(self, record: Record) -> Any:  # noqa: ANN401  # the package is an extra
        start = record.ts * 1000
        failed = record.status in FAILED
        return self._span(
            name=f"execute_tool {record.tool}",
            context=self._context(
                self._trace(record.session), span_of(record), is_remote=False, trace_flags=self._sampled
            ),
            attributes=attributes(record),
            status=self._status(self._error, record.result.denied_by or record.result.error_class)
            if failed
            else self._unset,
            start_time=start,
            end_time=max(start, record.result.ts * 1000),
            resource=self._resource,
            instrumentation_scope=self._scope,
        )

    def _trace(self, session: str) -> int:
        if session not in self._traces:
            if len(self._traces) >= MOST_TRACES:
                self._traces.clear()
            self._traces[session] = int.from_bytes(sha256(b"r6/trace\0" + session.encode())[:16], "big") or 1
        return self._traces[session]


def span_of(record: Record) -> int:
    """Give the id of a record's span: its leaf's beginning; never zero, which is no id."""
    return int(record.id[:16], 16) or 1


def attributes(record: Record) -> dict[str, Any]:
    """Give a span's attributes: those of the conventions, and what was decided under `web4.`."""
    rules, request, role = record.rules, record.request, record.role
    found: dict[str, Any] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": record.tool,
        "gen_ai.tool.call.id": request.call,
        "gen_ai.tool.type": "extension" if request.mcp else "function",
        "gen_ai.agent.id": role.agent_id or record.session,
        "gen_ai.agent.name": role.agent_type or role.agent,
        "gen_ai.conversation.id": record.session,
        "gen_ai.request.model": record.resource.model or role.model,
        "error.type": (record.result.error_class or record.result.denied_by) if record.status in FAILED else "",
        "web4.decision": rules.decision,
        "web4.answer": rules.answer,
        "web4.mode": rules.mode,
        "web4.policy": rules.policy,
        "web4.rules": rules.matched,
        "web4.reasons": rules.reasons,
        "web4.status": record.status,
        "web4.categories": request.categories,
        "web4.effects": record.effects,
        "web4.targets": record.targets,
        "web4.command": record.command,
        "web4.leaf": record.id,
        "web4.index": record.reference.idx,
        "web4.erased": record.erased,
    }
    return {name: item for name, item in found.items() if item not in (None, "", ())}
