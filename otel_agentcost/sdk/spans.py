"""Hand the SDK's spans to the engine as plain values."""

# pyright: reportPrivateUsage=false
# A span's fields are read, not its properties: each property costs as much as the rest of its line.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, StatusCode

from otel_agentcost.engine.ports import EndedSpan


class SpanTranslator:
    """Make an `EndedSpan` of a `ReadableSpan`.

    The resource's attributes are kept as a plain dictionary for as long as the same resource comes: it is one object
    for all spans of a provider, and its own mapping takes a microsecond for each look.
    """

    __slots__ = ("_resource",)

    def __init__(self) -> None:
        self._resource: tuple[Resource | None, Mapping[str, Any]] = (None, {})

    def translate(self, span: ReadableSpan, attributes: Mapping[str, Any], baggage: Mapping[str, str]) -> EndedSpan:
        """Return what the engine needs of an ended span; `attributes` may be any faster view of the span's own."""
        context: SpanContext = span._context  # type: ignore[assignment] - an ended span has one
        parent, scope = span._parent, span._instrumentation_scope
        return EndedSpan(
            context.trace_id,
            context.span_id,
            0 if parent is None else parent.span_id,
            span._name,
            "" if scope is None else scope.name,
            "" if scope is None else scope.version or "",
            span._start_time or 0,
            span._end_time or 0,
            attributes,
            span._status.status_code is StatusCode.ERROR,
            span.dropped_attributes,
            self._attributes_of(span._resource),
            baggage,
            parent is None or parent.is_remote,
        )

    def _attributes_of(self, resource: Resource) -> Mapping[str, Any]:
        kept, attributes = self._resource
        if kept is not resource:
            attributes = dict(resource.attributes)
            self._resource = (resource, attributes)
        return attributes
