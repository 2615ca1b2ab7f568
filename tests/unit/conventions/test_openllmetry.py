"""Traceloop's OpenLLMetry in its generations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conventions.spans import read, usage

OPENAI = "opentelemetry.instrumentation.openai.v1"
ANTHROPIC = "opentelemetry.instrumentation.anthropic"


def test_the_first_generation_names_prompt_and_completion_tokens() -> None:
    reading = read(
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 100,
            "gen_ai.usage.completion_tokens": 10,
            "llm.usage.total_tokens": 110,
            "llm.is_streaming": "False",
        },
        "openai.chat",
        OPENAI,
    )
    assert (reading.kind, reading.provider, reading.is_stream) == ("inference", "OpenAI", False)
    assert usage(reading) == {"input": 100, "output": 10}


@pytest.mark.parametrize(
    ("kind", "meaning"), [("workflow", "workflow"), ("task", "workflow"), ("agent", "agent"), ("tool", "tool")]
)
def test_its_own_spans_say_what_they_are_and_are_sums(kind: str, meaning: str) -> None:
    reading = read({"traceloop.span.kind": kind, "traceloop.entity.name": "n"}, "n", "traceloop.tracer")
    assert (reading.kind, reading.covers) == (meaning, "sum")
    assert (reading.tool, reading.agent) == ("n" if meaning == "tool" else None, "n" if meaning == "agent" else None)


def test_a_call_inside_a_task_stays_a_call() -> None:
    attributes: dict[str, Any] = {"traceloop.span.kind": "task", "gen_ai.operation.name": "chat"}
    assert read(attributes, "chat", OPENAI).kind == "inference"


def test_a_span_without_a_provider_has_that_of_its_instrumentation() -> None:
    attributes = {"llm.request.type": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5}
    assert read(attributes, "x", "opentelemetry.instrumentation.mistralai").provider == "mistral_ai"
    assert read(attributes, "x", "opentelemetry.instrumentation.unheard_of").provider is None


def test_identity_travels_as_association_properties() -> None:
    prefix = "traceloop.association.properties."
    reading = read(
        {
            "llm.request.type": "chat",
            f"{prefix}user_id": "u",
            f"{prefix}session_id": "s",
            f"{prefix}lc_agent_name": "planner",
        },
        "x",
        OPENAI,
    )
    assert (reading.user, reading.session, reading.agent) == ("u", "s", "planner")


def test_anthropics_old_spans_count_cached_tokens_as_openais_do() -> None:
    reading = read(
        {
            "llm.request.type": "completion",
            "gen_ai.system": "Anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.prompt_tokens": 2000,
            "gen_ai.usage.completion_tokens": 80,
            "gen_ai.usage.cache_read_input_tokens": 1536,
        },
        "anthropic.chat",
        ANTHROPIC,
        "0.40.0",
    )
    assert usage(reading) == {"input": 2000, "output": 80, "cache_read": 1536}
