"""Exemplars for `opentelemetry-exporter-prometheus`, which translates histograms but leaves their exemplars out.

Without them a scraped histogram cannot lead to the trace of a costly execution. Prometheus asks for the format that
carries exemplars by itself, and keeps them where it runs with `--enable-feature=exemplar-storage`.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from opentelemetry.sdk.metrics.export import Histogram, Metric, MetricsData

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

_logger = logging.getLogger("otel_agentcost")

_SCOPE_PREFIX = "otel_scope_"
_UNSAFE = re.compile(r"[^a-zA-Z0-9]+")
MAX_KEPT = 10_000
"""Buckets whose last exemplar is kept."""

ReaderT = TypeVar("ReaderT")
_Bucket = tuple[str, frozenset[tuple[str, str]], str]
"""Metric, labels and upper bound, as Prometheus spells them."""


def with_exemplars(reader: ReaderT) -> ReaderT:
    """Make a `PrometheusMetricReader` show exemplars on the buckets of every histogram that has some, and return it.

    A bucket keeps its last exemplar until there is another, so that two scrapers both see it. Where the reader is not
    built as we know it, it stays as it is, which the log says.
    """
    collector: Any = getattr(reader, "_collector", None)
    translated: Callable[[], Iterable[Family]] | None = getattr(collector, "collect", None)
    take: Callable[[MetricsData], None] | None = getattr(collector, "add_metrics_data", None)
    if translated is None or take is None:
        _logger.warning("otel_agentcost: exemplars cannot be added to a %s", type(reader).__name__)
        return reader
    kept: dict[_Bucket, Any] = {}
    prefix = f"{collector._prefix}_" if getattr(collector, "_prefix", "") else ""
    known: set[str] = set()

    def add_metrics_data(metrics_data: MetricsData) -> None:
        known.update(_histograms(metrics_data))
        for bucket, exemplar in _exemplars(metrics_data):
            kept.pop(bucket, None)  # the latest last
            kept[bucket] = exemplar
        while len(kept) > MAX_KEPT:
            kept.pop(next(iter(kept)), None)
        take(metrics_data)

    def collect() -> Iterator[Family]:
        for family in translated():
            if family.type == "histogram" and kept:
                # The family's name may have a unit behind it.
                names = [name for name in list(known) if f"{family.name}_".startswith(f"{prefix}{name}_")]
                _add(family, max(names, key=len, default=""), kept)
            yield family

    collector.add_metrics_data = add_metrics_data
    collector.collect = collect
    return reader


def _histograms(metrics_data: MetricsData) -> Iterator[str]:
    for metric in _metrics(metrics_data):
        if isinstance(metric.data, Histogram):
            yield _safe(metric.name)


def _exemplars(metrics_data: MetricsData) -> Iterator[tuple[_Bucket, Any]]:
    from prometheus_client.core import Exemplar

    for metric in _metrics(metrics_data):
        if not isinstance(metric.data, Histogram):
            continue
        for point in metric.data.data_points:
            labels = _labels(point.attributes or {})
            bounds = point.explicit_bounds
            for exemplar in sorted(point.exemplars, key=lambda each: each.value):
                index = bisect_left(bounds, exemplar.value)
                bound = str(bounds[index]) if index < len(bounds) else "+Inf"
                if exemplar.trace_id:
                    shown = {"trace_id": f"{exemplar.trace_id:032x}", "span_id": f"{exemplar.span_id or 0:016x}"}
                    when = exemplar.time_unix_nano / 1e9
                    yield (_safe(metric.name), labels, bound), Exemplar(shown, exemplar.value, when)


def _metrics(metrics_data: MetricsData) -> Iterator[Metric]:
    for resource_metrics in metrics_data.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            yield from scope_metrics.metrics


def _add(family: Family, name: str, kept: Mapping[_Bucket, Any]) -> None:
    for index, sample in enumerate(family.samples):
        if sample.name.endswith("_bucket"):
            labels = {key: value for key, value in sample.labels.items() if not key.startswith(_SCOPE_PREFIX)}
            bound = labels.pop("le", "")
            exemplar = kept.get((name, frozenset((key, value) for key, value in labels.items() if value), bound))
            if exemplar is not None:
                family.samples[index] = sample._replace(exemplar=exemplar)


def _labels(attributes: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (_safe(key), value if isinstance(value, str) else str(value).lower())
        for key, value in attributes.items() if value != ""
    )  # fmt: skip


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name)
