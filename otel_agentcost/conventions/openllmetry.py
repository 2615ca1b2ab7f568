"""OpenLLMetry, Traceloop's: OpenTelemetry's attributes in several generations, `llm.request.type`, `traceloop.*`.

Its spans of workflows, tasks, agents and tools carry `traceloop.span.kind`; identity travels as association properties.
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import TRACELOOP_PROPERTIES, read_traceloop_identity
from otel_agentcost.conventions.kinds import BY_TRACELOOP_KIND
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import first, text
from otel_agentcost.model.reading import AGENT, INFERENCE, OTHER, TOOL, Reading, SpanView

CONVENTION = "openllmetry"

_SCOPE = "opentelemetry.instrumentation."
_OWN_PROVIDER = {
    "anthropic": "anthropic",
    "bedrock": "aws.bedrock",
    "cohere": "cohere",
    "google_generativeai": "gcp.gemini",
    "groq": "groq",
    "mistralai": "mistral_ai",
    "openai": "openai",
    "together": "together",
    "vertexai": "gcp.vertex_ai",
}


def read(span: SpanView) -> Reading | None:
    """Return what an OpenLLMetry span says."""
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    span_kind = BY_TRACELOOP_KIND.get(str(attributes.get("traceloop.span.kind", "")))
    if span_kind is not None and not reading.is_billable:
        reading.kind = span_kind
        reading.covers = "sum"
    found = read_gen_ai_usage(attributes)
    if reading.kind == OTHER and reading.operation is None and (found is not None and reading.model is not None):
        reading.kind = INFERENCE
        reading.covers = "call"
    if reading.provider is None and reading.is_billable and span.scope_name.startswith(_SCOPE):
        reading.provider = _OWN_PROVIDER.get(span.scope_name[len(_SCOPE) :].split(".", 1)[0])
    name = text(first(attributes, "traceloop.entity.name", "gen_ai.tool.name"))
    if reading.kind == TOOL and reading.tool is None:
        reading.tool = name
    elif reading.kind == AGENT and reading.agent is None:
        reading.agent = name
    if any(key.startswith(TRACELOOP_PROPERTIES) for key in attributes):
        read_traceloop_identity(attributes, reading)
    return finish(span, reading, found)
