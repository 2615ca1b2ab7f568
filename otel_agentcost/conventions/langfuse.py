"""Langfuse's SDKs on OpenTelemetry (`langfuse-sdk`): `langfuse.observation.type`, `…usage_details` as JSON.

Each kind of usage is counted by itself (https://langfuse.com/docs/observability/features/token-and-cost-tracking):
`input` leaves out `input_cached_tokens`, `cache_read_input_tokens` and so on, unless the stated total says otherwise. A
provider's own usage block, which the OpenAI wrapper passes on, counts as that provider does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_prefixed_identity
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import first, first_tokens, structure, text, tokens
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.reading import (
    AGENT,
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
from otel_agentcost.model.usage import Usage

CONVENTION = "langfuse"

_KINDS: dict[str, Kind] = {
    "generation": INFERENCE,
    "embedding": EMBEDDINGS,
    "agent": AGENT,
    "tool": TOOL,
    "chain": WORKFLOW,
    "retriever": RETRIEVAL,
}
_READ = (
    "cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cache_read_tokens",
    "input_cache_read_input_tokens", "input_cached", "cached_tokens",
)  # fmt: skip
_WRITE = (
    "cache_creation_input_tokens", "input_cache_creation", "input_cache_creation_tokens",
    "input_cache_write_tokens", "input_cache_write", "input_cache_creation_input_tokens",
)  # fmt: skip
_WRITE_5M = ("cache_creation_ephemeral_5m_input_tokens", "input_ephemeral_5m_input_tokens")
_WRITE_1H = ("cache_creation_ephemeral_1h_input_tokens", "input_ephemeral_1h_input_tokens")
_REASONING = ("output_reasoning", "output_reasoning_tokens", "reasoning_tokens")
_INPUT_AUDIO = ("input_audio", "input_audio_tokens")
_OUTPUT_AUDIO = ("output_audio", "output_audio_tokens")


def read(span: SpanView) -> Reading | None:
    """Return what a Langfuse observation says."""
    attributes = span.attributes
    get = attributes.get
    reading = read_core(span, CONVENTION)
    kind = _KINDS.get(str(get("langfuse.observation.type", "")).lower())
    if kind is not None or reading.kind == OTHER:
        reading.kind = kind or OTHER
        reading.covers = "call" if reading.is_billable else "sum"
    name = text(span.name)
    if kind == AGENT:
        reading.agent = reading.agent or name
    elif kind == TOOL:
        reading.tool = reading.tool or name
        arguments = get("langfuse.observation.input")
        reading.tool_arguments = arguments if isinstance(arguments, str) else None
    reading.response_model = text(get("langfuse.observation.model.name")) or reading.response_model
    reading.is_stream = reading.is_stream or "langfuse.observation.completion_start_time" in attributes
    reading.user = reading.user or text(first(attributes, "langfuse.user.id", "langfuse.trace.user_id"))
    reading.session = reading.session or text(first(attributes, "langfuse.session.id", "langfuse.trace.session_id"))
    read_prefixed_identity(attributes, reading, "langfuse.trace.metadata.")
    read_prefixed_identity(attributes, reading, "langfuse.observation.metadata.")
    details = structure(get("langfuse.observation.usage_details"))
    found = read_gen_ai_usage(attributes) if details is None else _usage(details)
    if details is not None and reading.is_billable:
        # The OpenAI wrapper passes the whole usage block on; only OpenRouter's has a cost in it.
        reading.reported_cost_nano_usd = parse_usd(details.get("cost"))
    failed = str(get("langfuse.observation.level", "")).upper() == "ERROR"
    return finish(span._replace(is_error=span.is_error or failed), reading, found)


def _usage(details: Mapping[str, Any]) -> UsageFound | None:
    given, answered = tokens(details.get("input")), tokens(details.get("output"))
    if given is None and answered is None:
        whole = read_provider_usage(details)
        return (
            None
            if whole is None
            else UsageFound(whole, True, "completion_tokens" in details or _answers(details), None)
        )
    read, write = first_tokens(details, _READ) or 0, first_tokens(details, _WRITE) or 0
    five, hour = first_tokens(details, _WRITE_5M) or 0, first_tokens(details, _WRITE_1H) or 0
    write = max(write, five + hour)
    audio_in, audio_out = first_tokens(details, _INPUT_AUDIO) or 0, first_tokens(details, _OUTPUT_AUDIO) or 0
    reasoning = first_tokens(details, _REASONING) or 0
    input_tokens, output_tokens = given or 0, answered or 0
    if tokens(details.get("total")) != input_tokens + output_tokens:
        input_tokens += read + write + audio_in
        output_tokens += reasoning + audio_out
    hour = min(hour, write)
    usage = Usage(
        input_tokens,
        output_tokens,
        cache_read_tokens=read,
        cache_write_5m_tokens=write - hour,
        cache_write_1h_tokens=hour,
        reasoning_tokens=reasoning,
        input_audio_tokens=audio_in,
        output_audio_tokens=audio_out,
    )
    return UsageFound(usage, given is not None, answered is not None, None)


def _answers(details: Mapping[str, Any]) -> bool:
    return any(key in details for key in ("output_tokens", "outputTokens", "candidatesTokenCount"))
