"""Braintrust's attributes (`braintrust.*`), written by its SDKs on OpenTelemetry and by hand: JSON in strings.

https://www.braintrust.dev/docs/integrations/sdk-integrations/opentelemetry/attributes. Prompt tokens include cached
ones, as its wrappers count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.identity_keys import read_prefixed_identity
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import first, structure, text, tokens
from otel_agentcost.model.reading import AGENT, INFERENCE, OTHER, TOOL, WORKFLOW, Kind, Reading, SpanView
from otel_agentcost.model.usage import Usage

CONVENTION = "braintrust"

_KINDS: dict[str, Kind] = {"llm": INFERENCE, "tool": TOOL, "task": WORKFLOW, "function": WORKFLOW, "agent": AGENT}
_METRICS = "braintrust.metrics"
_NOTHING: Mapping[str, Any] = {}


def read(span: SpanView) -> Reading | None:
    """Return what a span with Braintrust's attributes says."""
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    kind = _KINDS.get(str((structure(attributes.get("braintrust.span_attributes")) or _NOTHING).get("type", "")))
    if reading.kind == OTHER and kind is not None:
        reading.kind = kind
        reading.covers = "call" if kind == INFERENCE else "sum"
    metadata = structure(attributes.get("braintrust.metadata")) or _NOTHING
    reading.provider = reading.provider or text(metadata.get("provider"))
    reading.request_model = reading.request_model or text(first(metadata, "model"))
    read_prefixed_identity(metadata, reading, "")
    if kind == TOOL:
        reading.tool = reading.tool or text(span.name)
    return finish(span, reading, read_gen_ai_usage(attributes) or _usage(attributes))


def _usage(attributes: Mapping[str, Any]) -> UsageFound | None:
    metrics = structure(attributes.get(_METRICS))
    if metrics is None:
        return None
    given, answered = tokens(metrics.get("prompt_tokens")), tokens(metrics.get("completion_tokens"))
    if given is None and answered is None:
        return None
    five = tokens(metrics.get("prompt_cache_creation_5m_tokens"))
    hour = tokens(metrics.get("prompt_cache_creation_1h_tokens")) or 0
    write = tokens(metrics.get("prompt_cache_creation_tokens"))
    usage = Usage(
        given or 0,
        answered or 0,
        cache_read_tokens=tokens(metrics.get("prompt_cached_tokens")) or 0,
        cache_write_5m_tokens=five if five is not None else max(0, (write or 0) - hour),
        cache_write_1h_tokens=hour,
        reasoning_tokens=tokens(metrics.get("completion_reasoning_tokens")) or 0,
    )
    return UsageFound(usage, given is not None, answered is not None, tokens(metrics.get("tokens")))
