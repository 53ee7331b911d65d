"""A request of OTLP/JSON as plain objects: what the SDK's encoder gives of the same spans, without its objects.

Not the authority: `otlp` holds it against the SDK's encoder before it is used. As that has it: ids in hex, times and
integers as text, and nothing where a field has its default.
"""

from __future__ import annotations

from web4_governance import __version__
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web4_governance.app.exports.span import Attribute
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record

INTERNAL, ERROR = 1, 2  # a span's kind, a status's code
HAS_IS_REMOTE = 256  # a flag: it is known whether the parent is elsewhere, and there is none


def request(records: Sequence[Record], origin: str) -> Json:
    """Give the request with the spans of some records."""
    scope: Json = {
        "scope": {"name": SCOPE, "version": __version__},
        "spans": [_span(record) for record in records],
        "schemaUrl": SCHEMA,
    }
    resource: Json = {"attributes": _listed(named(origin))}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope], "schemaUrl": SCHEMA}]}


def _span(record: Record) -> Json:
    begin, end = times_of(record)
    return {
        "traceId": trace_of(record.session).hex(),
        "spanId": span_of(record),
        "name": name_of(record),
        "kind": INTERNAL,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(end),
        "attributes": _listed(attributes(record)),
        "status": _status(record) if record.status in FAILED else {},
        "flags": HAS_IS_REMOTE,
    }


def _status(record: Record) -> Json:
    fault = fault_of(record)
    return {"code": ERROR, "message": fault} if fault else {"code": ERROR}


def _listed(found: Mapping[str, Attribute]) -> list[Json]:
    return [
        {"key": name, "value": {"stringValue": item} if type(item) is str else _value(item)}
        for name, item in found.items()
    ]


def _value(item: Attribute) -> Json:
    match item:
        case str():
            return {"stringValue": item}
        case int():
            return {"intValue": str(item)}
        case _:
            return {"arrayValue": {"values": [{"stringValue": one} for one in item]}}
