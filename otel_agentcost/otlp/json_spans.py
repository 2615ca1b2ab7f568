"""Turn one OTLP/JSON request (ExportTraceServiceRequest, TracesData) into ended spans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.json_values import (
    Json,
    as_id,
    as_integer,
    as_list,
    as_mapping,
    as_text,
    attributes,
)
from otel_agentcost.otlp.span_rules import END_OF_TIME, is_local_root

_ERROR = (2, "2", "STATUS_CODE_ERROR", "ERROR", "Error")
_NO_BAGGAGE: dict[str, str] = {}

RESOURCE_SPANS = ("resourceSpans", "resource_spans", "batches")
"""`batches` is what Tempo's API calls the same list."""

_OTHER_SIGNALS = {
    "resourceMetrics": "metrics", "resource_metrics": "metrics", "resourceLogs": "logs", "resource_logs": "logs",
    "resourceProfiles": "profiles", "resource_profiles": "profiles",
}  # fmt: skip


class OtherSignal(MalformedOtlp):
    """OTLP, but no traces: the Collector's file exporter may write several signals into one file."""


def spans_of_request(request: Any) -> Iterator[EndedSpan | None]:
    """Yield each span of a decoded request; None stands for a span that cannot be used, so that it can be counted.

    A span is unusable without a trace id and a span id. All else that is missing or malformed becomes its default:
    a span with odd attributes may still carry a price.

    Raises:
        OtherSignal: the request holds metrics, logs or profiles.
        MalformedOtlp: the document is something else.
    """
    groups = _resource_spans(request)
    for group in groups:
        resource_spans = as_mapping(group)
        resource = attributes(as_mapping(resource_spans.get("resource")).get("attributes"))
        for scope_spans in as_list(_either(resource_spans, "scopeSpans", "scope_spans")) or as_list(
            _either(resource_spans, "instrumentationLibrarySpans", "instrumentation_library_spans")
        ):
            held = as_mapping(scope_spans)
            scope = as_mapping(held.get("scope") or held.get("instrumentationLibrary"))
            name, version = as_text(scope.get("name")), as_text(scope.get("version"))
            for span in as_list(held.get("spans")):
                yield _ended_span(span, name, version, resource)


def _resource_spans(request: Any) -> list[Any]:
    if not isinstance(request, dict):
        raise MalformedOtlp(
            f"a JSON {_json_type(request)} where an OTLP request (an object with resourceSpans) belongs"
        )
    held = as_mapping(request)
    for wrapper in ("result", "trace"):  # gRPC gateways wrap a streamed answer, Tempo's API a found trace
        if len(held) == 1 and isinstance(held.get(wrapper), dict):
            held = as_mapping(held[wrapper])
    for key in RESOURCE_SPANS:
        if key in held:
            return as_list(held[key])
    for key, signal in _OTHER_SIGNALS.items():
        if key in held:
            raise OtherSignal(f"OTLP {signal}, no traces")
    if held:
        raise MalformedOtlp(f"no OTLP traces: a JSON object without resourceSpans (its keys: {_some(held)})")
    return []


def _ended_span(value: Any, scope_name: str, scope_version: str, resource: Json) -> EndedSpan | None:
    span = as_mapping(value)
    trace_id = as_id(_either(span, "traceId", "trace_id"), 16)
    span_id = as_id(_either(span, "spanId", "span_id"), 8)
    if not trace_id or not span_id:
        return None
    parent_span_id = as_id(_either(span, "parentSpanId", "parent_span_id"), 8)
    start = unix_nano(_either(span, "startTimeUnixNano", "start_time_unix_nano"))
    end = unix_nano(_either(span, "endTimeUnixNano", "end_time_unix_nano"))
    dropped = as_integer(_either(span, "droppedAttributesCount", "dropped_attributes_count")) or 0
    return EndedSpan(
        trace_id,
        span_id,
        parent_span_id,
        as_text(span.get("name")),
        scope_name,
        scope_version,
        start or end,
        max(start, end),
        attributes(span.get("attributes")),
        as_mapping(span.get("status")).get("code") in _ERROR,
        max(dropped, 0),
        resource,
        _NO_BAGGAGE,
        is_local_root(parent_span_id, as_integer(span.get("flags")) or 0),
    )


def unix_nano(value: Any) -> int:
    """Return a time in Unix nanoseconds; 0 where there is none or where no clock can have shown it."""
    number = as_integer(value)
    return number if number is not None and 0 <= number < END_OF_TIME else 0


def _either(held: Json, camel: str, snake: str) -> Any:
    return held[camel] if camel in held else held.get(snake)


def _json_type(value: Any) -> str:
    for kind, name in ((type(None), "null"), (bool, "boolean"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "number"


def _some(held: Json) -> str:
    printable = ("".join(c if c.isprintable() else "·" for c in key[:31]) for key in held)
    keys = [key if len(key) <= 30 else key[:29] + "…" for key in printable]
    return ", ".join(keys[:4]) + (", …" if len(keys) > 4 else "")
