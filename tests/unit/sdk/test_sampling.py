"""Spend is seen whatever the sampler drops, and no more is exported than before."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Decision, ParentBased, TraceIdRatioBased

from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from otel_agentcost.sdk.sampling import record_all_spans_of, record_everything

from .conftest import NewEngine
from .support import chat, exports_around


def test_calls_that_are_sampled_out_are_counted_and_not_exported(new_engine: NewEngine) -> None:
    engine = new_engine()
    with exports_around(
        AgentCostSpanProcessor(engine=engine), sampler=record_everything(ParentBased(ALWAYS_OFF))
    ) as exports:
        tracer = exports.provider.get_tracer("test")
        with tracer.start_as_current_span("root") as root:
            tracer.start_span("call", attributes=chat()).end()
        assert not any(exports.everywhere())
        (call,) = engine.calls(root.get_span_context().trace_id)
        assert call.cost_nano_usd > 0


def test_only_what_would_be_dropped_is_changed() -> None:
    for root, expected in ((ALWAYS_OFF, Decision.RECORD_ONLY), (ALWAYS_ON, Decision.RECORD_AND_SAMPLE)):
        result = record_everything(root).should_sample(None, 1, "span", attributes={"kept": 1})
        assert result.decision is expected
        assert result.attributes == {"kept": 1}, "what a span is started with names its model"
    ratio = TraceIdRatioBased(0.5)
    for trace_id in (1, 1 << 63, (1 << 64) - 1):
        sampled = record_everything(ratio).should_sample(None, trace_id, "span").decision.is_sampled()
        assert sampled == ratio.should_sample(None, trace_id, "span").decision.is_sampled()


def test_the_sdks_own_sampler_is_given_back_the_attributes_that_it_loses() -> None:
    if not hasattr(sampling, "AlwaysRecordSampler"):
        pytest.skip("this SDK has no AlwaysRecordSampler")
    theirs = sampling.AlwaysRecordSampler(ALWAYS_OFF)
    assert not theirs.should_sample(None, 1, "span", attributes={"kept": 1}).attributes, "if this fails, use theirs"
    assert record_everything(theirs).should_sample(None, 1, "span", attributes={"kept": 1}).attributes == {"kept": 1}


def test_a_sampler_is_wrapped_once_and_names_what_it_wraps() -> None:
    once = record_everything(ALWAYS_OFF)
    assert record_everything(once) is once
    assert once.get_description() == "RecordEverything{AlwaysOffSampler}"


def test_tracers_taken_afterwards_record_and_earlier_ones_too_where_the_sdk_knows_them() -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    earlier = provider.get_tracer("earlier")
    record_all_spans_of(provider)
    assert provider.get_tracer("later").start_span("span").is_recording()
    assert earlier.start_span("span").is_recording() == hasattr(provider, "_tracers")
    provider.get_tracer("later").start_span("span").end()
    assert not exporter.get_finished_spans()
