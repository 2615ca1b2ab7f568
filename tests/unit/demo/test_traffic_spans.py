"""Planned requests become spans as published instrumentations would have written them, when they would have."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_agentcost.demo.traffic.emit import Emitter
from otel_agentcost.demo.traffic.generator import Days, requests
from otel_agentcost.demo.traffic.models import MINI, SONNET
from otel_agentcost.demo.traffic.plan import AgentRun, ModelCall, Request, ToolCall, Work
from otel_agentcost.demo.traffic.stacks import STACKS
from otel_agentcost.model.usage import Usage

START = 1_790_000_000_000_000_000
CALL = ModelCall(MINI, Usage(1_500, 40, cache_read_tokens=1_024), 2.0, "chatcmpl-1")
LETTER = ModelCall(SONNET, Usage(2_000, 90, cache_write_5m_tokens=2_000), 2.0, "msg_1", is_stream=True)


def emitted(*planned: Request) -> list[ReadableSpan]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    emitter = Emitter(provider)
    for request in planned:
        emitter.emit(request)
    spans = list(exporter.get_finished_spans())
    assert emitter.spans == len(spans)
    return spans


def request(stack: str, call: ModelCall = CALL) -> Request:
    steps = (AgentRun("triage", (ToolCall("find_order", 0.5), call)),)
    return Request("triage", "support", "ada", stack, START, Work(steps))


def named(spans: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    (span,) = (span for span in spans if span.name == name)
    return span


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.span_id


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


@pytest.mark.parametrize("stack", STACKS)
def test_an_execution_is_one_trace_whose_spans_lie_within_their_parents(stack: str) -> None:
    planned = next(request for request in requests(Days(4, 1, START, ZoneInfo("UTC"))) if request.stack == stack)
    spans = emitted(planned)
    by_id = {id_of(span): span for span in spans}
    roots = [span for span in spans if span.parent is None]
    assert [root.name for root in roots] == [f"POST /{planned.feature}"]
    assert roots[0].start_time == planned.start_unix_nano
    for span in spans:
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.start_time < span.end_time
        above = by_id.get(parent_of(span) or 0)
        if above is not None:
            assert above.start_time is not None
            assert above.end_time is not None
            assert above.start_time <= span.start_time
            assert span.end_time <= above.end_time


def test_a_call_takes_as_long_as_planned() -> None:
    span = named(emitted(request("pydantic-ai")), "chat gpt-4.1-mini")
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 2_000_000_000


def test_a_nested_second_telling_lies_inside_the_first() -> None:
    spans = emitted(request("openai sdk, told twice"))
    assert parent_of(named(spans, "openai.chat")) == id_of(named(spans, "chat gpt-4.1-mini"))


def test_a_second_telling_beside_has_the_same_parent() -> None:
    spans = emitted(request("anthropic sdk, told twice", LETTER))
    own, foreign = named(spans, "anthropic.messages.create"), named(spans, "anthropic.chat")
    assert parent_of(own) == parent_of(foreign) == id_of(named(spans, "invoke_agent triage"))
    assert own.attributes is not None
    assert foreign.attributes is not None
    assert foreign.attributes["gen_ai.usage.output_tokens"] == 91, "one too many, as OpenLLMetry counts streams"
    assert own.attributes["gen_ai.usage.output_tokens"] == 90


def test_a_second_telling_may_have_lost_the_way_to_its_agent() -> None:
    spans = emitted(request("langgraph, told twice"))
    assert parent_of(named(spans, "ChatCompletion")) == id_of(named(spans, "POST /triage"))
    assert parent_of(named(spans, "ChatOpenAI")) == id_of(named(spans, "triage"))


def test_an_agent_of_strands_repeats_what_its_calls_carry() -> None:
    agent = named(emitted(request("strands")), "invoke_agent triage")
    assert agent.attributes is not None
    assert agent.attributes["gen_ai.usage.input_tokens"] == 1_500


def test_a_call_that_failed_has_an_error_and_no_usage() -> None:
    failed = ModelCall(MINI, Usage(), 0.5, "", error="overloaded_error")
    span = named(emitted(request("pydantic-ai", failed)), "chat gpt-4.1-mini")
    assert not span.status.is_ok
    assert span.attributes is not None
    assert not [key for key in span.attributes if "usage" in key]


def test_two_runs_of_one_plan_share_no_response_id() -> None:
    ids: set[object] = set()
    for _ in range(2):
        span = named(emitted(request("pydantic-ai")), "chat gpt-4.1-mini")
        assert span.attributes is not None
        ids.add(span.attributes["gen_ai.response.id"])
    assert len(ids) == 2
