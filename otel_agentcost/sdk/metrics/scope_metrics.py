"""A reading of the measurements as the SDK's own finished metrics."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.sdk.metrics import Exemplar as SdkExemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    DataT,
    Gauge,
    Histogram,
    HistogramDataPoint,
    NumberDataPoint,
    Sum,
)
from opentelemetry.sdk.metrics.export import (
    Metric as SdkMetric,
)

from otel_agentcost.engine.measurements.histograms import Exemplar
from otel_agentcost.engine.measurements.points import Metric, Reading


def sdk_metrics(
    reading: Reading, *, delta_counters: bool, delta_histograms: bool, with_exemplars: bool = True
) -> Iterator[SdkMetric]:
    """Yield each metric of a reading. Integers become dollars here, and nowhere before."""
    for metric in reading.metrics:
        instrument = metric.instrument
        if instrument.kind == "counter":
            temporality, start = _time(reading, delta_counters)
            data: DataT = Sum(_numbers(metric, start, reading.time_unix_nano), temporality, is_monotonic=True)
        elif instrument.kind == "gauge":
            data = Gauge(_numbers(metric, reading.start_unix_nano, reading.time_unix_nano))
        else:
            temporality, start = _time(reading, delta_histograms)
            data = Histogram(_histograms(metric, start, reading.time_unix_nano, with_exemplars), temporality)
        yield SdkMetric(instrument.name, instrument.description, instrument.unit, data)


def _time(reading: Reading, is_delta: bool) -> tuple[AggregationTemporality, int]:
    if is_delta:
        return AggregationTemporality.DELTA, reading.since_unix_nano
    return AggregationTemporality.CUMULATIVE, reading.start_unix_nano


def _numbers(metric: Metric, start: int, now: int) -> list[NumberDataPoint]:
    outside = metric.instrument.outside
    return [NumberDataPoint(point.attributes, start, now, outside(point.value)) for point in metric.points]


def _histograms(metric: Metric, start: int, now: int, with_exemplars: bool) -> list[HistogramDataPoint]:
    outside = metric.instrument.outside
    bounds = [outside(bound) for bound in metric.instrument.bounds]
    return [
        HistogramDataPoint(
            attributes=point.attributes,
            start_time_unix_nano=start,
            time_unix_nano=now,
            count=point.observations,
            sum=outside(point.sum),
            bucket_counts=list(point.bucket_counts),
            explicit_bounds=bounds,
            min=outside(point.lowest),
            max=outside(point.highest),
            exemplars=[_exemplar(metric, each) for each in point.exemplars] if with_exemplars else [],
        )
        for point in metric.histogram_points
    ]


def _exemplar(metric: Metric, exemplar: Exemplar) -> SdkExemplar:
    return SdkExemplar(
        {}, metric.instrument.outside(exemplar.value), exemplar.time_unix_nano, exemplar.span_id, exemplar.trace_id
    )
