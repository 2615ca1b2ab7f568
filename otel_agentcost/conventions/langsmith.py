"""LangSmith's OpenTelemetry exporter (`langsmith`): `langsmith.span.kind`, `gen_ai.usage.*`, `langsmith.metadata.*`.

The run's kind decides: the exporter calls a prompt template `chat` and a retriever `embeddings`
(langsmith 0.15.0, _internal/otel/_otel_exporter.py). Input includes cached tokens, as LangChain counts; the details
are a Python repr, and absent where the run's output keeps its usage further in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from otel_agentcost.conventions.effects import no_cache_tokens
from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_prefixed_identity
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import structure, text, tokens, truthy
from otel_agentcost.model.reading import (
    EMBEDDINGS,
    INFERENCE,
    OTHER,
    RETRIEVAL,
    TOOL,
    WORKFLOW,
    Kind,
    Reading,
    SpanView,
)

CONVENTION = "langsmith"

_KINDS: dict[str, Kind] = {
    "llm": INFERENCE,
    "embedding": EMBEDDINGS,
    "tool": TOOL,
    "retriever": RETRIEVAL,
    "chain": WORKFLOW,
    "prompt": OTHER,
    "parser": OTHER,
}
_METADATA = "langsmith.metadata."
_INPUT_DETAILS = "gen_ai.usage.input_token_details"
_OUTPUT_DETAILS = "gen_ai.usage.output_token_details"
_USAGE_METADATA = "langsmith.metadata.usage_metadata"
_FRAMEWORK = "langchain"


def read(span: SpanView) -> Reading | None:
    """Return what a LangSmith run says."""
    attributes = span.attributes
    get = attributes.get
    reading = read_core(span, CONVENTION)
    kind = _KINDS.get(str(get("langsmith.span.kind", "")).lower())
    if kind is not None:
        reading.kind = kind
        reading.covers = "call" if reading.is_billable else "sum"
    provider = text(get(_METADATA + "ls_provider"))
    if reading.provider in (None, _FRAMEWORK) or provider is not None:
        reading.provider = provider or reading.provider
    reading.request_model = reading.request_model or text(get(_METADATA + "ls_model_name"))
    reading.is_stream = reading.is_stream or truthy(get("langsmith.request.streaming"))
    if reading.kind == TOOL:
        reading.tool = reading.tool or text(get("langsmith.trace.name")) or text(span.name)
    read_prefixed_identity(attributes, reading, _METADATA)
    found = _with_details(read_gen_ai_usage(attributes), attributes)
    if found is None and (whole := read_provider_usage(get(_USAGE_METADATA))) is not None:
        found = _with_details(UsageFound(whole, True, True, None), attributes)
    finish(span, reading, found)
    if found is not None and _INPUT_DETAILS not in attributes and _USAGE_METADATA not in attributes:
        no_cache_tokens(span, reading, found)
    return reading


def _with_details(found: UsageFound | None, attributes: Mapping[str, Any]) -> UsageFound | None:
    if found is None:
        return None
    whole = structure(attributes.get(_USAGE_METADATA)) or {}
    given = structure(attributes.get(_INPUT_DETAILS) or whole.get("input_token_details")) or {}
    answered = structure(attributes.get(_OUTPUT_DETAILS) or whole.get("output_token_details")) or {}
    five = tokens(given.get("ephemeral_5m_input_tokens")) or 0
    hour = tokens(given.get("ephemeral_1h_input_tokens")) or 0
    # langchain-anthropic states the split beside a `cache_creation` of 0.
    write = max(tokens(given.get("cache_creation")) or 0, five + hour)
    usage = replace(
        found.usage,
        cache_read_tokens=tokens(given.get("cache_read")) or found.usage.cache_read_tokens,
        cache_write_5m_tokens=write - hour or found.usage.cache_write_5m_tokens,
        cache_write_1h_tokens=hour,
        input_audio_tokens=tokens(given.get("audio")) or 0,
        output_audio_tokens=tokens(answered.get("audio")) or 0,
        reasoning_tokens=tokens(answered.get("reasoning")) or found.usage.reasoning_tokens,
    )
    return found._replace(usage=usage)
