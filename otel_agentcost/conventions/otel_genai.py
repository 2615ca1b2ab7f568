"""OpenTelemetry's GenAI semantic convention, as it stands and in each older spelling.

https://opentelemetry.io/docs/specs/semconv/gen-ai/. Most other conventions are this one with additions, so their
readers begin with `read_core`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_identity
from otel_agentcost.conventions.kinds import BY_REQUEST_TYPE, kind_of_operation
from otel_agentcost.conventions.values import first, host, text, truthy
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.reading import AGENT, INFERENCE, OTHER, RETRIEVAL, TOOL, WORKFLOW, Kind, Reading, SpanView

CONVENTION = "otel_genai"

_TIER = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
    "gen_ai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
)
_HOST = ("server.address", "gen_ai.openai.api_base", "url.full", "http.url")
_STREAM_FLAGS = ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.is_stream")
_STREAM_MARKS = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
_COVERS_MORE: frozenset[Kind] = frozenset({AGENT, WORKFLOW, TOOL, RETRIEVAL, OTHER})


def read(span: SpanView) -> Reading | None:
    """Return what a span in this convention says."""
    reading = read_core(span, CONVENTION)
    found = read_gen_ai_usage(span.attributes)
    if reading.kind == OTHER and _looks_like_a_call(reading, found) and not reading.operation:
        reading.kind = INFERENCE
    return finish(span, reading, found)


def read_core(span: SpanView, convention: str) -> Reading:
    """Return a reading with everything but usage: kind, provider, models, host, tier, ids, agent, tool, identity."""
    attributes = span.attributes
    get = attributes.get
    operation = text(get("gen_ai.operation.name"))
    kind = kind_of_operation(operation, span.name)
    if kind is None and (request_type := get("llm.request.type")) is not None:
        kind = BY_REQUEST_TYPE.get(str(request_type).lower())
    reading = Reading(kind or OTHER, convention)
    if operation is not None:
        reading.operation = operation
    provider = get("gen_ai.provider.name") or get("gen_ai.system")
    if provider is not None:
        reading.provider = text(provider)
    if (value := get("gen_ai.request.model")) is not None:
        reading.request_model = text(value)
    if (value := get("gen_ai.response.model")) is not None:
        reading.response_model = text(value)
    if (value := get("gen_ai.response.id")) is not None:
        reading.response_id = text(value)
    if (value := first(attributes, *_HOST)) is not None:
        reading.host = host(value)
    if (value := first(attributes, *_TIER)) is not None:
        reading.service_tier = text(value)
    if (value := get("cloud.region")) is not None:
        reading.region = text(value)
    reading.is_stream = is_stream(attributes)
    if (value := get("gen_ai.agent.name")) is not None:
        reading.agent = text(value)
    if reading.kind in _COVERS_MORE:
        reading.covers = "sum"
        read_tool(attributes, reading)
    read_identity(attributes, reading)
    return reading


def read_tool(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Fill the tool's name, arguments, call id and MCP server."""
    get = attributes.get
    if (value := get("gen_ai.tool.name")) is not None:
        reading.tool = text(value)
    if (value := get("gen_ai.tool.call.id")) is not None:
        reading.tool_call_id = text(value)
    if isinstance(value := get("gen_ai.tool.call.arguments"), str):
        reading.tool_arguments = value
    if (value := first(attributes, "mcp.server.name", "anthropic.mcp.server.name")) is not None:
        reading.mcp_server = text(value)


def is_stream(attributes: Mapping[str, Any]) -> bool:
    """Return whether the call streamed its answer."""
    for key in _STREAM_FLAGS:
        if (value := attributes.get(key)) is not None:
            return truthy(value)
    return any(key in attributes for key in _STREAM_MARKS[:1])


def read_reported_cost(attributes: Mapping[str, Any], reading: Reading) -> None:
    """Take a cost that the provider or gateway itself reported, in USD (OpenRouter, LiteLLM's proxy, Claude's CLI)."""
    if attributes.get("gen_ai.usage.cost.source") == "provider":
        reading.reported_cost_nano_usd = parse_usd(attributes.get("gen_ai.usage.cost.amount"))


def _looks_like_a_call(reading: Reading, found: UsageFound | None) -> bool:
    return found is not None and found.has_input and reading.model is not None
