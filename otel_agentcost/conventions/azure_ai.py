"""Azure AI agents (`az.ai.agents`, azure-ai-agents and azure-ai-projects): runs of an agent that lives on the server.

A run makes its model calls out of sight and tells their sum, on the span that started it and on each that asks for it
again. All of these are one bill, told by the run's id; its number of calls is not known, so the cost is estimated.
"""

from __future__ import annotations

from otel_agentcost.conventions.finish import finish
from otel_agentcost.conventions.gen_ai_usage import read_gen_ai_usage
from otel_agentcost.conventions.otel_genai import read_core
from otel_agentcost.conventions.values import text
from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.reading import INFERENCE, Reading, SpanView

CONVENTION = "azure_ai"

_RUNS = frozenset({"start_thread_run", "process_thread_run", "get_thread_run", "submit_tool_outputs"})


def read(span: SpanView) -> Reading | None:
    """Return what a span of an Azure AI agent says."""
    attributes = span.attributes
    reading = read_core(span, CONVENTION)
    found = read_gen_ai_usage(attributes)
    run = text(attributes.get("gen_ai.thread.run.id"))
    if reading.operation in _RUNS and found is not None and run is not None:
        reading.kind, reading.covers = INFERENCE, "call"
        reading.response_id = run
        reading.doubt = Reason.SUM_OF_CALLS
        reading.provider = "azure"
    reading.conversation = reading.conversation or text(attributes.get("gen_ai.thread.id"))
    return finish(span, reading, found)
