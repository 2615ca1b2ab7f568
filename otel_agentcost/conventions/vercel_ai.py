"""Vercel's AI SDK, versions 3 to 6 and the legacy exporter of 7: `ai.operationId`, `ai.usage.*`, `ai.model.*`.

The outer span (`ai.generateText`) sums its steps; `doGenerate`, `doStream` and `doEmbed` are the calls. Version 7's own
exporter follows OpenTelemetry's convention and needs no reader of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.identity_keys import read_identity, read_prefixed_identity
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first, first_tokens, structure, text, tokens
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import (
    AGENT,
    EMBEDDINGS,
    INFERENCE,
    OTHER,
    TOOL,
    WORKFLOW,
    Kind,
    Reading,
    SpanView,
)
from otel_agentcost.model.usage import Usage

CONVENTION = "vercel_ai"

_KIND_OF_CALL: tuple[tuple[str, Kind], ...] = (
    (".doEmbed", EMBEDDINGS),
    (".doGenerate", INFERENCE),
    (".doStream", INFERENCE),
    (".doRerank", INFERENCE),
)
_LOOPS = frozenset({"ai.generateText", "ai.streamText"})
_INPUT = ("ai.usage.inputTokens", "ai.usage.promptTokens", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUTPUT = (
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
)
_CACHE_READ = ("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens")
_CACHE_WRITE = "ai.usage.inputTokenDetails.cacheWriteTokens"
_UNCACHED = "ai.usage.inputTokenDetails.noCacheTokens"
_REASONING = ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens")
_METADATA = "ai.telemetry.metadata."
_NOTHING: Mapping[str, Any] = {}


def read(span: SpanView) -> Reading | None:
    """Return what a span of Vercel's AI SDK says."""
    attributes = span.attributes
    get = attributes.get
    operation = text(get("ai.operationId")) or ""
    reading = Reading(_kind(operation, span), CONVENTION)
    reading.operation = operation or None
    reading.provider = text(first(attributes, "ai.model.provider", "gen_ai.system"))
    reading.request_model = text(first(attributes, "ai.model.id", "gen_ai.request.model"))
    reading.response_model = text(first(attributes, "ai.response.model", "gen_ai.response.model"))
    reading.response_id = text(first(attributes, "ai.response.id", "gen_ai.response.id"))
    reading.is_stream = "tream" in operation
    reading.feature = text(get("ai.telemetry.functionId"))
    read_identity(attributes, reading)
    read_prefixed_identity(attributes, reading, _METADATA)
    if reading.kind == TOOL:
        reading.tool = text(get("ai.toolCall.name"))
        reading.tool_call_id = text(get("ai.toolCall.id"))
        arguments = get("ai.toolCall.args")
        reading.tool_arguments = arguments if isinstance(arguments, str) else None
    elif reading.kind == AGENT:
        reading.agent = reading.agent or reading.feature
    if not reading.is_billable:
        reading.covers = "sum"
    if reading.kind == EMBEDDINGS:
        count = tokens(get("ai.usage.tokens"))
        return finish(span, reading, None if count is None else UsageFound(Usage(count), True, False, None))
    metadata = structure(get("ai.response.providerMetadata")) or _NOTHING
    if reading.is_billable:
        _read_reported_cost(metadata, reading)
    return finish(span, reading, _usage(attributes, metadata, reading))


def _kind(operation: str, span: SpanView) -> Kind:
    for ending, kind in _KIND_OF_CALL:
        if operation.endswith(ending):
            return kind
    if operation == "ai.toolCall":
        return TOOL
    if operation in _LOOPS:
        return WORKFLOW if span.is_error else AGENT  # one that failed before its first call proves no call
    return WORKFLOW if operation.startswith("ai.") else OTHER


