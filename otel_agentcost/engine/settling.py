"""Give the last word on an execution: its final verdicts, rolled up."""

from __future__ import annotations

from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.summary import calls_of, identity_of, summarize
from otel_agentcost.model.execution import ExecutionSummary


def settled_summary(execution: Execution) -> ExecutionSummary:
    """Judge the whole execution and return what it comes to."""
    verdicts = execution.settle()
    who = identity_of(execution.facts)
    return summarize(
        execution.trace_id,
        calls_of(execution.facts, execution.tree(), verdicts, who),
        execution.facts,
        who,
        root_name=execution.root_name,
        is_complete=execution.is_complete,
        start_unix_nano=execution.start_unix_nano,
        end_unix_nano=execution.end_unix_nano,
        state="completed" if execution.is_complete else "abandoned",
        beyond=execution.beyond,
    )
