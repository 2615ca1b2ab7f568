"""The records of executions in memory, within bounds: those that were settled first go first."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

SHARDS = 64
"""A dictionary of a million entries takes tens of milliseconds to grow; one of a sixty-fourth of them does not."""

OPEN_MAY_BE = 4
"""Open executions may take so many times what all may: whoever is recording them could not go on without."""

_LOW = 2**64 - 1
_FOREVER = 2**64
_MIN_COMPACTED = 65_536


class Dropped(NamedTuple):
    """A record that had to go, or of an open execution the most of it."""

    record: bytes
    is_settled: bool


class Shelf:
    """Records by execution id, and which of them are open. Guarded by its owner's lock.

    What grows with the number of executions is dictionaries of numbers and bytes, and an array: nothing that the
    garbage collector walks through.
    """

    def __init__(self, max_executions: int, max_bytes: int) -> None:
        self.count = 0
        self.record_bytes = 0
        self.beside_bytes = 0
        """What its owner keeps beside the records within the same bound."""
        self._max_executions = max_executions
        self._max_bytes = max_bytes
        self._shards: tuple[dict[int, bytes], ...] = tuple({} for _ in range(SHARDS))
        self._open: tuple[dict[int, int], ...] = tuple({} for _ in range(SHARDS))
        self._settled = _Queue()
        self._closed = _Queue()

    def __contains__(self, execution_id: int) -> bool:
        return execution_id in self._shards[execution_id % SHARDS]

    def get(self, execution_id: int) -> bytes | None:
        return self._shards[execution_id % SHARDS].get(execution_id)

    def put(self, execution_id: int, record: bytes, *, is_settled: bool, seen_unix_nano: int) -> None:
        """Keep the record in place of the one before. What is settled stays settled."""
        number = execution_id % SHARDS
        shard, still_open = self._shards[number], self._open[number]
        known = shard.get(execution_id)
        if known is None:
            self.count += 1
        else:
            self.record_bytes -= len(known)
        shard[execution_id] = record
        self.record_bytes += len(record)
        if not is_settled:
            still_open[execution_id] = seen_unix_nano
        elif still_open.pop(execution_id, None) is not None or known is None:
            self._settled.push(execution_id)

    def make_room(self, close: Callable[[bytes], bytes]) -> Iterator[Dropped]:
        """Drop until all fits: what was settled first, and only in the utmost need what is open.

        Of an open execution what `close` returns of its record stays for a while, the longest quiet first: so that
        nobody takes it for a new one. Of those that were closed as many stay as executions may.
        """
        while self._is_full(1) and self._settled:
            yield Dropped(self._drop(self._settled.pop()), is_settled=True)
        if self._is_full(OPEN_MAY_BE):
            some = max(self.count - self._max_executions * OPEN_MAY_BE, 1) + self._max_executions // 16  # looks at all
            for execution_id in longest_quiet(self._open, _FOREVER, some):
                record = self._drop(execution_id)
                self._shards[execution_id % SHARDS][execution_id] = close(record)
                self._closed.push(execution_id)
                yield Dropped(record, is_settled=False)
        while len(self._closed) > self._max_executions:
            execution_id = self._closed.pop()
            del self._shards[execution_id % SHARDS][execution_id]

    def records(self, number: int) -> list[tuple[int, bytes]]:
        """Return those of one shard as they are now."""
        return list(self._shards[number].items())

    def open_since(self, number: int) -> dict[int, int]:
        """Return when the open ones of a shard were last seen, as it is now."""
        return self._open[number].copy()

    def _is_full(self, times: int) -> bool:
        held_bytes = self.record_bytes + self.beside_bytes
        return self.count > self._max_executions * times or held_bytes > self._max_bytes * times

    def _drop(self, execution_id: int) -> bytes:
        number = execution_id % SHARDS
        self._open[number].pop(execution_id, None)
        record = self._shards[number].pop(execution_id)
        self.count -= 1
        self.record_bytes -= len(record)
        return record


def longest_quiet(open_since: Iterable[dict[int, int]], before_unix_nano: int, limit: int) -> list[int]:
    """Return executions last seen before then, the longest quiet first; `open_since` tells when each was seen."""
    quiet = (
        (seen, execution_id)
        for still_open in open_since
        for execution_id, seen in still_open.items()
        if seen < before_unix_nano
    )
    return [execution_id for _, execution_id in heapq.nsmallest(limit, quiet)]


class _Queue:
    """Execution ids, first in, first out, in 16 bytes each."""

    def __init__(self) -> None:
        self._halves = array("Q")
        self._start = 0

    def __len__(self) -> int:
        return (len(self._halves) - self._start) // 2

    def push(self, execution_id: int) -> None:
        self._halves.append(execution_id >> 64)
        self._halves.append(execution_id & _LOW)

    def pop(self) -> int:
        start = self._start
        execution_id = self._halves[start] << 64 | self._halves[start + 1]
        self._start = start + 2
        if self._start >= _MIN_COMPACTED and self._start * 2 > len(self._halves):
            del self._halves[: self._start]
            self._start = 0
        return execution_id