def _usage(attributes: Mapping[str, Any], metadata: Mapping[str, Any], reading: Reading) -> UsageFound | None:
    """Return the usage; the provider's own block, where the SDK passed it on, before the SDK's counts.

    From provider packages of version 6 on, the input includes cached tokens and says so by its details
    (`noCacheTokens`). Before that the SDK passes on what each API counts: @ai-sdk/anthropic 2.0.112 and
    @ai-sdk/amazon-bedrock 3.0.137 (dist/index.js) leave cached tokens out of the input, and cache writes stand in the
    metadata only.
    """
    given, answered = first_tokens(attributes, _INPUT), first_tokens(attributes, _OUTPUT)
    if given is None and answered is None:
        return None
    if reading.is_billable and (whole := _provider_block(metadata, answered)) is not None:
        return UsageFound(whole, True, True, None)
    read, reasoning = first_tokens(attributes, _CACHE_READ), first_tokens(attributes, _REASONING)
    write = tokens(attributes.get(_CACHE_WRITE))
    read_beside, write_beside = _cached_in(metadata)
    read = read_beside if read is None else read
    write = write_beside if write is None else write
    total_input = given or 0
    if _UNCACHED not in attributes and _counts_cache_beside(reading):
        total_input += (read or 0) + (write or 0)
        if write is None and reading.is_billable:
            reading.doubt = Reason.INPUT_INCOMPLETE
    elif read is None and reading.is_billable and total_input >= _SMALLEST_CACHEABLE:
        reading.doubt = Reason.CACHE_TOKENS_NOT_REPORTED
    output, total = answered or 0, tokens(attributes.get("ai.usage.totalTokens"))
    if reasoning and total == (given or 0) + output + reasoning:
        output += reasoning  # Gemini's and xAI's packages before version 6 count reasoning beside the output
    usage = Usage(
        total_input,
        output,
        cache_read_tokens=read or 0,
        cache_write_5m_tokens=write or 0,
        reasoning_tokens=reasoning or 0,
    )
    return UsageFound(usage, given is not None, answered is not None, None)


_SMALLEST_CACHEABLE = 128
"""See `effects.SMALLEST_CACHED_BLOCK_TOKENS`: a shorter prompt holds no cached block."""


def _provider_block(metadata: Mapping[str, Any], answered: int | None) -> Usage | None:
    anthropic = structure(metadata.get("anthropic")) or _NOTHING
    block = structure(anthropic.get("usage"))
    if block is not None and not block.get("iterations") and block.get("output_tokens") == answered:
        return read_provider_usage(block)
    return read_provider_usage((structure(metadata.get("google")) or _NOTHING).get("usageMetadata"))


def _cached_in(metadata: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the cache reads and writes that only the provider's metadata tells (versions 3 to 5)."""
    anthropic = structure(metadata.get("anthropic"))
    if anthropic is not None:
        read, write = tokens(anthropic.get("cacheReadInputTokens")), tokens(anthropic.get("cacheCreationInputTokens"))
        return read, write or 0
    bedrock = structure(metadata.get("bedrock"))
    if bedrock is not None:
        usage = structure(bedrock.get("usage")) or _NOTHING
        return tokens(usage.get("cacheReadInputTokens")), tokens(usage.get("cacheWriteInputTokens")) or 0
    openai = structure(metadata.get("openai")) or _NOTHING
    return tokens(openai.get("cachedPromptTokens")), None


def _counts_cache_beside(reading: Reading) -> bool:
    provider = (reading.provider or "").lower()
    return "anthropic" in provider or "bedrock" in provider


def _read_reported_cost(metadata: Mapping[str, Any], reading: Reading) -> None:
    """Take what a gateway charges: Vercel's (`gateway.cost`, 0 with the user's own key) or OpenRouter's."""
    cost = parse_usd((structure(metadata.get("gateway")) or _NOTHING).get("cost"))
    if cost is None:
        usage = structure((structure(metadata.get("openrouter")) or _NOTHING).get("usage")) or _NOTHING
        cost = parse_usd(usage.get("cost"))
    if cost:
        reading.reported_cost_nano_usd = cost
