"""AgentCostSpanExporter: costs at export time, on copies."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_agentcost.model import names
from otel_agentcost.sdk.exporter import AgentCostSpanExporter

from .conftest import NewEngine
from .support import chat, chat_cost_nano_usd


class Recording(SpanExporter):
    """Keeps what it was given and what it was asked."""

    def __init__(self, result: SpanExportResult = SpanExportResult.SUCCESS) -> None:
        self.result = result
        self.spans: Sequence[ReadableSpan] = ()
        self.asked: list[str] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans = spans
        return self.result

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        self.asked.append(f"flush {timeout_millis}")
        return False

    def shutdown(self) -> None:
        self.asked.append("shutdown")


@pytest.fixture
def ended() -> list[ReadableSpan]:
    """Return a root with two calls below it, root first: the order in which no processor would hand them over."""
    provider = TracerProvider(shutdown_on_exit=False, span_limits=SpanLimits(max_span_attributes=7))
    kept = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("request"):
        tracer.start_span("one", attributes={"evicted": 1, "kept": 2} | chat()).end()
        tracer.start_span("two", attributes=chat()).end()
    return sorted(kept.get_finished_spans(), key=lambda span: span.name)[::-1][1:] + [
        span for span in kept.get_finished_spans() if span.name == "two"
    ]


def test_exported_copies_carry_costs_and_the_spans_themselves_stay_as_they_were(
    new_engine: NewEngine, ended: list[ReadableSpan]
) -> None:
    before = [dict(span.attributes or {}) for span in ended]
    wrapped = Recording()
    assert AgentCostSpanExporter(wrapped, engine=new_engine()).export(ended) is SpanExportResult.SUCCESS
    assert [dict(span.attributes or {}) for span in ended] == before
    assert [span.name for span in wrapped.spans] == [span.name for span in ended], "the order stays"
    got = {span.name: span for span in wrapped.spans}
    assert got["one"].attributes[names.COST_AMOUNT] == chat_cost_nano_usd() / 1e9
    assert (got["one"].attributes[names.COST_CURRENCY], got["one"].attributes[names.COST_SOURCE]) == ("USD", "local")
    assert got["one"].attributes["kept"] == 2
    assert got["one"].dropped_attributes == 1
    assert got["request"].attributes[names.SUBTREE_CALLS] == 2, "though the root comes first in its batch"
    assert got["request"].attributes[names.SUBTREE_COST] == 2 * chat_cost_nano_usd() / 1e9
    assert got["request"].context == next(span for span in ended if span.name == "request").context


def test_spans_without_a_cost_are_passed_on_as_they_are(new_engine: NewEngine) -> None:
    kept, wrapped = InMemorySpanExporter(), Recording()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    provider.get_tracer("test").start_span("sql").end()
    (span,) = kept.get_finished_spans()
    AgentCostSpanExporter(wrapped, engine=new_engine()).export((span,))
    assert wrapped.spans[0] is span


def test_results_flushes_and_the_end_are_the_wrapped_exporters(new_engine: NewEngine) -> None:
    wrapped = Recording(SpanExportResult.FAILURE)
    exporter = AgentCostSpanExporter(wrapped, engine=new_engine())
    assert exporter.export(()) is SpanExportResult.FAILURE
    assert exporter.force_flush(17) is False
    exporter.shutdown()
    assert wrapped.asked == ["flush 17", "shutdown"]
    assert exporter.wrapped is wrapped


def test_an_error_of_the_wrapped_exporter_is_not_hidden_and_nothing_is_exported_twice(new_engine: NewEngine) -> None:
    class Failing(Recording):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            self.asked.append("export")
            raise ConnectionError

    wrapped = Failing()
    with pytest.raises(ConnectionError):
        AgentCostSpanExporter(wrapped, engine=new_engine()).export(())
    assert wrapped.asked == ["export"]
