"""Read `gen_ai.usage.*` in each of its spellings, of OpenTelemetry's convention and of those that grew beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first_tokens, tokens
from otel_agentcost.model.usage import Usage

PREFIX = "gen_ai.usage."

INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens")
TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "gen_ai.client.token.usage")
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.details.cached_tokens",
    "gen_ai.usage.details.cached_content_tokens",
    "gen_ai.usage.cached_tokens",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
)
CACHE_WRITE_1H = (
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.details.ephemeral_1h_input_tokens",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.details.thoughts_tokens",
)
INPUT_AUDIO = ("gen_ai.usage.audio.input_tokens", "gen_ai.usage.input_audio_tokens")
INPUT_IMAGE = ("gen_ai.usage.image.input_tokens", "gen_ai.usage.input_image_tokens")
CACHE_READ_AUDIO = ("gen_ai.usage.audio.cache_read.input_tokens",)
OUTPUT_AUDIO = ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.output_audio_tokens")
OUTPUT_IMAGE = ("gen_ai.usage.image.output_tokens", "gen_ai.usage.output_image_tokens")
WEB_SEARCHES = ("gen_ai.usage.server_tool_use.web_search_requests", "gen_ai.usage.details.web_search_requests")
RAW = "gen_ai.usage.raw"


class UsageFound:
    """What the counts say, and which of the two totals were there at all."""

    __slots__ = ("has_input", "has_output", "total_tokens", "usage")

    def __init__(self, usage: Usage, has_input: bool, has_output: bool, total_tokens: int | None) -> None:
        self.usage = usage
        self.has_input = has_input
        self.has_output = has_output
        self.total_tokens = total_tokens


def read_gen_ai_usage(attributes: Mapping[str, Any]) -> UsageFound | None:
    """Return the usage as the span states it (quirks are applied later), or None where it states none.

    `gen_ai.usage.raw`, the provider's own block, is more detailed than the counts beside it and wins where it is whole.
    """
    raw = attributes.get(RAW)
    if raw is not None and (whole := read_provider_usage(raw)) is not None:
        return UsageFound(whole, True, True, None)
    input_tokens = tokens(attributes.get("gen_ai.usage.input_tokens"))
    if input_tokens is None:
        input_tokens = first_tokens(attributes, INPUT)
    output_tokens = tokens(attributes.get("gen_ai.usage.output_tokens"))
    if output_tokens is None:
        output_tokens = first_tokens(attributes, OUTPUT)
    if input_tokens is None and output_tokens is None:
        return None
    read = first_tokens(attributes, CACHE_READ) or 0
    write = first_tokens(attributes, CACHE_WRITE) or 0
    long_lived = first_tokens(attributes, CACHE_WRITE_1H) or 0 if write else 0
    usage = Usage(
        input_tokens or 0,
        output_tokens or 0,
        read,
        write - min(write, long_lived) if write > 0 else write,
        min(write, long_lived) if write > 0 else 0,
        first_tokens(attributes, REASONING) or 0,
        first_tokens(attributes, INPUT_AUDIO) or 0,
        first_tokens(attributes, INPUT_IMAGE) or 0,
        first_tokens(attributes, CACHE_READ_AUDIO) or 0,
        first_tokens(attributes, OUTPUT_AUDIO) or 0,
        first_tokens(attributes, OUTPUT_IMAGE) or 0,
        first_tokens(attributes, WEB_SEARCHES) or 0,
    )
    return UsageFound(usage, input_tokens is not None, output_tokens is not None, first_tokens(attributes, TOTAL))
