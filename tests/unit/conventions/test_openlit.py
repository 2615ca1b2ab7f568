from __future__ import annotations

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1500,
    "gen_ai.usage.output_tokens": 20,
}


def test_details_under_openlits_own_names_are_read() -> None:
    attributes = {
        **CALL,
        "gen_ai.usage.prompt_tokens_details.cached_tokens": 1024,
        "gen_ai.usage.completion_tokens_details.reasoning_tokens": 8,
    }
    reading = read(attributes, scope="openlit.instrumentation.openai")
    assert (reading.convention, usage(reading)) == (
        "openlit",
        {"input": 1500, "output": 20, "cache_read": 1024, "reasoning": 8},
    )


@pytest.mark.parametrize("cost", [0, 0.5])
def test_openlits_computed_cost_is_never_taken(cost: float) -> None:
    assert (
        read({**CALL, "gen_ai.usage.cost": cost}, scope="openlit.instrumentation.openai").reported_cost_nano_usd is None
    )


def test_openlits_sum_of_the_counts_is_no_proof_of_what_they_include() -> None:
    attributes = {
        **CALL,
        "gen_ai.provider.name": "anthropic",
        "gen_ai.usage.cache_read.input_tokens": 400,
        "gen_ai.client.token.usage": 1520,
    }
    assert usage(read(attributes, scope="openlit.instrumentation.anthropic"))["input"] == 1900


def test_framework_spans_sum_and_vector_stores_retrieve() -> None:
    workflow = read({**CALL, "gen_ai.operation.name": "invoke_workflow"}, scope="openlit.instrumentation.crewai")
    assert (workflow.kind, workflow.covers) == ("workflow", "sum")
    assert read({"gen_ai.operation.name": "vectordb"}, scope="openlit.instrumentation.chroma").kind == "retrieval"


def test_a_stream_that_openlit_may_have_estimated_is_doubted() -> None:
    attributes = {**CALL, "gen_ai.request.is_stream": True}
    assert read(attributes, scope="openlit.instrumentation.openai").doubt == Reason.UNMARKED_ESTIMATE
