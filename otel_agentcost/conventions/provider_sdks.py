"""Spans that provider SDKs write by themselves: Anthropic's Python SDK and Mistral's.

They follow OpenTelemetry's convention, sit beside or inside any instrumentation's span of the same call, and name the
provider's own endpoint instead of an operation where they are old.
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import text
from otel_agentcost.model.reading import EMBEDDINGS, INFERENCE, OTHER, Kind, Reading, SpanView

ANTHROPIC = "anthropic_sdk"
MISTRAL = "mistral_sdk"

_MISTRAL_OPERATIONS: tuple[tuple[str, Kind], ...] = (
    ("chat", INFERENCE),
    ("fim", INFERENCE),
    ("agents_completion", INFERENCE),
    ("conversations", INFERENCE),
    ("embedding", EMBEDDINGS),
    ("stream", INFERENCE),
)


def read_anthropic(span: SpanView) -> Reading | None:
    """Return what a span of Anthropic's own SDK says."""
    reading = read_core(span, ANTHROPIC)
    reading.provider = reading.provider or "anthropic"
    return finish(span, reading, read_gen_ai_usage(span.attributes))


def read_mistral(span: SpanView) -> Reading | None:
    """Return what a span of Mistral's own SDK says: the operation stands in `mistral_ai.operation.id` or the name."""
    reading = read_core(span, MISTRAL)
    reading.provider = reading.provider or "mistral_ai"
    operation = text(span.attributes.get("mistral_ai.operation.id")) or span.name
    if reading.kind == OTHER:
        for prefix, kind in _MISTRAL_OPERATIONS:
            if operation.startswith(prefix) or f"_{prefix}_" in operation:
                reading.kind = kind
                reading.covers = "call"
                break
    reading.is_stream = reading.is_stream or "stream" in operation
    return finish(span, reading, read_gen_ai_usage(span.attributes))
