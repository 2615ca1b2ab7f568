"""Hand the SDK's spans to the engine as plain values."""

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
        context: SpanContext = span.context  # type: ignore[assignment] - an ended span has one
        parent, scope = span.parent, span.instrumentation_scope
        return EndedSpan(
            trace_id=context.trace_id,
            span_id=context.span_id,
            parent_span_id=0 if parent is None else parent.span_id,
            name=span.name,
            scope_name="" if scope is None else scope.name,
            scope_version="" if scope is None else scope.version or "",
            start_unix_nano=span.start_time or 0,
            end_unix_nano=span.end_time or 0,
            attributes=attributes,
            is_error=span.status.status_code is StatusCode.ERROR,
            dropped_attributes=span.dropped_attributes,
            resource=self._attributes_of(span.resource),
            baggage=baggage,
            is_local_root=parent is None or parent.is_remote,
        )

    def _attributes_of(self, resource: Resource) -> Mapping[str, Any]:
        kept, attributes = self._resource
        if kept is not resource:
            attributes = dict(resource.attributes)
            self._resource = (resource, attributes)
        return attributes
