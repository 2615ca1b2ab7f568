"""Both decoders against the reference: protobuf's own full parse, and each other."""

from __future__ import annotations

import gzip
import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.otlp import json_spans, wire
from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.files import Tally, iter_spans
from otel_agentcost.otlp.json_stream import decode_json

from .examples import examples

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_SCALARS: st.SearchStrategy[AnyValue] = st.one_of(
    st.builds(AnyValue, string_value=_TEXT),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats(allow_nan=False)),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
    st.builds(AnyValue),
)


def _array(values: list[AnyValue]) -> AnyValue:
    made = AnyValue()
    made.array_value.SetInParent()
    made.array_value.values.extend(values)
    return made


def _map(values: dict[str, AnyValue]) -> AnyValue:
    made = AnyValue()
    made.kvlist_value.SetInParent()
    for key, value in values.items():
        made.kvlist_value.values.add(key=key, value=value)
    return made


_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(_array) | st.dictionaries(_TEXT, inner, max_size=3).map(_map),
    max_leaves=6,
)
_ATTRIBUTES = st.lists(st.tuples(_TEXT, _VALUES), max_size=4)
_NANO = st.integers(0, 2**64 - 1) | st.integers(1_600_000_000_000_000_000, 1_900_000_000_000_000_000)


@st.composite
def requests(draw: st.DrawFn, odd_ids: bool = True) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        resource_spans = message.resource_spans.add(schema_url=draw(_TEXT))
        for key, value in draw(_ATTRIBUTES):
            resource_spans.resource.attributes.add(key=key, value=value)
        for _ in range(draw(st.integers(0, 2))):
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name, scope_spans.scope.version = draw(_TEXT), draw(_TEXT)
            for _ in range(draw(st.integers(0, 3))):
                span = scope_spans.spans.add(
                    trace_id=draw(st.binary(min_size=16, max_size=16) | st.binary(max_size=20 * odd_ids)),
                    span_id=draw(st.binary(min_size=8, max_size=8) | st.binary(max_size=10 * odd_ids)),
                    parent_span_id=draw(st.just(b"") | st.binary(min_size=8, max_size=8)),
                    name=draw(_TEXT),
                    kind=draw(st.sampled_from([0, 1, 2, 3])),
                    trace_state=draw(_TEXT),
                    start_time_unix_nano=draw(_NANO),
                    end_time_unix_nano=draw(_NANO),
                    dropped_attributes_count=draw(st.integers(0, 2**32 - 1)),
                    flags=draw(st.sampled_from([0, 1, 0x100, 0x300, 0x301])),
                )
                if draw(st.booleans()):
                    span.status.code, span.status.message = draw(st.sampled_from([0, 1, 2])), draw(_TEXT)
                for key, value in draw(_ATTRIBUTES):
                    span.attributes.add(key=key, value=value)
                for key, value in draw(_ATTRIBUTES):
                    span.events.add(name=key).attributes.add(key=key, value=value)
                span.links.add(trace_id=b"l" * 16)
    return message


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    held = getattr(value, kind)
    if kind == "array_value":
        return [_plain(each) for each in held.values]
    if kind == "kvlist_value":
        return {each.key: _plain(each.value) for each in held.values}
    return held


def _time(nano: int) -> int:
    return nano if nano < 2**63 else 0


def reference(message: ExportTraceServiceRequest) -> list[EndedSpan]:
    """Return what the generated parser makes of a request."""
    found: list[EndedSpan] = []
    for resource_spans in message.resource_spans:
        resource = {each.key: _plain(each.value) for each in resource_spans.resource.attributes}
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                trace_id = int.from_bytes(span.trace_id, "big") if len(span.trace_id) == 16 else 0
                span_id = int.from_bytes(span.span_id, "big") if len(span.span_id) == 8 else 0
                if not trace_id or not span_id:
                    continue
                parent = int.from_bytes(span.parent_span_id, "big")
                start, end = _time(span.start_time_unix_nano), _time(span.end_time_unix_nano)
                found.append(
                    EndedSpan(
                        trace_id,
                        span_id,
                        parent,
                        span.name,
                        scope_spans.scope.name,
                        scope_spans.scope.version,
                        start or end,
                        max(start, end),
                        {each.key: _plain(each.value) for each in span.attributes},
                        span.status.code == 2,
                        span.dropped_attributes_count,
                        resource,
                        {},
                        parent == 0 or span.flags & 0x300 == 0x300,
                    )
                )
    return found


