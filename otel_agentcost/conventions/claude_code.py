"""Claude Code and the Claude agent SDK, whose CLI writes spans of its own: bare `input_tokens`, `cache_read_tokens`.

Its input excludes cached tokens, as Anthropic's API counts.
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import text, tokens
from otel_agentcost.model.money import parse_usd
from otel_agentcost.model.reading import INFERENCE, TOOL, WORKFLOW, Kind, Reading, SpanView
from otel_agentcost.model.usage import Usage

CONVENTION = "claude_code"

_KINDS: dict[str, Kind] = {"llm_request": INFERENCE, "tool": TOOL, "interaction": WORKFLOW}


def read(span: SpanView) -> Reading | None:
    """Return what a span of Claude's CLI says."""
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    kind = _KINDS.get(str(attributes.get("span.type", "")))
    if kind is not None:
        reading.kind = kind
        reading.covers = "call" if kind == INFERENCE else "sum"
    reading.provider = reading.provider or "anthropic"
    if kind == TOOL:
        reading.tool = reading.tool or text(attributes.get("tool_name"))
    if reading.kind != INFERENCE:
        return finish(span, reading, None)
    reading.response_model = reading.response_model or text(attributes.get("model"))
    speed = text(attributes.get("speed"))
    reading.service_tier = "fast" if speed == "fast" else reading.service_tier
    reading.is_failed = attributes.get("success") is False
    reading.reported_cost_nano_usd = parse_usd(attributes.get("cost_usd"))
    plain, output = tokens(attributes.get("input_tokens")), tokens(attributes.get("output_tokens"))
    if plain is None and output is None:
        return finish(span, reading, None)
    cached = tokens(attributes.get("cache_read_tokens")) or 0
    written = tokens(attributes.get("cache_creation_tokens")) or 0
    usage = Usage(
        input_tokens=(plain or 0) + cached + written,
        output_tokens=output or 0,
        cache_read_tokens=cached,
        cache_write_5m_tokens=written,
    )
    return finish(span, reading, UsageFound(usage, plain is not None, output is not None, None))
