"""Gateways and platforms that tell of calls: LiteLLM, OpenRouter's Broadcast, Braintrust, Azure AI agents."""

from __future__ import annotations

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1500,
    "gen_ai.usage.output_tokens": 20,
}


@pytest.mark.parametrize(
    ("name", "scope", "covers"),
    [
        ("litellm_request", "litellm", "call"),
        ("chat gpt-5", "litellm", "call"),
        ("Received Proxy Server Request", "litellm", "last"),
        ("handle request", "my-app", "last"),
    ],
)
def test_litellm_writes_over_the_last_call_on_spans_that_are_not_its_own(name: str, scope: str, covers: str) -> None:
    assert read({**CALL, "litellm.call_id": "c-1"}, name, scope).covers == covers


def test_litellms_computed_cost_is_not_taken_but_its_cache_is_free() -> None:
    attributes = {**CALL, "litellm.call_id": "c-1", "litellm.cost.total": 0.5, "gen_ai.cost.total_cost": 0.5}
    assert read(attributes, scope="litellm").reported_cost_nano_usd is None
    assert read({**attributes, "litellm.cache_hit": True}, scope="litellm").reported_cost_nano_usd == 0


def test_openrouters_broadcast_tells_what_it_charged() -> None:
    attributes = {
        "gen_ai.provider.name": "Google AI Studio",
        "gen_ai.request.model": "google/gemini-2.5-pro",
        "gen_ai.usage.input_tokens": 1500,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.total_cost": 0.002,
        "trace.metadata.openrouter.provider_slug": "google-ai-studio",
    }
    reading = read(attributes)
    assert (reading.kind, reading.provider, reading.reported_cost_nano_usd) == ("inference", "openrouter", 2_000_000)


def test_a_total_cost_of_anyone_else_is_not_taken() -> None:
    assert read({**CALL, "gen_ai.usage.total_cost": 0.002, "gen_ai.usage.cost": 0.002}).reported_cost_nano_usd is None


@pytest.mark.parametrize(("source", "nano_usd"), [("provider", 2_000_000), ("local", None), (None, None)])
def test_a_cost_by_the_draft_convention_counts_only_from_the_provider(source: str | None, nano_usd: int | None) -> None:
    attributes = {**CALL, "gen_ai.usage.cost.amount": 0.002}
    if source is not None:
        attributes["gen_ai.usage.cost.source"] = source
    assert read(attributes).reported_cost_nano_usd == nano_usd


def test_braintrusts_metrics_are_read() -> None:
    metrics = {
        "prompt_tokens": 3500,
        "completion_tokens": 20,
        "prompt_cached_tokens": 3000,
        "prompt_cache_creation_tokens": 400,
        "completion_reasoning_tokens": 8,
    }
    attributes = {
        "braintrust.span_attributes": as_json({"type": "llm"}),
        "braintrust.metadata": as_json({"model": "claude-sonnet-4-5", "provider": "anthropic", "user_id": "u"}),
        "braintrust.metrics": as_json(metrics),
    }
    reading = read(attributes)
    assert (reading.convention, reading.kind, reading.model, reading.user) == (
        "braintrust", "inference", "claude-sonnet-4-5", "u",
    )  # fmt: skip
    assert usage(reading) == {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 400, "reasoning": 8}


def test_an_azure_agents_run_is_one_bill_whoever_asks_for_it() -> None:
    attributes = {
        **CALL,
        "gen_ai.system": "az.ai.agents",
        "gen_ai.thread.run.id": "run_1",
        "gen_ai.thread.id": "thread_1",
    }
    readings = [
        read({**attributes, "gen_ai.operation.name": operation}, operation)
        for operation in ("start_thread_run", "get_thread_run", "process_thread_run")
    ]
    assert {(r.kind, r.response_id, r.doubt) for r in readings} == {("inference", "run_1", Reason.SUM_OF_CALLS)}
    waiting = read({"gen_ai.operation.name": "get_thread_run", "gen_ai.thread.run.id": "run_1"}, "get_thread_run")
    assert not waiting.is_billable
