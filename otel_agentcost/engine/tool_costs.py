"""Charge tools with a price of their own while an execution is live: on the tool's span, and to what is above it."""

from __future__ import annotations

from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.tool_charges import ToolPrices, charge_beyond, tool_charges
from otel_agentcost.ledger.total import Total
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import DUPLICATE

MAX_COMPARED = 256
"""In an execution of more spans a tool's call is charged by itself; settling compares all, and has the last word."""


def charge_tool(execution: Execution, fact: Fact, prices: ToolPrices) -> NanoUsd:
    """Book what a tool's span that has just been recorded costs by itself, before it is closed; return its cost."""
    if fact.span_id not in execution.facts:
        return charge_beyond_kept(execution, fact, prices)
    parents = {**execution.parents, fact.span_id: fact.parent_span_id}
    if len(execution.facts) > MAX_COMPARED:
        alone = tool_charges(Tree({fact.span_id: fact}, parents), prices)
        own = sum(call.cost_nano_usd for call in alone)
        execution.charge(fact.span_id, Total(own))
        return own
    calls = tool_charges(Tree(execution.facts, parents), prices)
    total = sum(call.cost_nano_usd for call in calls)
    execution.charge(fact.span_id, Total(total - execution.charged_nano_usd))
    return sum(call.cost_nano_usd for call in calls if call.span_id == fact.span_id)


def charge_beyond_kept(execution: Execution, fact: Fact, prices: ToolPrices) -> NanoUsd:
    """Book it with an execution that has more spans than it keeps; a span that is told again costs nothing."""
    beyond = execution.beyond
    call = None if beyond is None else charge_beyond(fact, beyond, lambda tree: tool_charges(tree, prices))
    if beyond is None or call is None or call.status == DUPLICATE or not beyond.charge(call):
        return 0
    execution.charge(fact.span_id, Total(call.cost_nano_usd))
    return call.cost_nano_usd
