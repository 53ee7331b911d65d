"""OpenTelemetry: spans in the official protobuf's JSON, to a file and to a receiver over HTTP; the environment changes nothing."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from support.ledgers import fill
from support.records import HOSTILE, record, texts
from support.told import call_main
from support.traces import Taken, serving
from web4_governance.app.exports import otlp, otlp_json
from web4_governance.app.exports.span import SCHEMA
from web4_governance.core.digest import sha256
from web4_governance.core.errors import UsageError
from web4_governance.core.event import Status
from web4_governance.core.record.r6 import Result, Rules
from web4_governance.core.value import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web4_governance.core.record.r6 import Record

IDS = ("traceId", "spanId", "parentSpanId")


@pytest.fixture
def collector() -> Iterator[Taken]:
    with serving() as server:
        yield server


def request_of(data: bytes) -> Any:
    """Read a request by the protobuf's own JSON mapping, strictly, but for ids, which OTLP/JSON writes in hex."""
    found = json.loads(data)
    for span in spans_in(found):
        for name in IDS:
            if name in span:
                assert bytes.fromhex(span[name])
                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(found, ExportTraceServiceRequest(), ignore_unknown_fields=False)


def spans_in(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [span for r in found["resourceSpans"] for scope in r["scopeSpans"] for span in scope["spans"]]


def said(span: Any) -> dict[str, Any]:
    """The attributes of a span as Python values."""

    def plain(value: Any) -> Any:
        kind = value.WhichOneof("value")
        return [plain(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)

    return {one.key: plain(one.value) for one in span.attributes}


def spans(*records: Record) -> list[Any]:
    data = otlp.lines_for("log.example/1")(records)
    assert len(data.decode().splitlines()) == 1
    assert data.isascii()
    return [span for r in request_of(data).resource_spans for scope in r.scope_spans for span in scope.spans]


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_a_span_reads_back_by_the_official_protobuf(text: str) -> None:
    """Names, ids, times and attributes, to the letter."""
    (span,) = spans(record(text))
    assert span.name == f"execute_tool {text}"
    assert span.trace_id == sha256(b"r6/trace\0" + text.encode())[:16]
    assert span.span_id == bytes.fromhex("ab" * 8)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (
        1_795_000_000_123_456_000,
        1_795_000_001_000_000_000,
    )
    found = said(span)
    assert found["gen_ai.operation.name"] == "execute_tool"
    assert (found["web4.decision"], found["web4.index"], found["web4.leaf"]) == ("deny", 7, "ab" * 32)
    assert found["web4.rules"] == [text]
    if text:
        for name in ("gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.agent.id", "gen_ai.agent.name", "web4.command"):
            assert found[name] == text


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.sampled_from([str(one) for one in Status]), st.booleans(), st.booleans())
def test_what_is_written_without_the_sdk_is_what_the_sdk_writes(
    text: str, status: str, bare: bool, named: bool
) -> None:
    """The first batch by the SDK's encoder, the second without it: the same bytes, whatever a call says or leaves out."""
    one = record(text, status=status)
    one = replace(one, result=replace(one.result, denied_by="", error_class="")) if bare else one
    one = replace(one, id="0" * 64, rules=Rules(), result=Result(status=status), erased=()) if bare and named else one
    one = replace(one, request=replace(one.request, mcp={"name": text})) if named else one
    lines = otlp.lines_for("log.example/1")
    assert lines([one, record("x")]) == lines([one, record("x")])
    assert otlp_json.request([one], "l").encode() + b"\n" == otlp.lines_for("l")([one])


def test_where_the_sdk_would_write_otherwise_it_writes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later SDK that knows better is the one that is believed."""
    wanted = otlp.lines_for("l")([record("x")])
    monkeypatch.setattr(otlp_json, "HAS_IS_REMOTE", 257)
    lines = otlp.lines_for("l")
    assert [lines([record("x")]) for _ in range(3)] == [wanted] * 3


def test_how_it_ended_is_the_span_s_status() -> None:
    """An error has its type; an open call ends where it began."""
    failed = replace(
        record("x"), result=replace(record("x").result, status="denied", denied_by="person", error_class="")
    )
    open_call = replace(record("x"), result=type(failed.result)())
    one, two, three = spans(failed, open_call, record("x"))
    assert (one.status.code, one.status.message, said(one)["error.type"]) == (2, "person", "person")
    assert (two.status.code, two.end_time_unix_nano) == (0, two.start_time_unix_nano)
    assert "error.type" not in said(three)


def test_the_schema_and_the_resource_are_named() -> None:
    """Which conventions, which program, which ledger."""
    (resource,) = request_of(otlp.lines_for("log.example/1")([record("x")])).resource_spans
    assert {resource.schema_url, resource.scope_spans[0].schema_url} == {SCHEMA}
    assert {one.key: one.value.string_value for one in resource.resource.attributes}["web4.ledger"] == "log.example/1"


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sampling, no limits, no other resource, and no SDK that is switched off."""
    wanted = otlp.lines_for("l")([record("x" * 500)])
    for name, value in (
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,host.name=h"),
        ("OTEL_SERVICE_NAME", "other"),
        ("OTEL_SDK_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)
    assert otlp.lines_for("l")([record("x" * 500)]) == wanted


def test_a_collector_is_sent_every_call(tmp_path: Path, collector: Taken) -> None:
    """By OTLP/HTTP, the same spans as in a file."""
    home, file = str(tmp_path / "home"), tmp_path / "file"
    fill(home, sessions=2, calls=4)
    asked = ("export", "--home", home, "--format", "otlp")
    sent = call_main(*asked, "--endpoint", collector.url).out
    assert sent == f"{collector.url}: 8 calls as otlp\nholds G0; not G1 G2 G3 G4 G5 G6\n"
    assert collector.paths == ["/v1/traces application/json"]
    assert call_main(*asked, "-o", str(file)).code == 0
    assert [request_of(body) for body in collector.bodies] == [
        request_of(line) for line in file.read_bytes().splitlines()
    ]
    assert len(spans_in(json.loads(collector.bodies[0]))) == 8
    assert call_main(*asked, "--endpoint", collector.url + "/v1/traces/").code == 0


def test_a_collector_that_refuses_is_an_error(tmp_path: Path, collector: Taken) -> None:
    """Of one line, with what to do."""
    home = str(tmp_path / "home")
    fill(home)
    collector.refuse = True
    said = call_main("export", "--home", home, "--format", "otlp", "--endpoint", collector.url)
    first, second = said.err.splitlines()
    assert (said.code, "did not take what was sent: " in first, "400" in first) == (1, True, True)
    assert "sent again" in second


def test_a_collector_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, and in bounded time."""
    monkeypatch.setattr(otlp, "TIMEOUT_S", 0.2)
    home = str(tmp_path / "home")
    fill(home)
    said = call_main("export", "--home", home, "--format", "otlp", "--endpoint", "http://127.0.0.1:1")
    assert (said.code, len(said.err.splitlines())) == (1, 2)


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "csv", "--endpoint", "http://127.0.0.1:1"),
        ("--format", "otlp", "--endpoint", "http://127.0.0.1:1", "-o", "x"),
        ("--format", "otlp", "--endpoint", "http://127.0.0.1:1", "--resume"),
        ("--format", "otlp", "--endpoint", "file:///etc/passwd"),
        ("--format", "otlp"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    """One place, of a kind that spans can be sent to."""
    home = str(tmp_path / "home")
    fill(home)
    assert call_main("export", "--home", home, *words).code == 3


def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(UsageError, match="SDK") as refused:
        otlp.lines_for("l")
    assert ".[otlp]" in refused.value.hint


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_nothing(text: str) -> None:
    """The keys are those of a harmless record."""
    (hostile,), (harmless,) = spans(record(text)), spans(record("x"))
    assert said(hostile).keys() == said(harmless).keys()
