"""The OpenTelemetry export: one span a call, by the official SDK (the extra `otlp`; docs/spec/cli.md T10).

What a span says is `span`. To a file each batch is one line of OTLP/JSON; to a collector it is one request. Of a file, the
SDK encodes the first batch of each process, and the others where `otlp_json` did not give the same for that one: the SDK's
objects cost ten times what the rest of an export does.

INVARIANT: nothing in the environment changes what is written: no sampler and no limit is asked, the resource is given here.
"""

from __future__ import annotations

import logging

from web4_governance import __version__
from web4_governance.app.exports import otlp_json
from web4_governance.app.exports.jsonl import foreign
from web4_governance.app.exports.shown import shown
from web4_governance.app.exports.span import (
    FAILED,
    SCHEMA,
    SCOPE,
    attributes,
    fault_of,
    name_of,
    named,
    span_of,
    times_of,
    trace_of,
)
from web4_governance.core.errors import UsageError, Web4Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from web4_governance.core.record.r6 import Record

HEADER = b""
TRACES = "/v1/traces"
TIMEOUT_S = 10.0
MOST_REMARK = 200


class CollectorError(Web4Error):
    """A collector did not take what was sent."""


def lines_for(origin: str) -> Callable[[Sequence[Record]], bytes]:
    """Give the format of files for a ledger: each batch a line of OTLP/JSON, in ASCII, as the SDK's encoder gives it."""
    spans = _Spans(origin)
    from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans  # noqa: PLC0415  # an extra

    same: list[bool] = []

    def lines(records: Sequence[Record]) -> bytes:
        if same and same[0]:
            return otlp_json.request(records, origin).encode() + b"\n"
        found = foreign(encode_spans(spans.of(records)).to_dict())
        if not same:
            same.append(found == otlp_json.request(records, origin).encode() + b"\n")
        return found

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
        self._span, self._context, self._status = trace.ReadableSpan, SpanContext, SpanStatus
        self._resource = Resource(named(origin), schema_url=SCHEMA)
        self._scope = InstrumentationScope(SCOPE, __version__, SCHEMA)
        self._sampled = TraceFlags(TraceFlags.SAMPLED)
        self._error, self._unset = StatusCode.ERROR, SpanStatus(StatusCode.UNSET)

    def of(self, records: Sequence[Record]) -> list[Any]:
        """Give the spans of some records."""
        return [self._one(record) for record in records]

    def _one(self, record: Record) -> Any:  # noqa: ANN401  # the package is an extra
        begin, end = times_of(record)
        return self._span(
            name=name_of(record),
            context=self._context(
                int.from_bytes(trace_of(record.session), "big"),
                int(span_of(record), 16),
                is_remote=False,
                trace_flags=self._sampled,
            ),
            attributes=attributes(record),
            status=self._status(self._error, fault_of(record)) if record.status in FAILED else self._unset,
            start_time=begin,
            end_time=end,
            resource=self._resource,
            instrumentation_scope=self._scope,
        )
