"""Keep what was exported: the spans as Jaeger would get them, with every attribute that was there at that moment."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class ExportedSpan(NamedTuple):
    """A span as it was exported; later changes to the live span do not show here."""

    trace_id: int
    span_id: int
    parent_span_id: int
    """0 where there is none."""
    name: str
    scope: str
    start_unix_nano: int
    is_error: bool
    attributes: Mapping[str, Any]


class SpanCollector(SpanExporter):
    """An exporter that keeps the spans in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spans: list[ExportedSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._lock:
            self._spans += [_copy(span) for span in spans]
        return SpanExportResult.SUCCESS

    def take(self) -> list[ExportedSpan]:
        """Return what was exported since the last call."""
        with self._lock:
            taken, self._spans = self._spans, []
        return taken


def _copy(span: ReadableSpan) -> ExportedSpan:
    context, scope = span.get_span_context(), span.instrumentation_scope
    return ExportedSpan(
        trace_id=context.trace_id if context else 0,
        span_id=context.span_id if context else 0,
        parent_span_id=span.parent.span_id if span.parent else 0,
        name=span.name,
        scope=scope.name if scope else "",
        start_unix_nano=span.start_time or 0,
        is_error=not span.status.is_unset and not span.status.is_ok,
        attributes=dict(span.attributes or {}),
    )
