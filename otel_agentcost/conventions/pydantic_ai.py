"""pydantic-ai's own instrumentation (`pydantic-ai`), versions 1 to 5 of its format.

The `chat` spans are the calls in every version. Agent runs are `agent run` with `agent_name` and `model_name` up to
version 2, `invoke_agent X` from 3 on, and sum their calls: as `gen_ai.usage.*` in older releases or by a setting, as
`gen_ai.aggregated_usage.*` otherwise. `operation.cost` is pydantic-ai's own estimate (or, since 2.x, its gateway's
figure under the same name, which cannot be told apart) and is therefore not taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.plan import plan_of
from otel_agentcost.conventions.values import first, text
from otel_agentcost.model.reading import AGENT, OTHER, TOOL, Reading, SpanView

CONVENTION = "pydantic_ai"

_AGGREGATED = "gen_ai.aggregated_usage."
_USAGE = "gen_ai.usage."


def read(span: SpanView) -> Reading | None:
    """Return what a span of pydantic-ai says."""
    attributes = span.attributes
    get = attributes.get
    plan = plan_of(attributes)
    reading = read_core(span, CONVENTION, plan)
    if reading.kind == OTHER:
        if "all_messages_events" in attributes or span.name == "agent run" or span.name.endswith(" run"):
            reading.kind = AGENT
        elif "gen_ai.tool.name" in attributes and not span.name.startswith("running tools"):
            reading.kind = TOOL
    if reading.kind == AGENT:
        reading.agent = reading.agent or text(first(attributes, "agent_name"))
        reading.request_model = reading.request_model or text(get("model_name"))
    elif reading.kind == TOOL and reading.tool_arguments is None:
        arguments = get("tool_arguments")
        reading.tool_arguments = arguments if isinstance(arguments, str) else None
    return finish(span, reading, read_gen_ai_usage(attributes, plan) or _aggregated(attributes, reading))


def _aggregated(attributes: Mapping[str, Any], reading: Reading) -> UsageFound | None:
    """Return an agent's sum: it counts only where no call below it is recorded."""
    if reading.kind != AGENT:
        return None
    renamed = {
        _USAGE + key[len(_AGGREGATED) :]: value for key, value in attributes.items() if key.startswith(_AGGREGATED)
    }
    return read_gen_ai_usage(renamed) if renamed else None
