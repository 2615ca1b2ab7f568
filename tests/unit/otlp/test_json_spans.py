"""OTLP/JSON in all the spellings that producers use."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import pytest
from otlp_requests import SPAN, TRACE, request, span

from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.json_spans import OtherSignal, spans_of_request
from otel_agentcost.otlp.json_stream import decode_json


def only(**changed: Any) -> Any:
    (found,) = spans_of_request(request(span(**changed)))
    return found


def test_a_span_is_read_with_its_scope_and_its_resource() -> None:
    found = only(parentSpanId="00f067aa0ba902b7", status={"code": 2}, droppedAttributesCount=3)
    assert found.trace_id == int(TRACE, 16)
    assert found.span_id == int(SPAN, 16)
    assert found.parent_span_id == 0x00F067AA0BA902B7
    assert (found.name, found.scope_name, found.scope_version) == ("chat", "lib", "1.2")
    assert (found.start_unix_nano, found.end_unix_nano) == (1_700_000_000_000_000_000, 1_700_000_001_000_000_000)
    assert found.attributes == {"gen_ai.request.model": "gpt-4o"}
    assert found.resource == {"service.name": "svc"}
    assert (found.is_error, found.dropped_attributes, found.is_local_root) == (True, 3, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"stringValue": "x"}, "x"),
        ({"string_value": "x"}, "x"),
        ({"intValue": "42"}, 42),
        ({"intValue": 42}, 42),
        ({"int_value": "-7"}, -7),
        ({"intValue": 12.0}, 12),
        ({"intValue": "9" * 31}, 10**31 - 1),
        ({"intValue": "nine"}, None),
        ({"intValue": True}, None),
        ({"intValue": None}, None),
        ({"doubleValue": 1.5}, 1.5),
        ({"doubleValue": 3}, 3.0),
        ({"doubleValue": "Infinity"}, math.inf),
        ({"doubleValue": "abc"}, None),
        ({"boolValue": True}, True),
        ({"boolValue": "true"}, None),
        ({"bytesValue": base64.b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        ({"bytesValue": "!"}, None),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}, {}]}}, ["a", 1, None]),
        ({"arrayValue": {}}, []),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}, {"a": 1}),
        ({}, None),
        (None, None),
        ("bare", None),
        ({"futureValue": 1}, None),
    ],
)
def test_an_attribute_becomes_a_plain_python_value(value: Any, expected: Any) -> None:
    found = only(attributes=[{"key": "k", "value": value}]).attributes["k"]
    assert found == expected
    assert type(found) is type(expected)


def test_snake_case_is_read_like_camel_case() -> None:
    snake = {
        "resource_spans": [
            {
                "scope_spans": [
                    {
                        "spans": [
                            {
                                "trace_id": TRACE,
                                "span_id": SPAN,
                                "parent_span_id": "01",
                                "start_time_unix_nano": 5,
                                "end_time_unix_nano": 9,
                                "dropped_attributes_count": "2",
                                "status": {"code": "STATUS_CODE_ERROR"},
                            }
                        ]
                    }
                ]
            }
        ]
    }
    (found,) = spans_of_request(snake)
    assert found is not None
    assert (found.parent_span_id, found.start_unix_nano, found.end_unix_nano) == (1, 5, 9)
    assert (found.dropped_attributes, found.is_error) == (2, True)


def test_ids_in_base64_are_read_like_ids_in_hex() -> None:
    found = only(
        traceId=base64.b64encode(bytes.fromhex(TRACE)).decode(), spanId=base64.b64encode(bytes.fromhex(SPAN)).decode()
    )
    assert (found.trace_id, found.span_id) == (int(TRACE, 16), int(SPAN, 16))


@pytest.mark.parametrize(
    ("parent", "flags", "expected"),
    [
        ("", 0, True),
        (..., 0x100, True),
        ("01", 0, False),
        ("01", 0x100, False),
        ("01", 0x300, True),
        ("01", 0x301, True),
    ],
)
def test_a_local_root_has_no_parent_or_a_remote_one(parent: Any, flags: int, expected: bool) -> None:
    assert only(parentSpanId=parent, flags=flags).is_local_root is expected


@pytest.mark.parametrize("code", [2, "2", "STATUS_CODE_ERROR"])
def test_an_error_is_an_error_however_the_enum_is_written(code: Any) -> None:
    assert only(status={"code": code}).is_error


@pytest.mark.parametrize("status", [{}, {"code": 1}, {"code": "STATUS_CODE_OK"}, None, 2, {"code": []}])
def test_any_other_status_is_no_error(status: Any) -> None:
    assert not only(status=status).is_error


@pytest.mark.parametrize(
    "changed",
    [
        {"traceId": ...},
        {"spanId": ...},
        {"traceId": ""},
        {"traceId": "0" * 32},
        {"spanId": "0" * 16},
        {"traceId": 7},
        {"traceId": None},
        {"traceId": "xyz"},
        {"spanId": "g" * 16},
        {"spanId": "ab" * 9},
    ],
)
def test_a_span_without_usable_ids_is_reported_and_its_neighbours_are_read(changed: dict[str, Any]) -> None:
    found = list(spans_of_request(request(span(**changed), span(name="next"))))
    assert found[0] is None
    assert found[1] is not None
    assert found[1].name == "next"


@pytest.mark.parametrize("odd", [None, 7, "text", [], [1, None], {"key": "k"}])
def test_a_span_that_is_no_object_is_skipped_not_raised(odd: Any) -> None:
    whole = request(span())
    whole["resourceSpans"][0]["scopeSpans"][0]["spans"].insert(0, odd)
    assert [found is None for found in spans_of_request(whole)] == [True, False]


@pytest.mark.parametrize(
    "clock", [None, "soon", -1, "-5", 2**63, 10**30, 1.5, float("nan"), float("inf"), [], {}, True, "9" * 5000]
)
def test_an_absurd_clock_leaves_the_other_one_in_charge(clock: Any) -> None:
    found = only(startTimeUnixNano=clock)
    assert found.start_unix_nano == found.end_unix_nano == 1_700_000_001_000_000_000


def test_a_span_that_ends_before_it_starts_takes_no_time() -> None:
    found = only(endTimeUnixNano="3")
    assert found.end_unix_nano == found.start_unix_nano


@pytest.mark.parametrize("attributes", [None, 7, "x", [None, 7, {"key": 5}], {}])
def test_malformed_attributes_are_left_out(attributes: Any) -> None:
    assert only(attributes=attributes).attributes == {}


def test_a_lone_surrogate_is_replaced_so_that_it_can_be_printed() -> None:
    text = json.dumps(
        request(span(name="a\ud800b", attributes=[{"key": "k\udfff", "value": {"stringValue": "\ud800"}}]))
    )
    (found,) = spans_of_request(decode_json(text.encode()))
    assert found is not None
    assert found.name == "a?b"
    assert found.attributes == {"k?": "?"}


def test_bytes_that_are_not_utf_8_cost_only_their_own_characters() -> None:
    text = json.dumps(request(span(name="caf@"))).encode().replace(b"@", b"\xe9")
    (found,) = spans_of_request(decode_json(text))
    assert found is not None
    assert found.name == "caf�"


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "1" + "0" * 30, "1" + "0" * 5000])
def test_numbers_that_no_reader_can_use_do_not_lose_the_span(number: str) -> None:
    text = json.dumps(request(span(attributes=[{"key": "k", "value": {"intValue": "@"}}]))).replace('"@"', number)
    (found,) = spans_of_request(decode_json(text.encode()))
    assert found is not None
    assert found.attributes["k"] in (None, 10**30)


def test_nesting_without_end_becomes_none() -> None:
    value: dict[str, Any] = {"intValue": 1}
    for _ in range(500):
        value = {"arrayValue": {"values": [value]}}
    found = only(attributes=[{"key": "deep", "value": value}, {"key": "flat", "value": {"intValue": 1}}])
    assert found.attributes["flat"] == 1
    depth, held = 0, found.attributes["deep"]
    while isinstance(held, list):
        depth, held = depth + 1, held[0]
    assert held is None
    assert depth < 40


def test_json_nested_without_end_is_malformed() -> None:
    with pytest.raises(MalformedOtlp, match="too deep"):
        decode_json(b"[" * 100_000 + b"]" * 100_000)


def test_older_and_wrapped_shapes_are_read() -> None:
    older = {
        "resourceSpans": [
            {"instrumentationLibrarySpans": [{"instrumentationLibrary": {"name": "old"}, "spans": [span()]}]}
        ]
    }
    tempo = {"batches": request(span())["resourceSpans"]}
    for shape in (older, tempo, {"trace": request(span())}, {"result": request(span())}):
        assert len(list(spans_of_request(shape))) == 1


def test_an_empty_request_holds_no_spans() -> None:
    assert list(spans_of_request({})) == []
    assert list(spans_of_request({"resourceSpans": []})) == []
    assert list(spans_of_request({"resourceSpans": None})) == []


@pytest.mark.parametrize("document", [None, 1, "x", [], True, {"data": []}, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}])
def test_what_is_no_request_is_said_to_be_none(document: Any) -> None:
    with pytest.raises(MalformedOtlp, match=r"request|resourceSpans"):
        list(spans_of_request(document))


def test_other_signals_are_named() -> None:
    with pytest.raises(OtherSignal, match="metrics"):
        list(spans_of_request({"resourceMetrics": []}))
