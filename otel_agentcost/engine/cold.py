"""Executions that are quiet for a moment, packed into bytes, so that a million of them fit into memory.

An execution held as objects costs some 3 KB, and one more for each span. Packed, it costs a few hundred bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder
from msgspec.structs import astuple

from otel_agentcost.ledger.execution import Execution
from otel_agentcost.ledger.relations import Relations, RelationsAtRest
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.total import Total
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import Reading

_BUCKETS = 8
"""A look for an execution that is not there looks into each of these."""

_SHARDS = 16
"""A dictionary of a million entries stops everybody for 30 ms when it grows; a sixteenth of it does not."""

_Span = tuple[int, int, str, str, int, int, Reading | None, Quote | None, Identity, int]
_PARTS_OF = attrgetter(*Fact.__struct_fields__[1:])


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

    def put(self, execution: Execution, now_unix_nano: int) -> bool:
        """Pack an execution; False where that cannot be."""
        packed = _pack(execution)
        if packed is None:
            return False
        buckets = self._buckets
        if not buckets or now_unix_nano - buckets[-1].begun_unix_nano >= self._patience_nano // _BUCKETS:
            buckets.append(_Bucket(now_unix_nano, tuple(dict[int, bytes]() for _ in range(_SHARDS))))
        trace_id = execution.trace_id
        buckets[-1].shards[trace_id % _SHARDS][trace_id] = packed
        self._count += 1
        return True

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


class _AtRest(Struct, array_like=True, gc=False):
    """All that an execution knows, but the trace id that it is found by, which has more bits than can be packed."""

    facts: list[_Span]
    parents: dict[int, int]
    verdicts: dict[int, Verdict]
    below: dict[int, Total]
    relations: RelationsAtRest
    judged_extent: tuple[int, int]
    root_name: str | None
    root_span_id: int
    is_complete: bool
    beyond: None
    charged_nano_usd: int
    corrections: int
    superseded: bool
    start_unix_nano: int
    end_unix_nano: int
    seen_unix_nano: int


_encoder = Encoder()
_decoder = Decoder(_AtRest)


def _pack(execution: Execution) -> bytes | None:
    """Return an execution as bytes; None where it holds what bytes cannot."""
    _, _, facts, parents, verdicts, below, relations, *others = astuple(execution)
    if execution.beyond is not None:
        return None
    try:
        return _encoder.encode(
            (list(map(_PARTS_OF, facts.values())), parents, verdicts, below, relations.at_rest(), *others)
        )
    except (UnicodeEncodeError, OverflowError):  # an odd span
        return None


def _unpack(trace_id: int, packed: bytes, max_spans: int) -> Execution:
    rows, parents, verdicts, below, relations, *others = astuple(_decoder.decode(packed))
    people = {NOBODY: NOBODY}  # equal ones are one object again
    facts: dict[int, Fact] = {}
    for row in rows:
        fact = facts[row[0]] = Fact(trace_id, *row)
        fact.identity = people.setdefault(fact.identity, fact.identity)
    return Execution(
        trace_id, max_spans, facts, parents, verdicts, below, Relations.woken(relations, facts, parents), *others
    )
