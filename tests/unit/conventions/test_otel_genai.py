"""OpenTelemetry's own convention, as it stands and in each older spelling."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, span, usage

CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 2000,
    "gen_ai.usage.output_tokens": 900,
}


def test_a_call_in_the_convention_as_it_stands() -> None:
    reading = read(
        {
            **CALL,
            "gen_ai.response.model": "gpt-5-2025-08-07",
            "gen_ai.response.id": "resp_1",
            "gen_ai.conversation.id": "conv-1",
            "gen_ai.agent.name": "planner",
            "server.address": "api.openai.com",
            "gen_ai.usage.cache_read.input_tokens": 1536,
            "gen_ai.usage.cache_creation.input_tokens": 64,
            "gen_ai.usage.reasoning.output_tokens": 768,
            "openai.response.service_tier": "flex",
        }
    )
    assert (reading.kind, reading.covers, reading.doubt) == ("inference", "call", None)
    assert (reading.provider, reading.request_model, reading.model) == ("openai", "gpt-5", "gpt-5-2025-08-07")
    assert (reading.response_id, reading.conversation, reading.agent) == ("resp_1", "conv-1", "planner")
    assert (reading.host, reading.service_tier) == ("api.openai.com", "flex")
    assert usage(reading) == {"input": 2000, "output": 900, "cache_read": 1536, "cache_write_5m": 64, "reasoning": 768}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("gen_ai.usage.cache_read.input_tokens", "cache_read"),
        ("gen_ai.usage.cache_read_input_tokens", "cache_read"),
        ("gen_ai.usage.details.cache_read_tokens", "cache_read"),
        ("gen_ai.usage.details.cached_tokens", "cache_read"),
        ("gen_ai.usage.cache_write.input_tokens", "cache_write_5m"),
        ("gen_ai.usage.cache_creation.input_tokens", "cache_write_5m"),
        ("gen_ai.usage.cache_creation_input_tokens", "cache_write_5m"),
        ("gen_ai.usage.cache_write_input_tokens", "cache_write_5m"),
        ("gen_ai.usage.reasoning.output_tokens", "reasoning"),
        ("gen_ai.usage.reasoning_tokens", "reasoning"),
        ("gen_ai.usage.details.reasoning_tokens", "reasoning"),
    ],
)
def test_each_spelling_of_a_part_is_read(name: str, count: str) -> None:
    assert usage(read({**CALL, name: 100}))[count] == 100
    assert usage(read({**CALL, name: "100"}))[count] == 100
    assert count not in usage(read({**CALL, name: None}))


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"),
        ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    ],
)
def test_old_and_new_names_of_the_totals_are_read(given: str, made: str) -> None:
    assert usage(read({"gen_ai.system": "openai", "gen_ai.request.model": "gpt-5", given: 5, made: 7})) == {
        "input": 5,
        "output": 7,
    }


def test_writes_for_an_hour_are_told_apart() -> None:
    found = usage(
        read(
            {
                **CALL,
                "gen_ai.usage.cache_creation.input_tokens": 300,
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 100,
            }
        )
    )
    assert (found["cache_write_5m"], found["cache_write_1h"]) == (200, 100)


def test_the_providers_own_block_wins_over_the_counts_beside_it() -> None:
    raw = '{"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 8}}'
    assert usage(read({**CALL, "gen_ai.usage.raw": raw})) == {"input": 10, "output": 5, "cache_read": 8}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("chat", "inference"), ("generate_content", "inference"), ("text_completion", "inference"),
        ("embeddings", "embeddings"), ("invoke_agent", "agent"), ("execute_tool", "tool"), ("create_agent", "other"),
        ("invoke_workflow", "workflow"), ("retrieval", "retrieval"), ("Chat", "inference"),
    ],
)  # fmt: skip
def test_the_operation_says_what_a_span_is(operation: str, kind: str) -> None:
    assert read({"gen_ai.operation.name": operation}, name="x").kind == kind


def test_an_unknown_operation_with_tokens_is_no_call() -> None:
    reading = read({**CALL, "gen_ai.operation.name": "summarise_everything"}, name="x")
    assert reading.kind == "other"
    assert reading.covers == "sum"


def test_a_span_named_after_an_agent_is_one_whatever_was_written_upon_it() -> None:
    reading = read(CALL, name="invoke_agent planner")
    assert (reading.kind, reading.covers) == ("agent", "sum")


def test_a_span_with_tokens_and_a_model_but_no_operation_is_a_call() -> None:
    attributes = {name: value for name, value in CALL.items() if name != "gen_ai.operation.name"}
    reading = read(attributes, name="x")
    assert (reading.kind, reading.covers) == ("inference", "call")


def test_a_tool_tells_its_name_its_call_and_its_arguments() -> None:
    reading = read(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "search",
            "gen_ai.tool.call.id": "call_1",
            "gen_ai.tool.call.arguments": '{"q": 1}',
        },
        name="execute_tool search",
    )
    assert (reading.tool, reading.tool_call_id, reading.tool_arguments) == ("search", "call_1", '{"q": 1}')


def test_arguments_as_long_as_a_book_are_cut() -> None:
    reading = read({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": "x" * 100_000}, name="x")
    assert reading.tool_arguments is not None
    assert len(reading.tool_arguments) < 10_000


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"gen_ai.usage.output_tokens": None}, Reason.MISSING_OUTPUT_TOKENS),
        ({"gen_ai.usage.input_tokens": None}, Reason.MISSING_INPUT_TOKENS),
        ({"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}, Reason.MISSING_USAGE),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, Reason.MISSING_USAGE),
        ({"gen_ai.usage.output_tokens": 0}, Reason.OUTPUT_INCOMPLETE),
        ({"gen_ai.usage.output_tokens": 0, "gen_ai.request.stream": True}, Reason.STREAM_ABANDONED),
        (
            {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None, "gen_ai.request.stream": True},
            Reason.STREAM_WITHOUT_USAGE,
        ),
    ],
)
def test_what_is_missing_is_a_doubt_with_its_reason(changed: dict[str, Any], doubt: str) -> None:
    assert read({**CALL, **changed}).doubt == doubt


def test_a_failed_call_without_usage_and_one_that_lost_attributes_say_so() -> None:
    mute = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}
    assert read(mute, is_error=True).doubt == Reason.CALL_FAILED
    assert read(mute, dropped_attributes=9).doubt == Reason.ATTRIBUTES_DROPPED
    assert read({**CALL}, is_error=True).is_failed


def test_an_embedding_needs_no_output() -> None:
    reading = read({"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e", "gen_ai.usage.input_tokens": 9})
    assert reading.doubt is None


def test_a_total_proves_that_the_input_excludes_cached_tokens() -> None:
    counts = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 1000}
    reading = read({**CALL, **counts, "gen_ai.usage.output_tokens": 50, "gen_ai.usage.total_tokens": 1150})
    assert usage(reading)["input"] == 1100
    assert reading.doubt is None


def test_more_cached_than_input_tokens_of_anthropic_are_added_and_doubted() -> None:
    counts = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 1000}
    reading = read({**CALL, **counts, "gen_ai.provider.name": "anthropic"})
    assert usage(reading)["input"] == 1100
    assert reading.doubt == Reason.CACHE_EXCEEDS_INPUT


@pytest.mark.parametrize(
    ("source", "cost"), [("provider", 1_500_000), ("local", None), (None, None), ("estimated", None)]
)
def test_only_a_cost_that_the_provider_reported_is_taken(source: str | None, cost: int | None) -> None:
    reading = read({**CALL, "gen_ai.usage.cost.amount": 0.0015, "gen_ai.usage.cost.source": source})
    assert reading.reported_cost_nano_usd == cost


@pytest.mark.parametrize("amount", [-1, float("nan"), "much", True, 1e300, None])
def test_an_impossible_reported_cost_is_none(amount: object) -> None:
    reading = read({**CALL, "gen_ai.usage.cost.amount": amount, "gen_ai.usage.cost.source": "provider"})
    assert reading.reported_cost_nano_usd is None


def test_who_it_was_for_is_read_where_it_stands() -> None:
    reading = read({**CALL, "user.id": "u1", "session.id": "s1", "metadata": '{"team_id": "t1", "feature": "triage"}'})
    assert (reading.user, reading.session, reading.team, reading.feature) == ("u1", "s1", "t1", "triage")


def test_the_order_of_attributes_and_those_of_others_change_nothing() -> None:
    turned = dict(reversed([*CALL.items(), ("http.method", "POST")]))
    assert read(turned) == read(CALL)
    assert span("x", attributes=turned).attributes is turned
