"""Read the usage block of a provider's own response, wherever an instrumentation kept it.

OpenAI's chat and responses APIs, Anthropic, Gemini, Bedrock, Mistral and LiteLLM each shape it in their own way; some
instrumentations pass it on whole as JSON (`gen_ai.usage.raw`) or as a Python repr (`llm.openai.usage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.values import first_tokens, structure
from otel_agentcost.model.usage import Usage

_INPUT = ("prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "prompt_token_count")
_OUTPUT = ("completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount", "candidates_token_count")
_THOUGHTS = ("thoughtsTokenCount", "thoughts_token_count")
_CACHED_INSIDE = ("cached_tokens", "cache_read", "cache_read_tokens")
_CACHED_GEMINI = ("cachedContentTokenCount", "cached_content_token_count")
_READ_BESIDE = ("cache_read_input_tokens", "cacheReadInputTokens")
_WRITE_BESIDE = ("cache_creation_input_tokens", "cacheWriteInputTokens")
_WRITE_INSIDE = ("cache_write_tokens", "cache_creation_tokens", "cache_creation")
_TOTAL = ("total_tokens", "totalTokens", "totalTokenCount", "total_token_count")

_NOTHING: Mapping[str, Any] = {}


def read_provider_usage(block: object) -> Usage | None:
    """Return the usage in inclusive form, or None where the block is no usage.

    Anthropic's and Bedrock's input excludes cached tokens (https://docs.claude.com/en/api/messages, `usage`), told by
    keys of their own beside a plain `input_tokens`; a block that carries OpenAI's `prompt_tokens` too (LiteLLM's does)
    already includes them. Gemini counts thoughts beside the candidates.
    """
    raw = structure(block)
    if raw is None:
        return None
    input_tokens = first_tokens(raw, _INPUT)
    output_tokens = first_tokens(raw, _OUTPUT)
    if input_tokens is None and output_tokens is None:
        return None
    prompt = structure(raw.get("prompt_tokens_details")) or structure(raw.get("input_tokens_details")) or _NOTHING
    answer = structure(raw.get("completion_tokens_details")) or structure(raw.get("output_tokens_details")) or _NOTHING
    read = first_tokens(prompt, _CACHED_INSIDE)
    write = first_tokens(prompt, _WRITE_INSIDE) or 0
    long_lived = first_tokens(structure(raw.get("cache_creation")) or _NOTHING, ("ephemeral_1h_input_tokens",)) or 0
    inclusive = raw.get("prompt_tokens") is not None or raw.get("input_tokens_details") is not None
    beside_read, beside_write = first_tokens(raw, _READ_BESIDE), first_tokens(raw, _WRITE_BESIDE)
    total_input = input_tokens or 0
    if beside_read is not None or beside_write is not None:
        read = beside_read if read is None else read
        write = write or beside_write or 0
        if not inclusive and not _total_says_inclusive(raw, total_input, output_tokens):
            total_input += (beside_read or 0) + (beside_write or 0)
    if read is None:
        read = first_tokens(raw, _CACHED_GEMINI)
    thoughts = first_tokens(raw, _THOUGHTS) or 0
    searches = structure(raw.get("server_tool_use")) or _NOTHING
    return Usage(
        input_tokens=total_input,
        output_tokens=(output_tokens or 0) + thoughts,
        cache_read_tokens=read or 0,
        cache_write_5m_tokens=write - min(write, long_lived),
        cache_write_1h_tokens=min(write, long_lived),
        reasoning_tokens=first_tokens(answer, ("reasoning_tokens", "thinking_tokens")) or thoughts,
        input_audio_tokens=first_tokens(prompt, ("audio_tokens",)) or 0,
        input_image_tokens=first_tokens(prompt, ("image_tokens",)) or 0,
        output_audio_tokens=first_tokens(answer, ("audio_tokens",)) or 0,
        output_image_tokens=first_tokens(answer, ("image_tokens",)) or 0,
        web_searches=first_tokens(searches, ("web_search_requests",)) or 0,
    )


def _total_says_inclusive(raw: Mapping[str, Any], input_tokens: int, output_tokens: int | None) -> bool:
    total = first_tokens(raw, _TOTAL)
    return total is not None and total == input_tokens + (output_tokens or 0)
