"""Genkit (`genkit-tracer`): `genkit:type`, `genkit:metadata:subtype`, the usage inside `genkit:output` as JSON.

A model action's name carries its plugin (`googleai/gemini-2.5-flash`). Gemini's thoughts are counted beside the output
and the total reveals it; Anthropic's cached tokens are beside the input, under `custom`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.identity_keys import read_identity
from otel_agentcost.conventions.values import first_tokens, structure, text, tokens
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

CONVENTION = "genkit"

_KINDS: dict[str, Kind] = {
    "model": INFERENCE,
    "background-model": INFERENCE,
    "embedder": EMBEDDINGS,
    "tool": TOOL,
    "tool.v2": TOOL,
    "flow": WORKFLOW,
    "agent": AGENT,
    "retriever": RETRIEVAL,
    "reranker": RETRIEVAL,
}
_PLUGINS = {
    "googleai": "google",
    "googlegenai": "google",
    "vertexai": "gcp.vertex_ai",
    "openai": "openai",
    "azure-openai": "azure.ai.openai",
    "anthropic": "anthropic",
    "aws-bedrock": "aws.bedrock",
}
_READ = ("cache_read_input_tokens", "cacheReadInputTokens")
_WRITE = ("cache_creation_input_tokens", "cacheCreationInputTokens")
_NOTHING: Mapping[str, Any] = {}


def read(span: SpanView) -> Reading | None:
    """Return what a span of Genkit says."""
    attributes = span.attributes
    subtype = str(attributes.get("genkit:metadata:subtype", ""))
    kind = _KINDS.get(subtype, WORKFLOW if attributes.get("genkit:type") == "util" else OTHER)
    reading = Reading(kind, CONVENTION)
    name = text(attributes.get("genkit:name")) or text(span.name)
    if not reading.is_billable:
        reading.covers = "sum"
        if kind == TOOL:
            reading.tool = name
            arguments = attributes.get("genkit:input")
            reading.tool_arguments = arguments if isinstance(arguments, str) else None
        elif kind == AGENT:
            reading.agent = name
    elif name is not None:
        plugin, slash, model = name.partition("/")
        reading.request_model = model if slash else name
        if slash:
            reading.provider = _PLUGINS.get(plugin.lower(), plugin)
    read_identity(attributes, reading)
    reading.feature = reading.feature or text(attributes.get("genkit:feature"))
    failed = span.is_error or attributes.get("genkit:state") == "error"
    output = structure(attributes.get("genkit:output")) if reading.is_billable else None
    usage = None if output is None else structure(output.get("usage"))
    return finish(span._replace(is_error=failed), reading, None if usage is None else _usage(usage))


def _usage(block: Mapping[str, Any]) -> UsageFound | None:
    given, answered = tokens(block.get("inputTokens")), tokens(block.get("outputTokens"))
    if given is None and answered is None:
        return None
    custom = structure(block.get("custom")) or _NOTHING
    beside, write = first_tokens(custom, _READ) or 0, first_tokens(custom, _WRITE) or 0
    thoughts, total = tokens(block.get("thoughtsTokens")) or 0, tokens(block.get("totalTokens"))
    output = answered or 0
    if thoughts and total == (given or 0) + output + thoughts:
        output += thoughts
    usage = Usage(
        (given or 0) + beside + write,
        output,
        cache_read_tokens=beside or tokens(block.get("cachedContentTokens")) or 0,
        cache_write_5m_tokens=write,
        reasoning_tokens=thoughts if thoughts <= output else 0,
    )
    return UsageFound(usage, given is not None, answered is not None, None)
