"""The live executions: the one that was quiet for the longest first, so that expiry and eviction find it at once.

Those heard of last are objects, ready for the next span; the others are packed (`cold.py`) until one of theirs comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Protocol

from otel_agentcost.engine.cold import ColdExecutions
from otel_agentcost.engine.ports import Clock
from otel_agentcost.ledger.execution import Execution

COMPLETE_GRACE_NANO = 30_000_000_000
"""Streams outlive their root, and batches come late: an execution whose root has ended is kept this much longer."""

MAX_WARM = 10_000
MAX_WARM_SPANS = 50_000
"""So many executions, and so many spans of all of them, are held as objects: some 75 MB at most, besides executions too
large to be packed. The garbage collector does not visit them.
"""

MAX_PACKED_SPANS = 2_000
"""An execution with more spans about AI is not packed: to unpack it again would stop everybody for 10 ms and more."""

_AT_ONCE = 32
"""Of the executions that expire, or are to be packed, so many are handled at a time: nobody waits for all of them."""

_BY_THE_WAY = 2
"""So many are packed by a span that opens another, which is faster than they become too many."""

_PASSED_OVER = 8
"""So many that are too large to be packed are passed over at a time, in the search for one that is not."""


class Leaving(Protocol):
    """Takes over executions that are live no more."""

    def expired(self, execution: Execution, /) -> None: ...

    def evicted(self, execution: Execution, /) -> None: ...

    def cold_expired(self, trace_id: int, unpack: Callable[[], Execution], /) -> None:
        """Take over a packed one; `unpack` costs as much as recording it did."""
        ...

    def cold_evicted(self, trace_id: int, unpack: Callable[[], Execution], /) -> None:
        """Take over a packed one that must make room, or at the end; `unpack` as above."""
        ...

    def may_pack(self, execution: Execution, /) -> bool:
        """Return whether nothing but the execution itself is needed to go on with it later."""
        ...

    def woken(self, execution: Execution, /) -> None:
        """Hear that an execution is packed no more."""
        ...

    def take_links(self, execution: Execution, /) -> bool:
        """Return whether an execution that is not about AI so far has been taken over."""
        ...


class LiveExecutions:
    """Executions by trace id. Not thread-safe: the engine holds the lock.

    Args:
        max_executions: beyond so many the one that was quiet for the longest leaves.
        max_spans: of each execution are kept.
        idle_nano: quiet for so long, an execution expires; sooner where its root has ended.
        clock: without one nothing expires, and nothing is packed.
        leaving: takes over the executions that leave by themselves.
    """

    def __init__(
        self, max_executions: int, max_spans: int, idle_nano: int, clock: Clock | None, leaving: Leaving,
        max_warm: int = MAX_WARM, max_warm_spans: int = MAX_WARM_SPANS,
    ) -> None:  # fmt: skip
        self._max_executions = max_executions
        self._max_warm = max_warm
        self._max_warm_spans = max_warm_spans
        self._max_spans = max_spans
        self._idle_nano = idle_nano
        self._clock = clock
        self._leaving = leaving
        self._by_trace: dict[int, Execution] = {}
        self._spans: dict[int, int] = {}
        """How many spans each of these had when it was last heard of."""
        self._warm_spans = 0
        self._under_way: OrderedDict[int, Execution] = OrderedDict()
        self._complete: OrderedDict[int, Execution] = OrderedDict()
        self._cold = ColdExecutions(idle_nano, max_spans)
        self._cold_complete = ColdExecutions(COMPLETE_GRACE_NANO, max_spans)
        self.warm = self._by_trace.get
        """Return an execution where it is held as an object, None otherwise."""
        self.opened = 0

    def __len__(self) -> int:
        return len(self._by_trace) + len(self._cold) + len(self._cold_complete)

    def forget_cold(self) -> None:
        """Forget those that are packed."""
        self._cold.clear()
        self._cold_complete.clear()

    def has_cold(self) -> bool:
        """Return whether any is packed."""
        return bool(len(self._cold) or len(self._cold_complete))

    def __iter__(self) -> Iterator[Execution]:
        """Yield those that are held as objects."""
        return iter(self._by_trace.values())

    def get(self, trace_id: int) -> Execution | None:
        """Return a live execution, None where none is live."""
        return self._by_trace.get(trace_id) or self._warm_up(trace_id)

    def pop(self, trace_id: int) -> Execution | None:
        """Take an execution out; None where none is live."""
        execution = self._by_trace.pop(trace_id, None)
        if execution is None:
            return self._cold.take(trace_id) or self._cold_complete.take(trace_id)
        self._warm_spans -= self._spans.pop(trace_id, 0)
        del self._order_of(execution)[trace_id]
        return execution

    def pop_all(self) -> list[Execution]:
        """Take all out, those held as objects in the order in which they were opened."""
        return [*self.pop_warm(), *self._cold.take_all(), *self._cold_complete.take_all()]

    def pop_warm(self) -> list[Execution]:
        """Take out those that are held as objects, in the order in which they were opened."""
        executions = list(self._by_trace.values())
        for held in (self._by_trace, self._under_way, self._complete, self._spans):
            held.clear()
        self._warm_spans = 0
        return executions

    def hear(self, trace_id: int, start_unix_nano: int, end_unix_nano: int) -> Execution:
        """Return the execution of a span that has ended, opened where none is live, and note that it was heard of."""
        if self._warm_spans > self._max_warm_spans:
            self.pack(at_most=1)
        execution = self._by_trace.get(trace_id)
        if execution is None:
            execution = self._warm_up(trace_id) or self._open(trace_id, start_unix_nano, end_unix_nano)
        self._count_spans(execution)
        if self._clock is not None:
            execution.seen_unix_nano = self._clock()
        self._order_of(execution).move_to_end(trace_id)
        execution.start_unix_nano = min(execution.start_unix_nano, start_unix_nano)
        execution.end_unix_nano = max(execution.end_unix_nano, end_unix_nano)
        return execution

    def note_root(self, execution: Execution, span_id: int, parent_span_id: int, name: str | None) -> None:
        """Note that a local root has ended, which completes the execution where nothing stands above it."""
        if parent_span_id:
            if execution.root_name is None:
                execution.root_name = name
            return
        execution.root_name, execution.root_span_id = name, span_id
        execution.is_complete = True
        self.reorder(execution)

    def reorder(self, execution: Execution) -> None:
        """Let an execution that has become complete expire as one."""
        trace_id = execution.trace_id
        if execution.is_complete and self._under_way.get(trace_id) is execution:
            del self._under_way[trace_id]
            self._complete[trace_id] = execution

    def retire_cold(self) -> None:
        """Let all leave that are packed: those whose root has ended expire, the others make room."""
        while (oldest := self._cold_complete.take_oldest()) is not None:
            self._leaving.cold_expired(oldest[0], _unpacking(self._cold_complete, *oldest))
        while (oldest := self._cold.take_oldest()) is not None:
            self._leaving.cold_evicted(oldest[0], _unpacking(self._cold, *oldest))

    def expire(self) -> bool:
        """Let some executions leave that have been quiet for long, sooner where the root has ended. False: no more."""
        if self._clock is None:
            return False
        now = self._clock()
        left = _AT_ONCE
        for order, patience in ((self._complete, COMPLETE_GRACE_NANO), (self._under_way, self._idle_nano)):
            while order and left > 0:
                oldest = next(iter(order.values()))
                if now - oldest.seen_unix_nano < patience:
                    break
                self.pop(oldest.trace_id)
                self._leaving.expired(oldest)
                left -= 1
        for cold in (self._cold_complete, self._cold):
            for trace_id, packed in cold.take_expired(now, left):
                self._leaving.cold_expired(trace_id, _unpacking(cold, trace_id, packed))
                left -= 1
        return left <= 0

    def pack(self, room: int = 0, at_most: int = _AT_ONCE) -> bool:
        """Pack executions that were quiet for the longest, where too many are held as objects to have room for more.

        False: no more can be packed now.
        """
        if self._clock is None:
            return False
        packed = 0
        for order, cold in ((self._complete, self._cold_complete), (self._under_way, self._cold)):
            for _ in range(min(len(order), at_most + _PASSED_OVER)):
                if packed == at_most or not self._is_crowded(room):
                    break
                oldest = next(iter(order.values()))
                if len(oldest.facts) > MAX_PACKED_SPANS:
                    order.move_to_end(oldest.trace_id)  # so it expires later, once those before it have left
                    continue
                if not self._leaving.may_pack(oldest):
                    break
                if (oldest.is_about_ai() or not self._leaving.take_links(oldest)) and not cold.put(
                    oldest, self._clock()
                ):
                    self._leaving.woken(oldest)
                    order.move_to_end(oldest.trace_id)
                    continue
                self.pop(oldest.trace_id)
                packed += 1
        return packed == at_most

    def _is_crowded(self, room: int) -> bool:
        return len(self._by_trace) + room > self._max_warm or self._warm_spans > self._max_warm_spans

    def _count_spans(self, execution: Execution) -> None:
        """Note how many spans an execution has by now."""
        now, trace_id = len(execution.parents), execution.trace_id
        self._warm_spans += now - self._spans.get(trace_id, 0)
        self._spans[trace_id] = now

    def _warm_up(self, trace_id: int) -> Execution | None:
        execution = self._cold.take(trace_id) or self._cold_complete.take(trace_id)
        if execution is not None:
            self._hold(execution)
            self._leaving.woken(execution)
        return execution

    def _open(self, trace_id: int, start_unix_nano: int, end_unix_nano: int) -> Execution:
        self.expire()
        execution = Execution(trace_id, self._max_spans)
        execution.start_unix_nano = start_unix_nano
        execution.end_unix_nano = end_unix_nano
        self.opened += 1
        self._hold(execution)
        if len(self) > self._max_executions:
            self._evict()
        return execution

    def _hold(self, execution: Execution) -> None:
        if len(self._by_trace) >= self._max_warm:
            self.pack(room=1, at_most=_BY_THE_WAY)
        self._by_trace[execution.trace_id] = execution
        (self._complete if execution.is_complete else self._under_way)[execution.trace_id] = execution

    def _evict(self) -> None:
        for cold in (self._cold_complete, self._cold):
            if (packed := cold.take_oldest()) is not None:
                self._leaving.cold_evicted(packed[0], _unpacking(cold, *packed))
                return
        oldest = next(iter(self._complete.values() or self._under_way.values()))
        self.pop(oldest.trace_id)
        self._leaving.evicted(oldest)

    def _order_of(self, execution: Execution) -> OrderedDict[int, Execution]:
        return self._complete if execution.trace_id in self._complete else self._under_way


def _unpacking(cold: ColdExecutions, trace_id: int, packed: bytes) -> Callable[[], Execution]:
    return lambda: cold.unpacked(trace_id, packed)
