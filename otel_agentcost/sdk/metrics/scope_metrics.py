"""A reading of the measurements as the SDK's own finished metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from otel_agentcost.engine.measurements.label_sets import Attributes
from otel_agentcost.engine.measurements.points import Metric, Reading


def sdk_metrics(
    reading: Reading,
    *,
    delta_counters: bool,
    delta_histograms: bool,
    with_exemplars: bool = True,
    even_labels: bool = False,
) -> Iterator[SdkMetric]:
    """Yield each metric of a reading. Integers become dollars here, and nowhere before.

    `even_labels`: each point of a metric has the same labels, "" where it has none. To Prometheus that is the same, and
    its older exporters give the labels of one series to another where series differ in theirs.
    """
    for metric in reading.metrics if not even_labels else map(_even, reading.metrics):
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


def _even(metric: Metric) -> Metric:
    attributes = [point.attributes for point in metric.points] or [
        point.attributes for point in metric.histogram_points
    ]
    labels = sorted({label for each in attributes for label in each})
    return metric._replace(
        points=[point._replace(attributes=_filled(point.attributes, labels)) for point in metric.points],
        histogram_points=[
            point._replace(attributes=_filled(point.attributes, labels)) for point in metric.histogram_points
        ],
    )


def _filled(attributes: Attributes, labels: Sequence[str]) -> Attributes:
    return {label: attributes.get(label, "") for label in labels}


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
