"""Google's Agent Development Kit (`gcp.vertex.agent`): OpenTelemetry's attributes beside the recorded Gemini response.

`call_llm` holds a `generate_content` span in newer versions, the same call once more. Where the response is recorded
(`gcp.vertex.agent.llm_response`), its `usage_metadata` tells what the counts leave out: version 1.0 writes no count at
all, and up to 2.0 the output is without thoughts (google-adk 1.16.0 and 2.0.0, telemetry/tracing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from otel_agentcost.conventions import openinference
from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.provider_usage import read_provider_usage
from otel_agentcost.conventions.values import structure, text, tokens
from otel_agentcost.model.reading import AGENT, INFERENCE, OTHER, TOOL, WORKFLOW, Reading, SpanView

CONVENTION = "google_adk"

_RESPONSE = "gcp.vertex.agent.llm_response"
_OLD_THOUGHTS = "gen_ai.usage.experimental.reasoning_tokens"


def read(span: SpanView) -> Reading | None:
    """Return what a span of the Agent Development Kit says."""
    attributes = span.attributes
    if "openinference.span.kind" in attributes:
        return openinference.read(span)  # it writes onto these very spans, over what stood there
    reading = read_core(span, CONVENTION)
    if reading.kind == OTHER:
        if span.name.startswith("call_llm"):
            reading.kind, reading.covers = INFERENCE, "call"
        elif span.name.startswith("agent_run"):
            reading.kind = AGENT
            reading.agent = reading.agent or text(span.name.removeprefix("agent_run").strip(" []"))
        elif span.name.startswith("invocation"):
            reading.kind = WORKFLOW
    if reading.kind == TOOL:
        arguments = attributes.get("gcp.vertex.agent.tool_call_args")
        if reading.tool_arguments is None and isinstance(arguments, str):
            reading.tool_arguments = arguments
        reading.tool = reading.tool or text(span.name.removeprefix("execute_tool"))
    reading.session = reading.session or text(attributes.get("gcp.vertex.agent.session_id"))
    return finish(span, reading, _usage(attributes) if reading.kind != OTHER else None)


def _usage(attributes: Mapping[str, Any]) -> UsageFound | None:
    found = read_gen_ai_usage(attributes)
    thoughts = tokens(attributes.get(_OLD_THOUGHTS)) or 0
    if found is not None and thoughts > 0:
        output = found.usage.output_tokens + thoughts
        found = found._replace(usage=replace(found.usage, output_tokens=output, reasoning_tokens=thoughts))
    recorded = structure(attributes.get(_RESPONSE))
    block = None if recorded is None else structure(recorded.get("usage_metadata"))
    whole = None if block is None else read_provider_usage(block)
    if whole is None or block is None:
        return found
    if found is None:
        return UsageFound(
            whole, True, tokens(block.get("candidates_token_count")) is not None or whole.output_tokens > 0, None
        )
    usage = found.usage
    if tokens(block.get("prompt_token_count")) == usage.input_tokens and whole.output_tokens >= usage.output_tokens:
        return found._replace(usage=whole)  # the provider's own block, of this very call: it leaves nothing out
    if whole.output_tokens > usage.output_tokens == tokens(block.get("candidates_token_count")):
        usage = replace(usage, output_tokens=whole.output_tokens, reasoning_tokens=whole.reasoning_tokens)
    if whole.cache_read_tokens and not usage.cache_read_tokens:
        usage = replace(usage, cache_read_tokens=whole.cache_read_tokens)
    return found._replace(usage=usage)
