"""Give the last word on an execution: its final verdicts, rolled up."""

from __future__ import annotations

from otel_agentcost.engine.tool_costs import charge_beyond_kept
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.summary import calls_of, identity_of, summarize
from otel_agentcost.ledger.tool_charges import ToolPrices, tool_charges, with_caller
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.execution import ExecutionSummary


def settled_summary(execution: Execution, tools: ToolPrices | None = None) -> ExecutionSummary:
    """Judge the whole execution and return what it comes to, with what tools cost by themselves."""
    verdicts, beyond = execution.settle(), execution.beyond
    who, tree = identity_of(execution.facts), execution.tree()
    calls = calls_of(execution.facts, tree, verdicts, who)
    if tools is not None:
        calls.extend(tool_charges(Tree(with_caller(execution.facts, beyond), execution.parents), tools, who))
        for fact in beyond.unclaimed.values() if beyond is not None else ():
            charge_beyond_kept(execution, fact, tools)  # somebody may have called it, as is known by now
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
        beyond=beyond,
        tool_spans_beyond=0 if beyond is None else beyond.tool_spans,
    )
