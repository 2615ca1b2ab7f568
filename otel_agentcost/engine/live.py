"""The live executions: the one that was quiet for the longest first, so that expiry and eviction find it at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from otel_agentcost.engine.ports import Clock
from otel_agentcost.ledger.execution import Execution

COMPLETE_GRACE_NANO = 30_000_000_000
"""Streams outlive their root, and batches come late: an execution whose root has ended is kept this much longer."""

Leaving: TypeAlias = Literal["expired", "evicted"]


class LiveExecutions:
    """Executions by trace id. Not thread-safe: the engine holds the lock.

    Args:
        max_executions: beyond so many the one that was quiet for the longest leaves.
        max_spans: of each execution are kept.
        idle_nano: quiet for so long, an execution expires; sooner where its root has ended.
        clock: without one nothing expires.
        leave: is given each execution that leaves by itself.
    """

    def __init__(
        self,
        max_executions: int,
        max_spans: int,
        idle_nano: int,
        clock: Clock | None,
        leave: Callable[[Execution, Leaving], None],
    ) -> None:
        self.max_executions = max_executions
        self._max_spans = max_spans
        self._idle_nano = idle_nano
        self._clock = clock
        self._leave = leave
        self._by_trace: dict[int, Execution] = {}
        self._under_way: OrderedDict[int, Execution] = OrderedDict()
        self._complete: OrderedDict[int, Execution] = OrderedDict()
        self.get = self._by_trace.get
        self.opened = 0

    def __len__(self) -> int:
        return len(self._by_trace)

    def __iter__(self) -> Iterator[Execution]:
        return iter(self._by_trace.values())

    def pop(self, trace_id: int) -> Execution | None:
        """Take an execution out; None where none is live."""
        execution = self._by_trace.pop(trace_id, None)
        if execution is not None:
            del self._order_of(execution)[trace_id]
        return execution

    def pop_all(self) -> list[Execution]:
        """Take all out, in the order in which they were opened."""
        executions = list(self._by_trace.values())
        for held in (self._by_trace, self._under_way, self._complete):
            held.clear()
        return executions

    def hear(self, trace_id: int, start_unix_nano: int, end_unix_nano: int) -> Execution:
        """Return the execution of a span that has ended, opened where none is live, and note that it was heard of."""
        execution = self._by_trace.get(trace_id)
        if execution is None:
            return self._open(trace_id, start_unix_nano, end_unix_nano)
        if self._clock is not None:
            execution.seen_unix_nano = self._clock()
        self._order_of(execution).move_to_end(trace_id)
        execution.start_unix_nano = min(execution.start_unix_nano, start_unix_nano)
        execution.end_unix_nano = max(execution.end_unix_nano, end_unix_nano)
        return execution

    def note_root(self, execution: Execution, parent_span_id: int, name: str | None) -> None:
        """Note that a local root has ended, which completes the execution where nothing stands above it."""
        if parent_span_id:
            if execution.root_name is None:
                execution.root_name = name
            return
        execution.root_name = name
        execution.is_complete = True
        self.reorder(execution)

    def reorder(self, execution: Execution) -> None:
        """Let an execution that has become complete expire as one."""
        trace_id = execution.trace_id
        if execution.is_complete and self._under_way.get(trace_id) is execution:
            del self._under_way[trace_id]
            self._complete[trace_id] = execution

    def expire(self) -> None:
        """Let executions leave that have been quiet for long, sooner where the root has ended."""
        if self._clock is None:
            return
        now = self._clock()
        for order, patience in ((self._complete, COMPLETE_GRACE_NANO), (self._under_way, self._idle_nano)):
            while order:
                oldest = next(iter(order.values()))
                if now - oldest.seen_unix_nano < patience:
                    break
                self.pop(oldest.trace_id)
                self._leave(oldest, "expired")

    def _order_of(self, execution: Execution) -> OrderedDict[int, Execution]:
        return self._complete if execution.trace_id in self._complete else self._under_way

    def _open(self, trace_id: int, start_unix_nano: int, end_unix_nano: int) -> Execution:
        execution = Execution(trace_id, self._max_spans)
        execution.start_unix_nano = start_unix_nano
        execution.end_unix_nano = end_unix_nano
        if self._clock is not None:
            self.expire()
            execution.seen_unix_nano = self._clock()
        self._by_trace[trace_id] = self._under_way[trace_id] = execution
        self.opened += 1
        if len(self._by_trace) > self.max_executions:
            oldest = next(iter(self._complete.values() or self._under_way.values()))
            self.pop(oldest.trace_id)
            self._leave(oldest, "evicted")
        return execution
