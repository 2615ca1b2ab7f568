"""Ties of calls in memory: rows of bytes, the oldest first, and a table that finds them by their key."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from otel_agentcost.model.books import Change, Tie, Tied

KEPT_NANO = 86_400_000_000_000

Packed: TypeAlias = tuple[int, int, bytes]
"""The key and the end of a tie that is to be added, and all of it as bytes."""

_TIE = struct.Struct("=qqqQQ")
"""Key, start, end and the two halves of the execution's id."""
_BEHIND = struct.Struct("=qQ")
"""Of a row and those that it leads to the latest end; and the number of the row that it leads to."""
_ROW = struct.Struct("=qqqQQqQ")
_ENTRY_BYTES = 8
_LOW = 2**64 - 1
_SMALLEST_TABLE = 256
_ROWS_AN_ENTRY = 2
_GROWS = 16
"""Others wait while the table grows, so it does so twice in all."""
_NEAR = 4


def packed_ties(change: Change) -> list[Packed]:
    """Return what `Ties.add` takes of a change.

    Raises:
        OverflowError: a time is beyond 64 bits.
    """
    if not change.ties:
        return []
    high, low = change.execution_id >> 64, change.execution_id & _LOW
    try:
        return [(key, end, _TIE.pack(key, start, end, high, low)) for key, start, end in change.ties]
    except struct.error as error:
        raise OverflowError(str(error)) from None


def merged(ties: Iterable[Tie]) -> list[Tie]:
    """Return one tie a key, of the time of all that have it."""
    found: dict[int, Tie] = {}
    for tie in ties:
        other = found.setdefault(tie.key, tie)
        if other is not tie:
            found[tie.key] = Tie(tie.key, min(tie[1], other[1]), max(tie[2], other[2]))
    return list(found.values())


class Ties:
    """The ties that were added last, as many as fit. Guarded by its owner's lock.

    A row takes 56 bytes, and the table a little beside it: a dictionary of numbers would take three times as much. Rows
    are numbered from 1 on and leave in their order; an entry that leads to one that has left is as good as empty, so
    nothing has to be taken out of the table.

    An entry leads to its latest row, and each row to the one before it. Time goes on, so that those further behind end
    earlier: a search ends where all that is behind ended too early, and costs the same however much a day has had.

    Args:
        max_bytes: that the rows may take.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._largest_table = max(_SMALLEST_TABLE, max_bytes // _ROW.size // _ROWS_AN_ENTRY + 1)
        self._rows = bytearray()
        self._first = 1
        self._next = 1
        self._table = _table(_SMALLEST_TABLE)

    def __len__(self) -> int:
        return self._next - self._first

    @property
    def bytes(self) -> int:
        """What rows and table take."""
        return len(self._rows) + (_ENTRY_BYTES * len(self._table) if self._rows else 0)

    def add(self, ties: Sequence[Packed]) -> None:
        """Add ties of a change that is written."""
        rows, first, table = self._rows, self._first, self._table
        size = len(table)
        for number, (key, end, packed) in enumerate(ties, self._next):
            place = key % size
            behind = table[place]
            table[place] = number
            if behind >= first:
                (latest_end,) = _LATEST_END(rows, (behind - first) * _ROW.size + _TIE.size)
                end = max(end, latest_end)  # noqa: PLW2901 - of the row and those behind it
            rows += packed
            rows += _BEHIND.pack(end, behind)
        self._next += len(ties)
        if len(self) > _ROWS_AN_ENTRY * size < _ROWS_AN_ENTRY * self._largest_table:
            self._grow()

    def find(self, wanted: Iterable[Tie]) -> list[Tied]:
        """Return the ties that have the key of one of these and overlap it."""
        rows, first, table, unpack, row_bytes = self._rows, self._first, self._table, _ROW.unpack_from, _ROW.size
        size = len(table)
        found: list[Tied] = []
        for wanted_key, since, until in wanted:
            row = table[wanted_key % size]
            while row >= first:
                key, start, end, high, low, latest_end, row = unpack(rows, (row - first) * row_bytes)
                if latest_end < since:
                    break
                if key == wanted_key and start <= until and end >= since:
                    found.append(Tied(Tie(key, start, end), high << 64 | low))
        return found

    def make_room(self, is_kept: Callable[[int], bool], since_unix_nano: int = -(2**63)) -> None:
        """Drop the oldest until all fit, and from there on those whose execution is not kept or that are too old."""
        gone = max(0, -(-(len(self._rows) - self._max_bytes) // _ROW.size))
        count = len(self)
        while gone < count:
            _, _, end, high, low, _, _ = _ROW.unpack_from(self._rows, gone * _ROW.size)
            if end >= since_unix_nano and is_kept(high << 64 | low):
                break
            gone += 1
        if gone:
            del self._rows[: gone * _ROW.size]
            self._first += gone

    def _grow(self) -> None:
        size = _GROWS * len(self._table)
        self._table = _table(self._largest_table if _NEAR * size > self._largest_table else size)
        rows = self._rows
        self._rows = bytearray()
        self._next = self._first
        self.add([_packed_at(rows, at) for at in range(0, len(rows), _ROW.size)])


_KEY_AND_END = struct.Struct("=q8xq").unpack_from
_LATEST_END = struct.Struct("=q").unpack_from


def _packed_at(rows: bytearray, at: int) -> Packed:
    key, end = _KEY_AND_END(rows, at)
    return key, end, bytes(rows[at : at + _TIE.size])


def _table(size: int) -> array[int]:
    return array("Q", bytes(_ENTRY_BYTES * size))
