"""The wire-level decoder: what it reads, and how precisely it refuses."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status
from otlp_requests import SPAN, TRACE, as_protobuf

from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.wire import spans_of_request
from otel_agentcost.otlp.wire_values import any_value, fields, int64, varint


def test_a_span_is_read_with_its_scope_and_its_resource() -> None:
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name", value=AnyValue(string_value="svc"))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = "lib", "1.2"
    span = scope_spans.spans.add(
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
        parent_span_id=b"\0\0\0\0\0\0\0\x07",
        name="chat",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=5,
        end_time_unix_nano=9,
        dropped_attributes_count=3,
        status=Status(code=Status.STATUS_CODE_ERROR, message="boom"),
        flags=0x300,
    )
    span.attributes.add(key="tokens", value=AnyValue(int_value=-3))
    span.events.add(name="skipped").attributes.add(key="x", value=AnyValue(string_value="y"))
    span.links.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    (found,) = spans_of_request(message.SerializeToString())
    assert (found.trace_id, found.span_id, found.parent_span_id) == (int(TRACE, 16), int(SPAN, 16), 7)
    assert (found.name, found.scope_name, found.scope_version) == ("chat", "lib", "1.2")
    assert (found.start_unix_nano, found.end_unix_nano) == (5, 9)
    assert (found.is_error, found.dropped_attributes, found.is_local_root) == (True, 3, True)
    assert found.attributes == {"tokens": -3}
    assert found.resource == {"service.name": "svc"}


def test_a_resource_written_after_its_scopes_counts_too() -> None:
    scopes = ResourceSpans()
    scopes.scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    resource = ResourceSpans()
    resource.resource.attributes.add(key="a", value=AnyValue(int_value=1))
    content = scopes.SerializeToString() + resource.SerializeToString()
    (found,) = spans_of_request(b"\x0a" + bytes([len(content)]) + content)
    assert found.resource == {"a": 1}


def test_text_that_is_not_utf_8_is_replaced() -> None:
    assert [found.name for found in spans_of_request(as_protobuf("ab").replace(b"ab", b"a\xff"))] == ["a�"]


@pytest.mark.parametrize("ids", [(b"", b"s" * 8), (b"t" * 16, b""), (b"t" * 15, b"s" * 8), (bytes(16), b"s" * 8)])
def test_a_span_without_usable_ids_is_reported_where_someone_asks(ids: tuple[bytes, bytes]) -> None:
    message = ExportTraceServiceRequest()
    message.resource_spans.add().scope_spans.add().spans.add(trace_id=ids[0], span_id=ids[1])
    reported: list[MalformedOtlp | None] = []
    assert list(spans_of_request(message.SerializeToString(), reported.append)) == []
    assert reported == [None]
    assert list(spans_of_request(message.SerializeToString())) == []


@pytest.mark.parametrize(
    ("data", "what", "offset"),
    [
        (b"\x0a", "a varint that breaks off", 1),
        (b"\x0a\x05\x0a", "a field of 5 bytes where 1 are left", 0),
        (b"\x0a\x80\x80\x80\x80\x08", "a field of 2147483648 bytes where 0 are left", 0),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a varint of more than ten bytes", 1),
        (b"\x08\x01\x0b", "a field of wire type 3", 2),
        (b"\x0c", "a field of wire type 4", 0),
        (b"\x0f", "a field of wire type 7", 0),
        (b"\x00\x00", "a field numbered 0", 0),
        (b"\x09\x01\x02", "a field of 8 bytes where 2 are left", 0),
        (b"\x0d\x01", "a field of 4 bytes where 1 are left", 0),
        (b"\x0a\x02\x12\x05", "a field of 5 bytes where 0 are left", 2),
    ],
)
def test_malformed_bytes_are_refused_with_their_offset(data: bytes, what: str, offset: int) -> None:
    with pytest.raises(MalformedOtlp) as raised:
        list(spans_of_request(data))
    assert (raised.value.what, raised.value.offset) == (what, offset)
    assert str(raised.value) == f"{what} at byte {offset}"


def test_fields_that_nobody_knows_are_skipped() -> None:
    unknown = b"\xa8\x06\x05" + b"\xb2\x06\x01x" + b"\xad\x06abcd" + b"\xb1\x06abcdefgh"
    assert len(list(fields(unknown, 0, len(unknown)))) == 4
    assert [found.name for found in spans_of_request(unknown + as_protobuf("one"))] == ["one"]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 2**31, 2**63 - 1, -1, -(2**63)])
def test_integers_keep_their_sign(number: int) -> None:
    data = AnyValue(int_value=number).SerializeToString()
    assert any_value(data, 0, len(data)) == number
    assert int64(varint(data, 1, len(data))[0]) == number


def test_nesting_without_end_becomes_none() -> None:
    data = b"\x18\x01"
    for _ in range(500):
        for tag in (b"\x0a", b"\x2a"):  # ArrayValue.values, AnyValue.array_value
            size, digits = len(data), bytearray()
            while size >= 0x80:
                digits.append(size & 0x7F | 0x80)
                size >>= 7
            data = tag + bytes([*digits, size]) + data
    depth, held = 0, any_value(data, 0, len(data))
    while isinstance(held, list):
        depth, held = depth + 1, held[0]
    assert held is None
    assert depth < 40
