"""What each known fault of the recorded instrumentations does to a reading, and where it must do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1500,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.response.finish_reasons": ["stop"],
}
CLAUDE = {**CALL, "gen_ai.provider.name": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5"}
CACHED = {"gen_ai.usage.cache_read.input_tokens": 1000}
OI: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-5",
    "llm.token_count.prompt": 1500,
    "llm.token_count.completion": 50,
}


@pytest.mark.parametrize(
    "scope",
    [
        "openlit.instrumentation.anthropic",
        "opentelemetry.instrumentation.genai.bedrock",
        "opentelemetry.instrumentation.botocore.bedrock-runtime",
        "opentelemetry.instrumentation.bedrock",
    ],
)
def test_an_input_that_excludes_cached_tokens_is_made_inclusive_once(scope: str) -> None:
    reading = read({**CLAUDE, **CACHED}, "chat", scope)
    assert usage(reading) == {"input": 2500, "output": 50, "cache_read": 1000}
    assert reading.doubt is None
    small = read({**CLAUDE, **CACHED, "gen_ai.usage.input_tokens": 100}, "chat", scope)
    assert usage(small)["input"] == 1100
    assert small.doubt is None


def test_other_scopes_keep_an_input_that_includes_them() -> None:
    reading = read({**CLAUDE, **CACHED}, "chat", "opentelemetry.instrumentation.genai.anthropic")
    assert usage(reading)["input"] == 1500


@pytest.mark.parametrize(("stream", "output"), [(True, 49), (False, 50)])
def test_a_stream_of_traceloops_anthropic_counts_one_token_too_many(stream: bool, output: int) -> None:
    attributes = {**CLAUDE, "gen_ai.request.stream": stream}
    reading = read(attributes, "anthropic.chat", "opentelemetry.instrumentation.anthropic", "0.40.0")
    assert usage(reading)["output"] == output


def test_googles_thoughts_are_found_in_the_total() -> None:
    attributes = {**CALL, "gen_ai.usage.total_tokens": 1500 + 50 + 40, "gen_ai.request.model": "gemini-2.5-pro"}
    found = usage(read(attributes, "x", "opentelemetry.instrumentation.google_generativeai"))
    assert (found["output"], found["reasoning"]) == (90, 40)


def test_the_tokens_of_googles_own_tools_may_be_missing() -> None:
    scope = "opentelemetry.instrumentation.google_genai"
    assert read(CALL, "generate_content", scope).doubt == Reason.TOOL_TOKENS_NOT_REPORTED
    assert read({**CALL, "gen_ai.operation.name": "embeddings"}, "embeddings", scope).doubt is None


def test_cached_tokens_that_are_never_reported_are_a_doubt_except_where_none_can_be() -> None:
    scope = "opentelemetry.instrumentation.openai_v2"
    assert read(CALL, "chat", scope).doubt == Reason.CACHE_TOKENS_NOT_REPORTED
    assert read({**CALL, **CACHED}, "chat", scope).doubt is None
    short = {**CALL, "gen_ai.usage.input_tokens": 100}
    assert read(short, "chat", scope).doubt is None
    deepseek = {**short, "server.address": "api.deepseek.com"}
    assert read(deepseek, "chat", scope).doubt == Reason.CACHE_TOKENS_NOT_REPORTED


@pytest.mark.parametrize(("model", "doubted"), [("gpt-5-mini", True), ("gpt-10", True), ("gpt-4o", False)])
def test_cache_writes_that_are_not_reported_matter_where_they_are_billed(model: str, doubted: bool) -> None:
    reading = read({**CALL, "gen_ai.request.model": model}, "openai.chat", "opentelemetry.instrumentation.openai.v1")
    assert (reading.doubt is not None) is doubted


def test_cached_tokens_are_read_from_the_recorded_answer_where_the_counts_agree() -> None:
    scope = "openinference.instrumentation.smolagents"
    answer = as_json({"usage": {"prompt_tokens": 1500, "prompt_tokens_details": {"cached_tokens": 1024}}})
    assert usage(read({**OI, "output.value": answer}, "X.run", scope))["cache_read"] == 1024
    other = answer.replace("1500", "9")
    assert read({**OI, "output.value": other}, "X.run", scope).doubt == Reason.CACHE_TOKENS_NOT_REPORTED
    assert read(OI, "X.run", scope).doubt == Reason.CACHE_TOKENS_NOT_REPORTED


@pytest.mark.parametrize(
    "scope",
    ["opentelemetry.instrumentation.genai.openai", "opentelemetry.instrumentation.google_genai", "com.anthropic.sdk"],
)
def test_a_stream_that_never_said_why_it_ended_was_abandoned(scope: str) -> None:
    stream = {**CALL, "gen_ai.request.stream": True}
    del stream["gen_ai.response.finish_reasons"]
    assert read(stream, "chat", scope).doubt is not None


def test_openlits_own_count_of_a_stream_is_an_estimate_that_is_not_marked() -> None:
    stream = {**CALL, "gen_ai.request.is_stream": True}
    assert read(stream, "chat", "openlit.otel.tracing").doubt == Reason.UNMARKED_ESTIMATE
    assert read({**stream, **CACHED}, "chat", "openlit.otel.tracing").doubt is None


@pytest.mark.parametrize("version", ["", "nonsense", "9" * 5000, "v1.2.3-beta+7", "0", "1" + ".1" * 9000])
def test_no_version_is_too_odd_to_be_compared(version: str) -> None:
    read(CLAUDE, "chat", "opentelemetry.instrumentation.anthropic", version)
