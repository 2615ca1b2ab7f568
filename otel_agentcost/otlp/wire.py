"""Decode OTLP protobuf at wire level: only the fields that pricing looks at, everything else skipped unread.

A generated parser builds an object for each event, link and attribute; a cost needs neither. Field numbers are from
opentelemetry-proto's trace, resource and common messages, which never renumber.

Strict about structure: a length that leaves its message, a varint without end, the groups that protobuf gave up are
`MalformedOtlp` with their offset. Forgiving about content: bytes that are not UTF-8 are replaced, unknown fields
skipped, repeated single fields taken last, as protobuf asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import unpack_from
from typing import Any

from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.otlp.errors import MalformedOtlp
from otel_agentcost.otlp.span_rules import END_OF_TIME, is_local_root
from otel_agentcost.otlp.wire_values import (
    FIXED32,
    FIXED64,
    LENGTH,
    VARINT,
    fields,
    int64,
    key_value,
    text,
)

Skipped = Callable[[MalformedOtlp | None], None]
"""Called for a span that was left out: with what is wrong with its bytes, or None where it only lacks its ids."""

_ERROR_CODE = 2
_NO_BAGGAGE: dict[str, str] = {}


def spans_of_request(data: bytes, skipped: Skipped | None = None) -> Iterator[EndedSpan]:
    """Yield the spans of one ExportTraceServiceRequest.

    With `skipped`, a span that is malformed within its own length, or that lacks an id, is reported there and left
    out; without it, the first malformed span raises and those without ids are left out silently.

    Raises:
        MalformedOtlp: the request itself is no protobuf, or a span is not and `skipped` was not given.
    """
    for number, wire_type, start, end in fields(data, 0, len(data)):
        if number == 1 and wire_type == LENGTH:
            yield from spans_of_resource(data, start, end, skipped)


def spans_of_resource(data: bytes, start: int, end: int, skipped: Skipped | None = None) -> Iterator[EndedSpan]:
    """Yield the spans of the ResourceSpans message at `data[start:end]`; as `spans_of_request` for the rest."""
    resource: dict[str, Any] = {}
    scopes: list[tuple[int, int]] = []
    for number, wire_type, at, to in fields(data, start, end):
        if wire_type != LENGTH:
            continue
        if number == 1:
            _attributes_into(resource, data, at, to)
        elif number == 2:
            scopes.append((at, to))  # later: the resource may be written after its scopes
    for at, to in scopes:
        yield from _spans_of_scope(data, at, to, resource, skipped)


def _attributes_into(found: dict[str, Any], data: bytes, start: int, end: int) -> None:
    for number, wire_type, at, to in fields(data, start, end):
        if number == 1 and wire_type == LENGTH:
            key, value = key_value(data, at, to)
            found[key] = value


def _spans_of_scope(
    data: bytes, start: int, end: int, resource: dict[str, Any], skipped: Skipped | None
) -> Iterator[EndedSpan]:
    name = version = ""
    spans: list[tuple[int, int]] = []
    for number, wire_type, at, to in fields(data, start, end):
        if wire_type != LENGTH:
            continue
        if number == 1:
            for inner, inner_type, a, b in fields(data, at, to):
                if inner_type == LENGTH and inner == 1:
                    name = text(data, a, b)
                elif inner_type == LENGTH and inner == 2:
                    version = text(data, a, b)
        elif number == 2:
            spans.append((at, to))
    for at, to in spans:
        try:
            span = _ended_span(data, at, to, name, version, resource)
        except MalformedOtlp as error:
            if skipped is None:
                raise
            skipped(error)
            continue
        if span is not None:
            yield span
        elif skipped is not None:
            skipped(None)


def _ended_span(  # noqa: PLR0912 - one branch a field, in the loop that runs for every span
    data: bytes, start: int, end: int, scope_name: str, scope_version: str, resource: dict[str, Any]
) -> EndedSpan | None:
    trace_id = span_id = parent_span_id = started = ended = dropped = flags = code = 0
    name = ""
    attributes: dict[str, Any] = {}
    for number, wire_type, at, to in fields(data, start, end):
        if wire_type == LENGTH:
            if number == 9:
                key, value = key_value(data, at, to)
                attributes[key] = value
            elif number == 1:
                trace_id = _identifier(data, at, to, 16)
            elif number == 2:
                span_id = _identifier(data, at, to, 8)
            elif number == 4:
                parent_span_id = _identifier(data, at, to, 8)
            elif number == 5:
                name = text(data, at, to)
            elif number == 15:
                code = _status_code(data, at, to, code)
        elif wire_type == FIXED64:
            if number == 7:
                started = _unix_nano(data, at)
            elif number == 8:
                ended = _unix_nano(data, at)
        elif wire_type == VARINT and number == 10:
            dropped = at & 0xFFFFFFFF  # for a varint, `at` is its value
        elif wire_type == FIXED32 and number == 16:
            flags = unpack_from("<I", data, at)[0]
    if not trace_id or not span_id:
        return None
    return EndedSpan(
        trace_id,
        span_id,
        parent_span_id,
        name,
        scope_name,
        scope_version,
        started or ended,
        max(started, ended),
        attributes,
        code == _ERROR_CODE,
        dropped,
        resource,
        _NO_BAGGAGE,
        is_local_root(parent_span_id, flags),
    )


def _identifier(data: bytes, start: int, end: int, size_bytes: int) -> int:
    return int.from_bytes(data[start:end], "big") if end - start == size_bytes else 0


def _unix_nano(data: bytes, at: int) -> int:
    nano: int = unpack_from("<Q", data, at)[0]
    return nano if nano < END_OF_TIME else 0


def _status_code(data: bytes, start: int, end: int, code: int) -> int:
    for number, wire_type, value, _ in fields(data, start, end):
        if number == 3 and wire_type == VARINT:
            code = int64(value)
    return code
