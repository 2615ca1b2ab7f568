"""Give the last word on an execution: its final verdicts, rolled up."""

from __future__ import annotations

from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.summary import calls_of, identity_of, summarize
from otel_agentcost.ledger.tool_charges import ToolPrices, tool_charges
from otel_agentcost.model.execution import ExecutionSummary


def settled_summary(execution: Execution, tools: ToolPrices | None = None) -> ExecutionSummary:
    """Judge the whole execution and return what it comes to, with what tools cost by themselves."""
    verdicts = execution.settle()
    who, tree = identity_of(execution.facts), execution.tree()
    calls = calls_of(execution.facts, tree, verdicts, who)
    if tools is not None:
        calls.extend(tool_charges(tree, tools, who))
    return summarize(
        execution.trace_id,
        calls,
        execution.facts,
        who,
        root_name=execution.root_name,
        is_complete=execution.is_complete,
        start_unix_nano=execution.start_unix_nano,
        end_unix_nano=execution.end_unix_nano,
        state="completed" if execution.is_complete else "abandoned",
        root_span_id=execution.root_span_id,
        beyond=execution.beyond,
    )
