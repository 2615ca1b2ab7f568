"""OpenRouter's Broadcast: one span a request, sent by the gateway itself, with what it charged.

`gen_ai.usage.total_cost` in USD is the bill; `gen_ai.provider.name` is who served the call behind the gateway
(https://openrouter.ai/docs/guides/features/broadcast/otel-collector).
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.reading import INFERENCE, OTHER, Reading, SpanView

CONVENTION = "openrouter"


def read(span: SpanView) -> Reading | None:
    """Return what a span of OpenRouter's Broadcast says."""
    reading = read_core(span, CONVENTION)
    found = read_gen_ai_usage(span.attributes)
    if reading.kind == OTHER and found is not None:
        reading.kind, reading.covers = INFERENCE, "call"
    reading.provider = "openrouter"
    if reading.is_billable:
        reading.reported_cost_nano_usd = parse_usd(span.attributes.get("gen_ai.usage.total_cost"))
    return finish(span, reading, found)
