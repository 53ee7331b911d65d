"""A request of OTLP/JSON as text: what the SDK's encoder gives of the same spans, without its objects.

Not the authority: `otlp` holds it against the SDK's encoder before it is used. As that has it: ids in hex, times and
integers as text, and nothing where a field has its default. Keys stand in their order, and all is ASCII. A year's calls have
few different texts but for what is their own, and what the others print is kept.
"""

from __future__ import annotations

from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

from web4_governance import __version__
from web4_governance.app.exports.span import (
    FAILED,
    OWN,
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
    from web4_governance.core.record.r6 import Record

INTERNAL, ERROR = 1, 2  # a span's kind, a status's code
HAS_IS_REMOTE = 256  # a flag: it is known whether the parent is elsewhere, and there is none
KEPT = 4096  # printed attributes that are not a call's own


def request(records: Sequence[Record], origin: str) -> str:
    """Give the request with the spans of some records."""
    schema = f'"schemaUrl":{quoted(SCHEMA)}'
    scope = f'"scope":{{"name":{quoted(SCOPE)},"version":{quoted(__version__)}}}'
    spans = ",".join([_span(record) for record in records])
    return (
        f'{{"resourceSpans":[{{"resource":{{"attributes":[{_listed(named(origin))}]}},{schema},'
        f'"scopeSpans":[{{{schema},{scope},"spans":[{spans}]}}]}}]}}'
    )


def _span(record: Record) -> str:
    begin, end = times_of(record)
    return (
        f'{{"attributes":[{_listed(attributes(record))}],"endTimeUnixNano":"{end}","flags":{HAS_IS_REMOTE},'
        f'"kind":{INTERNAL},"name":{quoted(name_of(record))},"spanId":"{span_of(record)}","startTimeUnixNano":"{begin}",'
        f'"status":{_status(record)},"traceId":"{trace_of(record.session).hex()}"}}'
    )


def _status(record: Record) -> str:
    if record.status not in FAILED:
        return "{}"
    fault = fault_of(record)
    return f'{{"code":{ERROR},"message":{quoted(fault)}}}' if fault else f'{{"code":{ERROR}}}'


def _listed(found: Mapping[str, Attribute]) -> str:
    return ",".join([(_one if name in OWN else _kept)(name, item) for name, item in found.items()])


def _one(name: str, item: Attribute) -> str:
    return f'{{"key":{quoted(name)},"value":{{{_value(item)}}}}}'


_kept = lru_cache(maxsize=KEPT)(_one)


def _value(item: Attribute) -> str:
    match item:
        case str():
            return f'"stringValue":{quoted(item)}'
        case int():
            return f'"intValue":"{item}"'
        case _:
            values = ",".join([f'{{"stringValue":{quoted(one)}}}' for one in item])
            return f'"arrayValue":{{"values":[{values}]}}'
