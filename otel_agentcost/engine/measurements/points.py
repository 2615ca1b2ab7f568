"""What a reader is told: metrics and their points, still in integers."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.engine.measurements.catalogue import Instrument
from otel_agentcost.engine.measurements.histograms import Exemplar
from otel_agentcost.engine.measurements.label_sets import Attributes


class Point(NamedTuple):
    """One series of a counter or gauge."""

    attributes: Attributes
    value: int


class HistogramPoint(NamedTuple):
    """One series of a histogram. The buckets are those of the instrument's bounds, and one above them."""

    attributes: Attributes
    observations: int
    sum: int
    bucket_counts: tuple[int, ...]
    lowest: int
    highest: int
    exemplars: tuple[Exemplar, ...]


class Metric(NamedTuple):
    """One metric with the points that have anything to show. Values are in the instrument's integers."""

    instrument: Instrument
    points: list[Point]
    histogram_points: list[HistogramPoint]


class Reading(NamedTuple):
    """All metrics at one moment. Deltas tell of the time from `since_unix_nano` on, all others from the start on."""

    start_unix_nano: int
    since_unix_nano: int
    time_unix_nano: int
    metrics: list[Metric]
