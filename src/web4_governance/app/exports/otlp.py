"""The OpenTelemetry export: one span a call, by the official SDK (the extra `otlp`; docs/spec/cli.md T10).

`execute_tool {tool}` as the GenAI semantic conventions have it, which are in development; what was decided is in attributes of
our own, `web4.*`. Ids are made from the ledger (the trace from the session, the span from the intent's leaf), so that what is
sent twice is the same span. To a file each batch is one line of OTLP/JSON; to a collector it is one request.

INVARIANT: nothing in the environment changes what is written: sampler, limits and resource are given here.
"""

from __future__ import annotations

import io
import logging

from web4_governance import __version__
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
FAILED = frozenset({Status.FAILED, Status.DENIED, Status.INTERRUPTED})


class CollectorError(Web4Error):
    """A collector did not take what was sent."""


def lines_for(origin: str) -> Callable[[Sequence[Record]], bytes]:
    """Give the format of files for a ledger."""
    spans = _Spans(origin)
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter  # noqa: PLC0415  # an extra

    def lines(records: Sequence[Record]) -> bytes:
        out = io.StringIO()
        _taken(FileSpanExporter(stream=out).export(spans.of(records)), "a span cannot be written as OTLP/JSON")
        return out.getvalue().encode()

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
    """Makes spans of records, each with its own time and ids."""

    def __init__(self, origin: str) -> None:
        try:
            from opentelemetry.sdk import trace  # noqa: PLC0415  # an extra
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415
        except ImportError:
            hint = "in the clone: pip install '.[otlp]'"
            raise UsageError("an OpenTelemetry export needs its SDK, and it is not here", hint=hint) from None
        resource = Resource(
            {"service.name": SCOPE, "service.version": __version__, "web4.ledger": origin}, schema_url=SCHEMA
        )
        unset = trace.SpanLimits.UNSET
        limits = trace.SpanLimits(max_span_attributes=unset, max_attributes=unset, max_span_attribute_length=unset)
        self._ids = _ids()
        self._done: list[Any] = []
        provider = trace.TracerProvider(
            sampler=ALWAYS_ON,
            resource=resource,
            shutdown_on_exit=False,
            id_generator=self._ids,
            span_limits=limits,
        )
        provider.add_span_processor(_collecting(self._done))
        self._tracer = provider.get_tracer(SCOPE, __version__, schema_url=SCHEMA)

    def of(self, records: Sequence[Record]) -> list[Any]:
        self._done.clear()
        for record in records:
            self._one(record)
        if len(self._done) != len(records):
            hint = "is OTEL_SDK_DISABLED set?"
            raise UsageError("the OpenTelemetry SDK gives no spans", hint=hint)
        return [*self._done]

    def _one(self, record: Record) -> None:
        from opentelemetry.context import Context  # noqa: PLC0415  # an extra
        from opentelemetry.trace import Status as SpanStatus  # noqa: PLC0415
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        self._ids.be(record)
        start = record.ts * 1000
        span = self._tracer.start_span(
            f"execute_tool {record.tool}", context=Context(), attributes=attributes(record), start_time=start
        )
        if record.status in FAILED:
            span.set_status(SpanStatus(StatusCode.ERROR, record.result.denied_by or record.result.error_class))
        span.end(max(start, record.result.ts * 1000))


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


def _ids() -> Any:  # noqa: ANN401  # the package is an extra
    from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415

    class Ids(IdGenerator):
        """Ids of one record: its session's trace, its leaf's span; never zero, which is no id."""

        trace = span = 1

        def be(self, record: Record) -> None:
            self.trace = int.from_bytes(sha256(b"r6/trace\0" + record.session.encode())[:16], "big") or 1
            self.span = int(record.id[:16], 16) or 1

        def generate_trace_id(self) -> int:
            return self.trace

        def generate_span_id(self) -> int:
            return self.span

    return Ids()


def _collecting(done: list[Any]) -> Any:  # noqa: ANN401
    from opentelemetry.sdk.trace import SpanProcessor  # noqa: PLC0415

    class Collecting(SpanProcessor):
        """Keeps what ended."""

        def on_end(self, span: Any) -> None:  # noqa: ANN401
            done.append(span)

    return Collecting()
