"""Read the usage block of a provider's own response, wherever an instrumentation kept it.

OpenAI's chat and responses APIs, Anthropic, Gemini, Bedrock, Mistral and LiteLLM each shape it in their own way; some
instrumentations pass it on whole as JSON (`gen_ai.usage.raw`) or as a Python repr (`llm.openai.usage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

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

_TOOL_PROMPT = ("toolUsePromptTokenCount", "tool_use_prompt_token_count")
_PROMPT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "promptTokensDetails")
_ANSWER_DETAILS = ("completion_tokens_details", "output_tokens_details", "candidatesTokensDetails")
_ANSWER_DETAILS_SNAKE = ("candidates_tokens_details",)

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
    prompt = _details(raw, _PROMPT_DETAILS)
    answer = _details(raw, _ANSWER_DETAILS + _ANSWER_DETAILS_SNAKE)
    read = first_tokens(prompt, _CACHED_INSIDE)
    write = first_tokens(prompt, _WRITE_INSIDE) or 0
    long_lived = _long_lived(raw)
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
    total_input += first_tokens(raw, _TOOL_PROMPT) or 0
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


def _details(raw: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the details of a total: OpenAI's mapping, or Gemini's list of counts by modality in its shape."""
    for key in keys:
        value = raw.get(key)
        if isinstance(value, list):
            by_modality: dict[str, Any] = {}
            for entry in cast("list[object]", value)[:16]:
                counts = structure(entry) or _NOTHING
                modality = str(counts.get("modality", "")).rsplit(".", 1)[-1].lower()
                by_modality[f"{modality}_tokens"] = first_tokens(counts, ("tokenCount", "token_count"))
            return by_modality
        if (found := structure(value)) is not None:
            return found
    return _NOTHING


def _long_lived(raw: Mapping[str, Any]) -> int:
    """Return the tokens written to the cache for an hour, as Anthropic's API or Bedrock's Converse tells them."""
    split = structure(raw.get("cache_creation")) or _NOTHING
    found = first_tokens(split, ("ephemeral_1h_input_tokens",)) or 0
    details = raw.get("cacheDetails")
    if not found and isinstance(details, list):
        for entry in cast("list[object]", details)[:16]:
            counts = structure(entry) or _NOTHING
            if counts.get("ttl") == "1h":
                found += first_tokens(counts, ("inputTokens",)) or 0
    return found


def _total_says_inclusive(raw: Mapping[str, Any], input_tokens: int, output_tokens: int | None) -> bool:
    total = first_tokens(raw, _TOTAL)
    return total is not None and total == input_tokens + (output_tokens or 0)
