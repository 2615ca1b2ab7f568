from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conventions.spans import as_json, read, usage

SCOPE = "langfuse-sdk"


def _generation(details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "gpt-5-mini",
        "langfuse.observation.usage_details": as_json(details),
        **more,
    }


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        pytest.param(
            {"input": 100, "output": 20, "total": 3540, "input_cache_read": 3000, "input_cache_creation": 400,
             "output_reasoning": 20},
            {"input": 3500, "output": 40, "cache_read": 3000, "cache_write_5m": 400, "reasoning": 20},
            id="LangChain's handler takes the parts out of the totals",
        ),
        pytest.param(
            {"input": 3500, "output": 20, "total": 3520, "cache_read_input_tokens": 3000},
            {"input": 3500, "output": 20, "cache_read": 3000},
            id="a total of input and output says that the parts are inside",
        ),
        pytest.param(
            {"input": 100, "output": 20, "cache_read_input_tokens": 3000, "cache_creation_input_tokens": 400,
             "cache_creation_ephemeral_5m_input_tokens": 100, "cache_creation_ephemeral_1h_input_tokens": 300},
            {"input": 3500, "output": 20, "cache_read": 3000, "cache_write_5m": 100, "cache_write_1h": 300},
            id="without a total each kind is counted by itself",
        ),
        pytest.param(
            {"prompt_tokens": 1500, "completion_tokens": 20, "total_tokens": 1520,
             "prompt_tokens_details": {"cached_tokens": 1024}, "completion_tokens_details": {"reasoning_tokens": 8}},
            {"input": 1500, "output": 20, "cache_read": 1024, "reasoning": 8},
            id="the OpenAI wrapper passes OpenAI's block on",
        ),
        pytest.param({"input": 12}, {"input": 12}, id="input alone"),
    ],
)  # fmt: skip
def test_usage_details_become_inclusive(details: dict[str, Any], expected: dict[str, int]) -> None:
    reading = read(_generation(details), scope=SCOPE)
    assert (reading.convention, reading.kind, reading.response_model) == ("langfuse", "inference", "gpt-5-mini")
    assert usage(reading) == expected


@pytest.mark.parametrize(
    ("observation", "kind"),
    [
        ("generation", "inference"),
        ("embedding", "embeddings"),
        ("agent", "agent"),
        ("tool", "tool"),
        ("chain", "workflow"),
        ("retriever", "retrieval"),
        ("span", "other"),
        ("evaluator", "other"),
    ],
)
def test_the_observation_type_decides(observation: str, kind: str) -> None:
    assert read({"langfuse.observation.type": observation}, "plan", SCOPE).kind == kind


def test_only_openrouters_cost_is_taken_and_never_one_that_langfuse_was_given() -> None:
    computed = {"langfuse.observation.cost_details": as_json({"total": 0.5})}
    assert read(_generation({"input": 1, "output": 1}, **computed), scope=SCOPE).reported_cost_nano_usd is None
    block = {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.002}
    assert read(_generation(block), scope=SCOPE).reported_cost_nano_usd == 2_000_000


def test_an_observation_of_level_error_has_failed() -> None:
    reading = read({"langfuse.observation.type": "generation", "langfuse.observation.level": "ERROR"}, scope=SCOPE)
    assert (reading.is_failed, reading.doubt) == (True, "call_failed")


def test_user_and_session_are_read_in_the_older_spelling_too() -> None:
    reading = read(
        {"langfuse.observation.type": "span", "langfuse.user.id": "u", "langfuse.session.id": "s"}, scope=SCOPE
    )
    assert (reading.user, reading.session) == ("u", "s")
