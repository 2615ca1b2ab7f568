"""The sums of each day in memory, by dimension and key, within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.sums import Sums

Place: TypeAlias = tuple[int, Dimension, str]
"""Day, dimension and key."""

OTHER = "(other)"
"""The key that stands for those of a single day that has more than fit."""

_MOST = 2**63 - 1


class Snapshot:
    """Sums of some days, to be read without the lock."""

    def __init__(self, days: Iterable[tuple[int, dict[str, bytes]]]) -> None:
        self._days = tuple(days)

    def rows(self, only: str | None) -> Iterator[tuple[int, str, Sums]]:
        """Yield day, key and sums, day by day: of one key, or of all."""
        decode = msgspec.msgpack.Decoder(list[int]).decode
        for day, rows in self._days:
            wanted = rows if only is None else {only: rows[only]} if only in rows else {}
            for key, packed in wanted.items():
                yield day, key, Sums._make(decode(packed))


class DaySums:
    """Sums by day, dimension and key. Where there are too many, the oldest days go first. Guarded by its owner's lock.

    Each is kept as bytes: a quarter of the size of a tuple of numbers, and the garbage collector does not look at it.
    """

    def __init__(self, max_sums: int) -> None:
        self.since_day: int | None = None
        """The first day that is whole, once any was dropped."""
        self._max_sums = max_sums
        self._count = 0
        self._days: dict[int, dict[Dimension, dict[str, bytes]]] = {}
        self._last_starts: dict[int, int] = {}
        self._keys: dict[str, str] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[int]).decode

    def __len__(self) -> int:
        return self._count

    def add(self, sums: Mapping[Place, Sequence[Sums]]) -> None:
        """Add to each place all of its sums."""
        for (day, dimension, key), added in sums.items():
            rows = self._rows_of(day, dimension)
            if rows is None:
                continue
            known = rows.get(key)
            if known is None:
                place = self._new(day, rows, key)
                if place is None:
                    continue
                known = rows.get(place)
            else:
                place = key
            if known is not None:
                rows[place] = self._packed(list(map(sum, zip(self._decode(known), *added, strict=True))))
            elif len(added) == 1:
                rows[place] = self._packed(added[0])
            else:
                rows[place] = self._packed(list(map(sum, zip(*added, strict=True))))

    def note_start(self, day: int, start_unix_nano: int) -> None:
        """Note that a call of that day started then."""
        if start_unix_nano > self._last_starts.get(day, -1) and (self.since_day is None or day >= self.since_day):
            self._last_starts[day] = start_unix_nano

    def last_start(self, day: int) -> int:
        """Return when the last call that a day ever had started; -1 where it had none."""
        return self._last_starts.get(day, -1)

    def snapshot(self, dimension: Dimension, first_day: int, after_day: int) -> Snapshot:
        """Return the sums of a dimension for the days from `first_day` on and before `after_day`, as they are now."""
        return Snapshot(
            (day, self._days[day][dimension].copy())
            for day in sorted(self._days)
            if first_day <= day < after_day and dimension in self._days[day]
        )

    def _packed(self, sums: Sequence[int]) -> bytes:
        try:
            return self._encode(sums)
        except OverflowError:  # only what malformed spans claim adds up to so much
            return self._encode([max(-_MOST, min(_MOST, amount)) for amount in sums])

    def _rows_of(self, day: int, dimension: Dimension) -> dict[str, bytes] | None:
        """Return a day's sums by key; None where the day was dropped."""
        if self.since_day is not None and day < self.since_day:
            return None
        dimensions = self._days.get(day)
        if dimensions is None:
            dimensions = self._days[day] = {}
        rows = dimensions.get(dimension)
        if rows is None:
            rows = dimensions[dimension] = {}
        return rows

    def _new(self, day: int, rows: dict[str, bytes], key: str) -> str | None:
        """Return the key to use for one that the day has not had yet; None where the day had to go to make room."""
        if self._count >= self._max_sums:
            if len(self._days) == 1:
                self._count += OTHER not in rows
                return OTHER
            oldest = min(self._days)
            self._drop(oldest)
            if oldest == day:
                return None
        self._count += 1
        return self._keys.setdefault(key, key)  # one text for all days

    def _drop(self, day: int) -> None:
        self._count -= sum(map(len, self._days.pop(day).values()))
        self._last_starts = {each: start for each, start in self._last_starts.items() if each > day}
        self.since_day = day + 1
        self._keys.clear()  # keeps no text alive that only this day had
