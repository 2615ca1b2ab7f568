"""What becomes of executions that are live no more: they settle, or the books take them over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from otel_agentcost.engine.ports import Sink
from otel_agentcost.engine.settling import settled_summary
from otel_agentcost.engine.stats import EngineStats
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.tool_charges import ToolPrices
from otel_agentcost.model.execution import ExecutionSummary

if TYPE_CHECKING:
    from otel_agentcost.engine.books import Books


class Departures:
    """Takes over executions, as `live.Leaving` describes it. Called under the engine's lock.

    Where nobody listens an execution is only forgotten, which costs the application nothing.
    """

    def __init__(self, stats: EngineStats, sink: Sink | None, tools: ToolPrices | None = None) -> None:
        self.books: Books | None = None
        self._stats = stats
        self._sink = sink
        self._tools = tools

    def settle(self, execution: Execution) -> ExecutionSummary:
        """Give the last word on an execution, hand it to the sink, and return it."""
        summary = settled_summary(execution, self._tools)
        self._count(execution)
        if self._sink is not None:
            self._sink(summary)
        return summary

    def expired(self, execution: Execution) -> None:
        if self.books is not None:
            self.books.left(execution, settles=True)
        else:
            self._finish(execution)

    def evicted(self, execution: Execution) -> None:
        if self.books is not None:
            self.books.left(execution, settles=False)
        else:
            self._stats.evicted_executions += 1
            self._finish(execution)

    def cold_expired(self, trace_id: int, unpack: Callable[[], Execution]) -> None:
        if self.books is not None:
            self.books.expired_in_store(trace_id)
        elif self._sink is not None:
            self._finish(unpack())
        else:
            self._stats.settled_executions += 1

    def cold_evicted(self, _trace_id: int, unpack: Callable[[], Execution]) -> None:
        if self.books is None:  # else all of it is in the store
            self.evicted(unpack())

    def may_pack(self, execution: Execution) -> bool:
        return self.books is None or self.books.released(execution)

    def woken(self, execution: Execution) -> None:
        if self.books is not None:
            self.books.woken(execution)

    def take_links(self, execution: Execution) -> bool:
        if self.books is None:
            return False
        self.books.strangers.add(execution)
        return True

    def _finish(self, execution: Execution) -> None:
        if self._sink is not None and execution.is_about_ai():
            self.settle(execution)
        else:
            self._count(execution)

    def _count(self, execution: Execution) -> None:
        self._stats.settled_executions += 1
        self._stats.corrections += execution.corrections
