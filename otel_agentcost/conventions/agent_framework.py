"""Microsoft's frameworks: agent-framework and Semantic Kernel in Python and .NET, and Microsoft.Extensions.AI.

OpenTelemetry's attributes, with the framework's name as the provider of agents, and a response id in
`gen_ai.conversation.id` (agent-framework). Semantic Kernel's older .NET spans say `chat.completions`,
`gen_ai.response.prompt_tokens` (-1 where unknown) and `N/A` for an id (ModelDiagnostics.cs).
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import UsageFound, read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.plan import plan_of
from otel_agentcost.conventions.values import tokens
from otel_agentcost.model.reading import OTHER, WORKFLOW, Reading, SpanView
from otel_agentcost.model.usage import Usage

CONVENTION = "agent_framework"

_WORKFLOW_SPANS = ("workflow.run", "workflow_invoke", "executor.process", "orchestrate_tools")
_NO_ID = "N/A"


def read(span: SpanView) -> Reading | None:
    """Return what a span of one of Microsoft's frameworks says."""
    attributes = span.attributes
    plan = plan_of(attributes)
    reading = read_core(span, CONVENTION, plan)
    if reading.conversation is not None and reading.conversation.startswith(("resp_", "chatcmpl-")):
        reading.conversation = None
    if reading.response_id == _NO_ID:
        reading.response_id = None
    if reading.kind == OTHER and span.name.startswith(_WORKFLOW_SPANS):
        reading.kind, reading.covers = WORKFLOW, "sum"
    found = read_gen_ai_usage(attributes, plan)
    if found is None:
        given = tokens(attributes.get("gen_ai.response.prompt_tokens"))
        answered = tokens(attributes.get("gen_ai.response.completion_tokens"))
        if given is not None and answered is not None and given >= 0 and answered >= 0:
            found = UsageFound(Usage(given, answered), True, True, None)
    return finish(span, reading, found)
