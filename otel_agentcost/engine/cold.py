"""Executions that are quiet for a moment, packed into bytes: the garbage collector need not visit those, however many.

An execution held as objects costs some 4 KB and two dozen objects that a full collection visits, so that 100,000 of
them stop the process for a quarter of a second. Packed, it costs a few hundred bytes and no visit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from otel_agentcost.engine.packing import pack, pack_fact, unpack
from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.model.outcome import DUPLICATE, Reason

_BUCKETS = 8
"""A look for an execution that is not there looks into each of these."""

_SHARDS = 16
"""A dictionary of a million entries stops everybody for 30 ms when it grows; a sixteenth of it does not."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class _Bucket(NamedTuple):
    """Executions packed since it was begun. Dictionaries of integers and bytes are invisible to the collector."""

    begun_unix_nano: int
    shards: tuple[dict[int, bytes], ...]

    def pop(self) -> tuple[int, bytes] | None:
        """Take out any of them; None where there is none."""
        for shard in self.shards:
            if shard:
                return shard.popitem()
        return None


class ColdExecutions:
    """Packed executions by trace id, in buckets by the time at which they were packed. Not thread-safe.

    Args:
        patience_nano: quiet for so long, an execution expires (up to an eighth later: a bucket goes as a whole).
        max_spans: kept of an execution that is unpacked.
    """

    __slots__ = ("_buckets", "_count", "_max_spans", "_patience_nano")

    def __init__(self, patience_nano: int, max_spans: int) -> None:
        self._patience_nano = patience_nano
        self._max_spans = max_spans
        self._buckets: deque[_Bucket] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, execution: Execution, now_unix_nano: int) -> None:
        """Pack an execution."""
        buckets = self._buckets
        if not buckets or now_unix_nano - buckets[-1].begun_unix_nano >= self._patience_nano // _BUCKETS:
            buckets.append(_Bucket(now_unix_nano, tuple(dict[int, bytes]() for _ in range(_SHARDS))))
        trace_id = execution.trace_id
        buckets[-1].shards[trace_id % _SHARDS][trace_id] = _pack(execution)
        self._count += 1

    def take(self, trace_id: int) -> Execution | None:
        """Unpack an execution and forget it here; None where it is not here."""
        if not self._count:
            return None
        number = trace_id % _SHARDS
        for bucket in reversed(self._buckets):
            packed = bucket.shards[number].pop(trace_id, None)
            if packed is not None:
                self._count -= 1
                return _unpack(trace_id, packed, self._max_spans)
        return None

    def take_expired(self, now_unix_nano: int, limit: int) -> Iterator[tuple[int, bytes]]:
        """Take out at most `limit` executions that have been quiet for long, still packed."""
        buckets = self._buckets
        while buckets and limit > 0:
            bucket = buckets[0]
            if now_unix_nano - bucket.begun_unix_nano < self._patience_nano + self._patience_nano // _BUCKETS:
                return
            while limit > 0:
                oldest = bucket.pop()
                if oldest is None:
                    buckets.popleft()
                    break
                self._count -= 1
                limit -= 1
                yield oldest

    def take_oldest(self) -> tuple[int, bytes] | None:
        """Take out one of those that were packed first, still packed; None where there is none."""
        while self._buckets:
            oldest = self._buckets[0].pop()
            if oldest is not None:
                self._count -= 1
                return oldest
            self._buckets.popleft()
        return None

    def unpacked(self, trace_id: int, packed: bytes) -> Execution:
        return _unpack(trace_id, packed, self._max_spans)

    def clear(self) -> None:
        """Forget all."""
        self._buckets.clear()
        self._count = 0

    def take_all(self) -> Iterator[Execution]:
        """Unpack all, and forget them here."""
        while (oldest := self.take_oldest()) is not None:
            yield self.unpacked(*oldest)


def _pack(execution: Execution) -> bytes:
    elsewhere = [
        (span_id, verdict.payer_span_id)
        for span_id, verdict in execution.verdicts.items()
        if verdict.reason == Reason.SAME_CALL_IN_ANOTHER_TRACE
    ]
    links = [link for link in execution.parents.items() if link[0] not in execution.facts]
    return _encoder.encode(
        (
            execution.root_name, execution.root_span_id, execution.is_complete,
            execution.start_unix_nano, execution.end_unix_nano, execution.seen_unix_nano,
            execution.corrections, elsewhere, pack(map(pack_fact, execution.facts.values()), links),
        )
    )  # fmt: skip


def _unpack(trace_id: int, packed: bytes, max_spans: int) -> Execution:
    root_name, root_span_id, is_complete, start, end, seen, corrections, elsewhere, segment = _decoder.decode(packed)
    execution = Execution(trace_id, max_spans)
    facts, links = unpack(trace_id, segment)
    for link in links:
        execution.close(*link)
    for fact in facts:
        execution.record(fact)
        execution.close(fact.span_id, fact.parent_span_id)
    for span_id, payer_span_id in elsewhere:
        execution.correct(span_id, Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, payer_span_id))
    execution.root_name, execution.root_span_id, execution.is_complete = root_name, root_span_id, is_complete
    execution.start_unix_nano, execution.end_unix_nano, execution.seen_unix_nano = start, end, seen
    execution.corrections = corrections
    return execution
