"""LiteLLM's callback: its own span, the raw exchange below it, and the caller's span that it writes upon."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 30,
    "llm.request.type": "acompletion",
}


def test_its_own_span_is_a_call() -> None:
    reading = read(CALL, "litellm_request", "litellm")
    assert (reading.kind, reading.covers, reading.convention) == ("inference", "call", "litellm")
    assert usage(reading) == {"input": 120, "output": 30}


def test_the_whole_usage_object_wins_over_the_two_counts() -> None:
    whole = "{'prompt_tokens': 120, 'completion_tokens': 30, 'prompt_tokens_details': {'cached_tokens': 96}}"
    reading = read({**CALL, "metadata.usage_object": whole}, "litellm_request", "litellm")
    assert usage(reading) == {"input": 120, "output": 30, "cache_read": 96}


def test_a_span_of_the_caller_that_it_wrote_upon_holds_the_last_call() -> None:
    reading = read({**CALL, "litellm.call_id": "1"}, "handle request", "my.app")
    assert (reading.kind, reading.covers) == ("inference", "last")


def test_the_raw_exchange_has_its_usage_as_a_repr() -> None:
    raw = "{'prompt_tokens': 120, 'completion_tokens': 30, 'prompt_tokens_details': {'cached_tokens': 96}}"
    attributes = {"llm.openai.usage": raw, "llm.openai.model": "gpt-4o-mini-2024-07-18", "llm.openai.id": "chatcmpl-1"}
    reading = read(attributes, "raw_gen_ai_request", "litellm")
    assert (reading.kind, reading.provider, reading.model) == ("inference", "openai", "gpt-4o-mini-2024-07-18")
    assert reading.response_id == "chatcmpl-1"
    assert usage(reading) == {"input": 120, "output": 30, "cache_read": 96}


@pytest.mark.parametrize("usage_text", ["None", "", "{'prompt_tokens'", "Usage(prompt_tokens=5)", "{" + "[" * 9000])
def test_a_raw_exchange_without_a_readable_usage_is_flagged(usage_text: str) -> None:
    reading = read({"llm.openai.usage": usage_text}, "raw_gen_ai_request", "litellm")
    assert reading.usage is None
    assert reading.doubt == Reason.MISSING_USAGE


def test_the_keys_owner_and_team_are_known() -> None:
    who = {
        "metadata.user_api_key_user_id": "u",
        "metadata.user_api_key_team_id": "t",
        "metadata.user_api_key_org_id": "o",
    }
    reading = read({**CALL, **who}, "litellm_request", "litellm")
    assert (reading.user, reading.team, reading.organization) == ("u", "t", "o")


def test_the_host_stands_among_hidden_parameters() -> None:
    reading = read(
        {**CALL, "hidden_params": "{'api_base': 'https://my.azure.com/openai'}"}, "litellm_request", "litellm"
    )
    assert reading.host == "my.azure.com"


def test_an_answer_from_its_cache_cost_nothing() -> None:
    assert read({**CALL, "litellm.cache_hit": True}, "litellm_request", "litellm").reported_cost_nano_usd == 0


def test_a_cost_that_it_worked_out_itself_is_not_taken() -> None:
    reading = read(
        {**CALL, "gen_ai.cost.total_cost": 0.5, "hidden_params": "{'response_cost': 1}"}, "litellm_request", "litellm"
    )
    assert reading.reported_cost_nano_usd is None
