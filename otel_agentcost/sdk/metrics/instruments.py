"""Every metric as an instrument of the public API."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_agentcost.engine.measurements.catalogue import CATALOGUE, Instrument
from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.histograms import Exemplar, HistogramRow, HistogramTable
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.engine.measurements.points import Metric

MAX_WAITING = 10_000
"""Observations that wait for a collection."""


class _Waiting(Struct, frozen=True, gc=False):
    """An observation that waits; thousands may, none of which the garbage collector needs to visit."""

    instrument: Instrument
    row: HistogramRow
    exemplar: Exemplar


class Instruments:
    """Observable counters and gauges that read the measurements, and histograms that observations are recorded into.

    Nothing is recorded while a call is committed: observations wait for the next collection, or until there are many.
    What was observed cannot be taken back here, so histograms keep what a correction withdraws.
    """

    def __init__(self, measurements: Measurements, meter: Meter, collecting: Callable[[], bool]) -> None:
        """Create every instrument. `collecting` is asked once a collection, first of all, whether to report here."""
        self._measurements = measurements
        self._collecting = collecting
        self._reports = False
        self._served: set[str] = set()
        self._cursor: Cursor | None = None
        self._metrics: dict[str, Metric] = {}
        self._waiting: deque[_Waiting] = deque(maxlen=MAX_WAITING)
        self._histograms: dict[str, Histogram] = {}
        self.all: list[Any] = []
        for instrument in CATALOGUE:
            self.all.append(self._create(meter, instrument))
        self.start_recording()

    def _create(self, meter: Meter, instrument: Instrument) -> Any:
        name, unit, description = instrument.name, instrument.unit, instrument.description
        if instrument.kind == "histogram":
            bounds = [instrument.outside(bound) for bound in instrument.bounds]
            made = meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=bounds)
            self._histograms[name] = made
            return made

        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            return self._observe(instrument)

        if instrument.kind == "counter":
            return meter.create_observable_counter(name, [observe], unit, description)
        return meter.create_observable_gauge(name, [observe], unit, description)

    def _observe(self, instrument: Instrument) -> Iterable[Observation]:
        name = instrument.name
        if not self._served or name in self._served:  # the first of a collection
            self._served = set()
            self._reports = self._collecting()
            self._metrics = self._read() if self._reports else {}
        self._served.add(name)
        metric = self._metrics.get(name)
        if metric is None:
            return []
        return [Observation(instrument.outside(point.value), point.attributes) for point in metric.points]

    def _read(self) -> dict[str, Metric]:
        if self._cursor is None:
            self._cursor = Cursor(self._measurements)
        self._record_waiting()
        return {metric.instrument.name: metric for metric in self._cursor.read().metrics}

    def observed(self, table: HistogramTable, row: HistogramRow, _bucket: int, exemplar: Exemplar, /) -> None:
        """Keep an observation until it is collected."""
        self._waiting.append(_Waiting(table.instrument, row, exemplar))
        if self._reports and len(self._waiting) == MAX_WAITING:
            self._record_waiting()

    def _record_waiting(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            exemplar = waiting.exemplar
            # Marked as sampled: the SDK's own filter takes no other exemplar.
            shown_by = SpanContext(exemplar.trace_id, exemplar.span_id, False, TraceFlags(TraceFlags.SAMPLED))
            self._histograms[waiting.instrument.name].record(
                waiting.instrument.outside(exemplar.value),
                waiting.row.attributes,
                set_span_in_context(NonRecordingSpan(shown_by)),
            )

    def use(self, measurements: Measurements) -> None:
        """Report other measurements from now on: instruments can be created once only."""
        self.stop_recording()
        self._measurements = measurements
        self._cursor = None
        self.start_recording()

    def start_recording(self) -> None:
        """Keep observations from now on, for whoever will report."""
        with self._measurements.lock:
            if self not in self._measurements.watchers:
                self._measurements.watchers.append(self)

    def stop_recording(self) -> None:
        """Keep no observations any more: they are reported another way, or not at all."""
        with self._measurements.lock:
            if self in self._measurements.watchers:
                self._measurements.watchers.remove(self)
        self.forget()

    def forget(self) -> None:
        """Drop the observations that wait."""
        self._waiting.clear()
