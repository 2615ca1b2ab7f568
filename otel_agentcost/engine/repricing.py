"""Price a stored execution again, by another table: what the same calls would cost."""

from __future__ import annotations

from otel_agentcost.engine.account import Account, merge
from otel_agentcost.engine.ports import Prices
from otel_agentcost.engine.quoting import quote_reading
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.summary import calls_of, identity_of
from otel_agentcost.ledger.tool_charges import ToolPrices, tool_charges
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.outcome import UNPRICED, Reason

_ALL_SPANS = 2**62


def reprice(stored: Stored, prices: Prices, tools: ToolPrices | None = None) -> list[Call]:
    """Return the execution's calls as another table prices them, duplicates too, by start.

    Each call is priced by its own date and judged anew: with other prices another span of the same call may have the
    better numbers. What a provider or gateway itself billed stays what it billed, and a cost that an instrumentation
    stated stays where the other table does not know the model either.

    Raises:
        UnreadableSegmentError: the execution was stored by a later version.
    """
    execution = Execution(stored.execution_id, _ALL_SPANS)
    merge(Account(execution), stored)
    for fact in execution.facts.values():
        if fact.reading is None:
            continue
        quote = quote_reading(prices, fact.reading, fact.start_unix_nano)
        stated = fact.quote is not None and fact.quote.reason == Reason.STATED_BY_INSTRUMENTATION
        if not (stated and quote is not None and quote.status == UNPRICED):
            fact.quote = quote
    verdicts = execution.judge_again()
    who, tree = identity_of(execution.facts), execution.tree()
    calls = calls_of(execution.facts, tree, verdicts, who)
    if tools is not None:
        calls.extend(tool_charges(tree, tools, who))
    return sorted(calls, key=lambda call: (call.start_unix_nano, call.span_id))
