"""Haystack's own tracing (`haystack`): `haystack.component.*`, `haystack.agent.*`.

A generator's span tells what ran, but not the usage, unless content tracing is on: then the reply's `meta` has the
provider's block. Components that run models on the user's own machine are no calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.identity_keys import read_identity
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import structure, text
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

CONVENTION = "haystack"

_BY_NAME: dict[str, Kind] = {
    "haystack.pipeline.run": WORKFLOW,
    "haystack.async_pipeline.run": WORKFLOW,
    "haystack.agent.run": AGENT,
    "haystack.agent.step": WORKFLOW,
    "haystack.agent.step.llm": INFERENCE,
    "haystack.agent.step.tool": TOOL,
}
_LOCAL = ("HuggingFaceLocal", "SentenceTransformers", "Transformers", "Ollama", "LlamaCpp", "FastEmbed", "Optimum")


def read(span: SpanView) -> Reading | None:
    """Return what a span of Haystack says."""
    attributes = span.attributes
    component = text(attributes.get("haystack.component.type"))
    kind = _BY_NAME.get(span.name) or _kind_of_component(component or "")
    reading = Reading(kind, CONVENTION)
    if not reading.is_billable:
        reading.covers = "sum"
    if kind == TOOL:
        reading.tool = text(attributes.get("haystack.tool.name"))
        arguments = attributes.get("haystack.agent.step.tool.input")
        reading.tool_arguments = arguments if isinstance(arguments, str) else None
    elif kind == AGENT:
        reading.agent = text(attributes.get("haystack.component.name"))
    read_identity(attributes, reading)
    if not reading.is_billable:
        return finish(span, reading, None)
    reading.provider = _provider(component or "")
    for key in ("haystack.component.output", "haystack.agent.step.llm.output"):
        if (output := structure(attributes.get(key))) is not None:
            return finish(span, reading, _usage(output, reading))
    return finish(span, reading, None)


def _kind_of_component(component: str) -> Kind:
    if component.startswith(_LOCAL):
        return OTHER
    if component.endswith("Generator"):
        return INFERENCE
    if component.endswith("Embedder"):
        return EMBEDDINGS
    return RETRIEVAL if component.endswith("Retriever") else AGENT if component == "Agent" else OTHER


def _provider(component: str) -> str | None:
    for name, provider in (
        ("AzureOpenAI", "azure.ai.openai"),
        ("OpenAI", "openai"),
        ("Anthropic", "anthropic"),
        ("AmazonBedrock", "aws.bedrock"),
        ("GoogleAI", "google"),
        ("GoogleGenAI", "google"),
        ("VertexAI", "gcp.vertex_ai"),
        ("Cohere", "cohere"),
        ("Mistral", "mistral_ai"),
    ):
        if component.startswith(name):
            return provider
    return None


def _usage(output: Mapping[str, Any], reading: Reading) -> UsageFound | None:
    """Return the usage of a recorded reply (`replies[0].meta.usage`) or embedding (`meta.usage`), and its model."""
    reply = structure(_first_of(output.get("replies")))
    meta = output.get("meta") if reply is None else reply.get("meta") or reply.get("_meta")
    found = structure(_first_of(meta))
    if found is None:
        return None
    reading.response_model = text(found.get("model"))
    whole = read_provider_usage(found.get("usage"))
    return None if whole is None else UsageFound(whole, True, True, None)


def _first_of(value: object) -> object:
    """Return the first of a list, or what is no list as it is."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items[0] if items else None
    return value
