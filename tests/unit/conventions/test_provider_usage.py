"""The usage blocks of providers' own responses, each in its own shape, in one inclusive form."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.model.usage import Usage

OPENAI_CHAT = {
    "prompt_tokens": 2000, "completion_tokens": 900, "total_tokens": 2900,
    "prompt_tokens_details": {"cached_tokens": 1536, "audio_tokens": 20},
    "completion_tokens_details": {"reasoning_tokens": 768, "audio_tokens": 5},
}  # fmt: skip
OPENAI_RESPONSES = {
    "input_tokens": 2000, "output_tokens": 900, "total_tokens": 2900,
    "input_tokens_details": {"cached_tokens": 1536}, "output_tokens_details": {"reasoning_tokens": 768},
}  # fmt: skip
ANTHROPIC = {
    "input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
    "server_tool_use": {"web_search_requests": 2},
}  # fmt: skip
GEMINI = {
    "promptTokenCount": 300, "candidatesTokenCount": 61, "thoughtsTokenCount": 40, "cachedContentTokenCount": 128,
    "totalTokenCount": 401,
}  # fmt: skip
BEDROCK = {
    "inputTokens": 100, "outputTokens": 50, "totalTokens": 1450, "cacheReadInputTokens": 1000,
    "cacheWriteInputTokens": 300,
}  # fmt: skip
LITELLM = {
    "prompt_tokens": 1400, "completion_tokens": 50, "total_tokens": 1450, "cache_read_input_tokens": 1000,
    "cache_creation_input_tokens": 300, "prompt_tokens_details": {"cached_tokens": 1000},
}  # fmt: skip


@pytest.mark.parametrize(
    ("block", "usage"),
    [
        pytest.param(
            OPENAI_CHAT,
            Usage(
                2000, 900, cache_read_tokens=1536, reasoning_tokens=768, input_audio_tokens=20, output_audio_tokens=5
            ),
            id="OpenAI's chat completions",
        ),
        pytest.param(
            OPENAI_RESPONSES, Usage(2000, 900, cache_read_tokens=1536, reasoning_tokens=768), id="OpenAI's responses"
        ),
        pytest.param(
            ANTHROPIC, Usage(1400, 50, 1000, 200, 100, web_searches=2), id="Anthropic: cached tokens beside the input"
        ),
        pytest.param(GEMINI, Usage(300, 101, 128, reasoning_tokens=40), id="Gemini: thoughts beside the candidates"),
        pytest.param(BEDROCK, Usage(1400, 50, 1000, 300), id="Bedrock: cached tokens beside the input"),
        pytest.param(LITELLM, Usage(1400, 50, 1000, 300), id="LiteLLM of Anthropic: made inclusive"),
        pytest.param({"prompt_tokens": 5}, Usage(5, 0), id="an embedding"),
    ],
)
def test_a_block_is_read_in_inclusive_form(block: dict[str, Any], usage: Usage) -> None:
    assert read_provider_usage(block) == usage
    assert read_provider_usage(repr(block)) == usage


@pytest.mark.parametrize("block", [None, "", "{}", {}, {"total_tokens": 5}, {"prompt_tokens": "many"}, [1], 5, "{'a"])
def test_what_is_no_usage_is_none(block: object) -> None:
    assert read_provider_usage(block) is None


@pytest.mark.parametrize("odd", [None, "x", [], 5, {"cached_tokens": None}, {"cached_tokens": {}}])
def test_odd_details_are_left_out(odd: object) -> None:
    block = {**OPENAI_CHAT, "prompt_tokens_details": odd, "completion_tokens_details": odd}
    assert read_provider_usage(block) == Usage(2000, 900)


def test_writes_for_an_hour_never_exceed_the_writes() -> None:
    block = {**ANTHROPIC, "cache_creation": {"ephemeral_1h_input_tokens": 9999}}
    found = read_provider_usage(block)
    assert found is not None
    assert (found.cache_write_5m_tokens, found.cache_write_1h_tokens) == (0, 300)


def test_geminis_tool_prompt_and_modalities_and_bedrocks_hour_of_cache_are_read() -> None:
    gemini = read_provider_usage(
        {
            "promptTokenCount": 1000,
            "candidatesTokenCount": 100,
            "toolUsePromptTokenCount": 500,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 300}],
        }
    )
    assert gemini is not None
    assert (gemini.input_tokens, gemini.output_tokens, gemini.input_audio_tokens) == (1500, 100, 300)
    bedrock = read_provider_usage(
        {
            "inputTokens": 10,
            "outputTokens": 5,
            "cacheWriteInputTokens": 100,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 60}, {"ttl": "5m", "inputTokens": 40}],
        }
    )
    assert bedrock is not None
    assert (bedrock.input_tokens, bedrock.cache_write_5m_tokens, bedrock.cache_write_1h_tokens) == (110, 40, 60)
