"""Strands Agents (`strands.telemetry.tracer`): OpenTelemetry's attributes under the framework's name as the provider.

`invoke_agent X` sums its calls (`execute_event_loop_cycle` carries none). The scope has no version; the spelling of the
cache keys tells the generation: none in 1.0, `cache_read_input_tokens` in 1.12 to 1.40 with the input as the model's
API counts it, `cache_read.input_tokens` with the input made inclusive later (1.62, telemetry/metrics.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.effects import input_excludes_cache, no_cache_tokens
from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.plan import plan_of
from otel_agentcost.model.reading import INFERENCE, Reading, SpanView

CONVENTION = "strands"

_OLD_KEYS = ("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_write_input_tokens")
_NEW_KEYS = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens")


def read(span: SpanView) -> Reading | None:
    """Return what a span of Strands says."""
    attributes = span.attributes
    plan = plan_of(attributes)
    reading = read_core(span, CONVENTION, plan)
    found = read_gen_ai_usage(attributes, plan)
    finish(span, reading, found)
    if found is None or reading.kind != INFERENCE or any(key in attributes for key in _NEW_KEYS):
        return reading
    counts_beside = _is_claude(reading)
    if not _knows_cache(attributes):
        # OpenAI's client always states it from 1.40 on; Claude's states it only where it is not 0.
        if not counts_beside:
            no_cache_tokens(span, reading, found)
    elif counts_beside:
        input_excludes_cache(span, reading, found)
    return reading


def _knows_cache(attributes: Mapping[str, Any]) -> bool:
    return any(key in attributes for key in _OLD_KEYS)


def _is_claude(reading: Reading) -> bool:
    """Return whether the model's API counts cached tokens beside the input (Anthropic's own and Bedrock's)."""
    model = (reading.model or "").lower()
    if "/" in model:
        return False  # a gateway's or LiteLLM's name: those count as OpenAI does
    return "claude" in model or model.startswith(("anthropic.", "amazon.", "us.", "eu.", "apac.", "global."))
