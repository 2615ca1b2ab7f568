"""Builders for the OTLP that the tests read."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def span(**changed: Any) -> dict[str, Any]:
    """Return an OTLP/JSON span; a field set to `...` is left out."""
    whole = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "chat",
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}],
    }
    whole.update(changed)
    return {key: value for key, value in whole.items() if value is not ...}


def request(*spans: dict[str, Any], scope: str = "lib", version: str = "1.2") -> dict[str, Any]:
    """Return an OTLP/JSON request with the spans."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "svc"}}]},
                "scopeSpans": [{"scope": {"name": scope, "version": version}, "spans": list(spans)}],
            }
        ]
    }


def as_json(*requests: dict[str, Any], indent: int | None = None) -> bytes:
    """Return requests as a JSON list."""
    return json.dumps(list(requests), indent=indent).encode()


def as_protobuf(*names: str) -> bytes:
    """Return a protobuf request with a span for each name; span ids count from 1."""
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    attribute = resource_spans.resource.attributes.add()
    attribute.key, attribute.value.string_value = "service.name", "svc"
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = "lib", "1.2"
    for number, name in enumerate(names, 1):
        each = scope_spans.spans.add()
        each.trace_id, each.span_id, each.name = bytes.fromhex(TRACE), number.to_bytes(8, "big"), name
        each.start_time_unix_nano, each.end_time_unix_nano = 1_700_000_000_000_000_000, 1_700_000_001_000_000_000
    return message.SerializeToString()


def framed(*messages: bytes) -> bytes:
    """Return messages as the Collector's file exporter frames them."""
    return b"".join(len(message).to_bytes(4, "big") + message for message in messages)
