"""What the tests of the sdk ring share: providers, exporters in every place, and the spans of one model call."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import (
    ConcurrentMultiSpanProcessor,
    ReadableSpan,
    SpanLimits,
    SpanProcessor,
    SynchronousMultiSpanProcessor,
    TracerProvider,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

PLACES = ("simple before", "batch before", "simple after", "batch after")
MULTI = {"in sequence": SynchronousMultiSpanProcessor, "in threads": ConcurrentMultiSpanProcessor}


class Snapshots(InMemorySpanExporter):
    """Keeps each span as it was when it was exported: what is written to it afterwards came too late."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return super().export([_frozen(span) for span in spans])


def _frozen(span: ReadableSpan) -> ReadableSpan:
    frozen = copy.copy(span)
    frozen._attributes = BoundedAttributes(attributes=dict(span.attributes or {}))
    frozen._attributes.dropped = span.dropped_attributes
    return frozen


class Exports(NamedTuple):
    """A provider and what each of its exporters got, by the exporter's place relative to our processor."""

    provider: TracerProvider
    exporters: Mapping[str, InMemorySpanExporter]

    def spans(self, place: str = "simple before") -> dict[str, ReadableSpan]:
        assert self.provider.force_flush() is True
        return {span.name: span for span in self.exporters[place].get_finished_spans()}

    def everywhere(self) -> Iterator[dict[str, ReadableSpan]]:
        for place in PLACES:
            yield self.spans(place)


@contextmanager
def exports_around(
    *ours: SpanProcessor,
    multi: str = "in sequence",
    sampler: Sampler | None = None,
    limits: SpanLimits | None = None,
) -> Iterator[Exports]:
    provider = TracerProvider(
        sampler=sampler,
        resource=Resource.get_empty(),
        shutdown_on_exit=False,
        active_span_processor=MULTI[multi](),
        span_limits=limits,
    )
    exporters = {place: Snapshots() for place in PLACES}
    provider.add_span_processor(SimpleSpanProcessor(exporters["simple before"]))
    provider.add_span_processor(BatchSpanProcessor(exporters["batch before"]))
    for processor in ours:
        provider.add_span_processor(processor)
    provider.add_span_processor(SimpleSpanProcessor(exporters["simple after"]))
    provider.add_span_processor(BatchSpanProcessor(exporters["batch after"]))
    try:
        yield Exports(provider, exporters)
    finally:
        provider.shutdown()


def chat(input_tokens: int = 1000, output_tokens: int = 200, **more: Any) -> dict[str, Any]:
    """Return the attributes of a call of gpt-4o-mini: 0.15 USD a million tokens in, 0.60 out."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": input_tokens,
        "gen_ai.usage.output_tokens": output_tokens,
        **more,
    }


def chat_cost_nano_usd(input_tokens: int = 1000, output_tokens: int = 200) -> int:
    return 150 * input_tokens + 600 * output_tokens


def call(provider: TracerProvider, name: str = "call", **more: Any) -> None:
    """Make a model call of `chat`."""
    provider.get_tracer("test").start_span(name, attributes=chat(**more)).end()
