"""Spans that Anthropic's and Mistral's SDKs write by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

ANTHROPIC = "com.anthropic.sdk.python"
MISTRAL = "mistralai_sdk_tracer"
CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.usage.input_tokens": 1400,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 1000,
    "gen_ai.usage.cache_creation.input_tokens": 300,
    "gen_ai.response.finish_reasons": ["stop"],
}


def test_anthropics_span_is_of_anthropic_and_inclusive() -> None:
    reading = read(CALL, "chat", ANTHROPIC)
    assert (reading.provider, reading.convention, reading.doubt) == ("anthropic", "anthropic_sdk", None)
    assert usage(reading) == {"input": 1400, "output": 50, "cache_read": 1000, "cache_write_5m": 300}


def test_an_abandoned_stream_of_anthropic_is_doubted() -> None:
    stream = {**CALL, "gen_ai.request.stream": True}
    del stream["gen_ai.response.finish_reasons"]
    assert read(stream, "chat", ANTHROPIC).doubt == Reason.STREAM_ABANDONED
    assert read({**CALL, "gen_ai.request.stream": True}, "chat", ANTHROPIC).doubt is None


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("chat_completion_v1_chat_completions_post", "inference"),
        ("fim_completion_v1_fim_completions_post", "inference"),
        ("embeddings_v1_embeddings_post", "embeddings"),
        ("list_models_v1_models_get", "other"),
    ],
)
def test_mistrals_operation_id_says_what_a_span_is(operation: str, kind: str) -> None:
    attributes = {"gen_ai.request.model": "m", "mistral_ai.operation.id": operation, "gen_ai.usage.input_tokens": 5}
    reading = read(attributes, "x", MISTRAL)
    assert (reading.kind, reading.provider) == (kind, "mistral_ai")
    assert reading.covers == ("call" if kind != "other" else "sum")


def test_mistrals_streams_are_known_by_their_operation() -> None:
    attributes = {"gen_ai.request.model": "m", "mistral_ai.operation.id": "stream_chat"}
    assert read(attributes, "x", MISTRAL).doubt == Reason.STREAM_WITHOUT_USAGE