def refused(data: bytes, skipped: wire.Skipped | None) -> None:
    """Decode, and see that nothing but `MalformedOtlp` with a sane offset comes out where it fails."""
    fault: MalformedOtlp | None = None
    try:
        list(wire.spans_of_request(data, skipped))
    except MalformedOtlp as error:
        fault = error
    assert fault is None or (fault.offset is not None and 0 <= fault.offset <= len(data))


def _typed(spans: list[EndedSpan]) -> str:
    """Return the spans as text, which tells 1 from True and 1.0 as well."""
    return repr([tuple(span) for span in spans])


@settings(max_examples=examples(100), deadline=None)
@given(requests())
def test_the_wire_decoder_reads_what_a_full_parse_reads(message: ExportTraceServiceRequest) -> None:
    assert _typed(list(wire.spans_of_request(message.SerializeToString()))) == _typed(reference(message))


@settings(max_examples=examples(60), deadline=None)
@given(requests(odd_ids=False), st.booleans())
def test_the_json_decoder_reads_what_a_full_parse_reads(message: ExportTraceServiceRequest, snake: bool) -> None:
    """Protobuf's own JSON has base64 ids and 64-bit integers as text."""
    text = json.dumps(MessageToDict(message, preserving_proto_field_name=snake))
    found = [span for span in json_spans.spans_of_request(decode_json(text.encode())) if span is not None]
    assert _typed(found) == _typed(reference(message))


@settings(max_examples=examples(150), deadline=None)
@given(requests(), st.data())
def test_damaged_protobuf_is_malformed_or_read_and_nothing_else(
    message: ExportTraceServiceRequest, data: st.DataObject
) -> None:
    whole = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    refused(cut, None)
    refused(cut, lambda _: None)


@settings(max_examples=examples(150), deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_malformed_or_read_and_nothing_else(garbage: bytes) -> None:
    refused(garbage, None)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = (
    "traceId", "spanId", "parentSpanId", "name", "startTimeUnixNano", "endTimeUnixNano", "attributes", "status",
    "flags", "droppedAttributesCount", "kind",
)  # fmt: skip


@settings(max_examples=examples(100), deadline=None)
@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=6), _JSON, _JSON)
def test_whatever_json_a_span_holds_its_neighbour_is_read(fields: dict[str, Any], scope: Any, resource: Any) -> None:
    good = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "good"}
    odd = {"traceId": good["traceId"], "spanId": "00000000000000ff", **fields}
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [odd, good]}]}]}
    found = list(json_spans.spans_of_request(decode_json(json.dumps(request).encode())))
    assert len(found) == 2
    assert found[1] is not None
    assert found[1].name == "good"
    assert 0 <= found[1].start_unix_nano <= found[1].end_unix_nano < 2**63
    repr(found)


@settings(max_examples=examples(100), deadline=None)
@given(_JSON)
def test_whatever_json_stands_there_is_a_request_or_said_to_be_none(document: Any) -> None:
    fault = ""
    try:
        list(json_spans.spans_of_request(decode_json(json.dumps(document).encode())))
    except MalformedOtlp as error:
        fault = str(error)
    assert "\n" not in fault


def test_whatever_a_file_holds_is_read_or_noted(tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("files")

    @settings(max_examples=examples(150), deadline=None)
    @given(
        st.sampled_from(
            [b"", b"{", b"[", b"\n", b"\x0a", b"\0\0\0\x05", b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b'{"resourceSpans":[']
        ),
        st.binary(max_size=120) | _JSON.map(lambda value: json.dumps(value).encode()),
        st.booleans(),
    )
    def check(head: bytes, rest: bytes, gzipped: bool) -> None:
        path = folder / "any"
        path.write_bytes(gzip.compress(head + rest) if gzipped else head + rest)
        tally = Tally()
        list(iter_spans([str(path)], tally))
        assert tally.files + len(tally.unreadable) == 1

    check()
