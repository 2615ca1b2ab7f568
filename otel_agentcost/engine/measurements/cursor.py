"""Cursor: what one reader was told, and what it is to be told next."""

from __future__ import annotations

from collections.abc import Iterator

from otel_agentcost.engine.measurements import catalogue
from otel_agentcost.engine.measurements.catalogue import CATALOGUE
from otel_agentcost.engine.measurements.counters import CounterRow
from otel_agentcost.engine.measurements.histograms import Exemplar, HistogramRow, HistogramTable
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.engine.measurements.points import HistogramPoint, Metric, Point, Reading
from otel_agentcost.engine.measurements.tables import Tables
from otel_agentcost.model import names

MAX_EXEMPLARS = 4
"""Of each point: one from each of the dearest buckets."""


class _Seen:
    """What was observed of one histogram row since the last reading: the extremes, and the dearest of each bucket."""

    __slots__ = ("dearest", "highest", "lowest")

    def __init__(self, value: int) -> None:
        self.lowest = self.highest = value
        self.dearest: dict[int, Exemplar] = {}


class Cursor:
    """One reader of the measurements, with exemplars, extremes and differences of its own.

    Two readers of different intervals, one of them cumulative, one of deltas: neither takes anything from the other.
    """

    def __init__(
        self, measurements: Measurements, *, delta_counters: bool = False, delta_histograms: bool = False
    ) -> None:
        self.delta_counters = delta_counters
        self.delta_histograms = delta_histograms
        self._measurements = measurements
        self._counted: dict[CounterRow, list[int]] = {}
        self._bucketed: dict[HistogramRow, tuple[list[int], int]] = {}
        self._seen: dict[HistogramRow, _Seen] = {}
        self._told: dict[str, int] = {}
        with measurements.lock:
            self._tables = measurements.tables
            self._since = measurements.start_unix_nano
            measurements.watchers.append(self)

    def take_over(self, earlier: Cursor) -> None:
        """See what another cursor has seen since it read last."""
        with self._measurements.lock:
            for row, seen in earlier._seen.items():
                taken = self._seen[row] = _Seen(seen.lowest)
                taken.highest = seen.highest
                taken.dearest = dict(seen.dearest)

    def close(self) -> None:
        """Be told of nothing any more."""
        with self._measurements.lock:
            if self in self._measurements.watchers:
                self._measurements.watchers.remove(self)

    def observed(self, _table: HistogramTable, row: HistogramRow, bucket: int, exemplar: Exemplar, /) -> None:
        """Remember what an observation shows beyond its count."""
        value = exemplar.value
        seen = self._seen.get(row)
        if seen is None:
            seen = self._seen[row] = _Seen(value)
        elif value < seen.lowest:
            seen.lowest = value
        elif value > seen.highest:
            seen.highest = value
        dearest = seen.dearest.get(bucket)
        if exemplar.trace_id and (dearest is None or value > dearest.value):
            seen.dearest[bucket] = exemplar

    def read(self) -> Reading:
        """Return every metric that has anything to show, all of one moment."""
        measurements = self._measurements
        health = measurements.read_health()  # outside the lock: it asks others, which have locks of their own
        now = measurements.clock()
        points: dict[str, list[Point]] = {}
        with measurements.lock:
            if self._tables is not measurements.tables:
                self._begin_anew()
            tables, start, since = self._tables, measurements.start_unix_nano, self._since
            for name, point in self._counters(tables):
                points.setdefault(name, []).append(point)
            histograms = {
                table.instrument.name: [point for row in table if (point := self._histogram_point(row)) is not None]
                for table in tables.histograms
            }
            points[catalogue.SPEND_RATE.name] = [Point({}, tables.rate.nano_usd_per_hour(now))]
            self._seen.clear()
            self._since = now
            for name, count in tables.turned_away():
                self._tell(points, catalogue.LABELS_OVERFLOW.name, Point({names.METRIC: name}, count))
            for instrument, value in health.items():
                if instrument.kind == "counter":
                    self._tell(points, instrument.name, Point({}, value))
                else:
                    points[instrument.name] = [Point({}, value)]
        metrics = [
            Metric(instrument, points.get(instrument.name, []), histograms.get(instrument.name, []))
            for instrument in CATALOGUE
            if points.get(instrument.name) or histograms.get(instrument.name)
        ]
        return Reading(start, since, now, metrics)

    def _begin_anew(self) -> None:
        self._tables = self._measurements.tables
        self._since = self._measurements.start_unix_nano
        for book in (self._counted, self._bucketed, self._told):
            book.clear()

    def _counters(self, tables: Tables) -> Iterator[tuple[str, Point]]:
        for table in tables.counters:
            columns = table.columns
            for row in table:
                shown = values = row.show()
                if self.delta_counters:
                    told = self._counted.get(row)
                    self._counted[row] = shown
                    if told is not None:
                        values = [value - before for value, before in zip(shown, told, strict=True)]
                for index, value in enumerate(values):
                    if value:
                        yield columns[index].instrument.name, Point(row.attributes[index], value)

    def _histogram_point(self, row: HistogramRow) -> HistogramPoint | None:
        counts, total = row.show()
        seen = self._seen.get(row)
        lowest, highest = row.lowest, row.highest
        if self.delta_histograms:
            told = self._bucketed.get(row)
            shown = counts, total
            if told is not None:
                counts = [value - before for value, before in zip(counts, told[0], strict=True)]
                total -= told[1]
            if any(counts):  # else the sum waits: it may have grown by a correction within one bucket
                self._bucketed[row] = shown
            if seen is not None:
                lowest, highest = seen.lowest, seen.highest
        count = sum(counts)
        if not count:
            return None
        exemplars = sorted(seen.dearest.items(), reverse=True)[:MAX_EXEMPLARS] if seen is not None else ()
        return HistogramPoint(
            row.attributes, count, total, tuple(counts), lowest, highest, tuple(exemplar for _, exemplar in exemplars)
        )

    def _tell(self, points: dict[str, list[Point]], name: str, point: Point) -> None:
        """Add a count that others keep, and that may begin again without our knowing."""
        key = f"{name} {point.attributes}"
        told = self._told.get(key, 0)
        value = max(told, point.value)
        self._told[key] = value
        if not self.delta_counters:
            points.setdefault(name, []).append(point._replace(value=value))
        elif value > told:
            points.setdefault(name, []).append(point._replace(value=value - told))
