"""Histograms with exact buckets, whose observations may be withdrawn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from otel_agentcost.engine.measurements.catalogue import Instrument
from otel_agentcost.engine.measurements.label_sets import Attributes, Key, LabelSets

UNSEEN = 1 << 63
"""Above every value; values are not negative."""


class Exemplar(Struct, frozen=True, gc=False):
    """One observation, and the span that shows it. Ids are 0 where there is none."""

    value: int
    time_unix_nano: int
    trace_id: int
    span_id: int


class HistogramRow:
    """The observations of one label set, as they are and as readers were told; a bucket that readers saw never shrinks.

    `lowest` and `highest` tell of all that was ever observed, what was withdrawn since included.
    """

    __slots__ = ("attributes", "counts", "highest", "lowest", "shown_counts", "shown_sum", "sum")

    def __init__(self, attributes: Attributes, buckets: int) -> None:
        self.attributes = attributes
        self.counts = [0] * buckets
        self.shown_counts = [0] * buckets
        self.sum = 0
        self.shown_sum = 0
        self.lowest = UNSEEN
        self.highest = -1

    def show(self) -> tuple[list[int], int]:
        """Return the counts of the buckets and the sum that a reader may be told."""
        if self.shown_counts != self.counts:
            self.shown_counts = [max(pair) for pair in zip(self.shown_counts, self.counts, strict=True)]
        self.shown_sum = max(self.shown_sum, self.sum)
        return self.shown_counts, self.shown_sum


class Watcher(Protocol):
    """Is told of each observation as it is made, since what is summed up does not remember it."""

    def observed(self, table: HistogramTable, row: HistogramRow, bucket: int, exemplar: Exemplar, /) -> None: ...


class HistogramTable:
    """The rows of one histogram. Not thread-safe."""

    __slots__ = ("_watchers", "instrument", "sets")

    def __init__(self, instrument: Instrument, labels: Sequence[str], limit: int, watchers: Sequence[Watcher]) -> None:
        self.instrument = instrument
        self.sets: LabelSets[HistogramRow] = LabelSets(labels, limit, self._make)
        self._watchers = watchers

    def _make(self, attributes: Attributes) -> HistogramRow:
        return HistogramRow(attributes, len(self.instrument.bounds) + 1)

    def observe(self, key: Key, exemplar: Exemplar) -> None:
        """Count an observation; a value that equals a bound belongs below it."""
        row = self.sets.row(key)
        value = exemplar.value
        bucket = bisect_left(self.instrument.bounds, value)
        row.lowest = min(row.lowest, value)
        row.highest = max(row.highest, value)
        row.counts[bucket] += 1
        row.sum += value
        for watcher in self._watchers:
            watcher.observed(self, row, bucket, exemplar)

    def withdraw(self, key: Key, value: int) -> None:
        """Take an observation back, whoever made it: another process may have."""
        row = self.sets.row(key)
        row.counts[bisect_left(self.instrument.bounds, value)] -= 1
        row.sum -= value

    def __iter__(self) -> Iterator[HistogramRow]:
        return iter(self.sets)
