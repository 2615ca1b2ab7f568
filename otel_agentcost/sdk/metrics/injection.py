"""Put finished metrics into what a meter provider's readers collect.

The SDK has no instrument that reports a histogram which was added up elsewhere, and its observable counters cost
microseconds a series at each collection and fold series beyond 2,000. So the storage that the SDK keeps for each reader
is made to return our metrics beside its own. That is private to the SDK: the versions at both ends of what we support
are tested, and where the shape is another one, `Injection.reach` says so and the instruments are used instead.
"""

# pyright: reportPrivateUsage=false
# The SDK offers no public way; what is used here is checked when it is first used.

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter
from opentelemetry.sdk.metrics._internal.instrument import _Histogram, _ObservableCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricsData, ResourceMetrics, ScopeMetrics
from opentelemetry.sdk.metrics.view import DefaultAggregation, ExplicitBucketHistogramAggregation
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.sdk.guard import InternalErrors
from otel_agentcost.sdk.metrics.scope_metrics import sdk_metrics

_BEHIND = ("_real_instrument", "_instrument", "instrument", "__wrapped__")
"""Where proxies of instruments, the API's and others', keep the real one."""
_OURS = "_agentcost_injection"


def sdk_instrument(instrument: Any) -> Any:
    """Return the SDK's instrument behind any proxies, None where there is none (yet)."""
    for _ in range(5):
        if hasattr(instrument, "_measurement_consumer"):
            return instrument
        instrument = next((found for name in _BEHIND if (found := getattr(instrument, name, None)) is not None), None)
    return None


class Injection:
    """Our metrics in the collections of one meter provider. Its readers are found anew at each collection, so that one
    which is added later is not left out."""

    def __init__(self, measurements: Measurements, scope: InstrumentationScope, errors: InternalErrors) -> None:
        self._measurements = measurements
        self._scope = scope
        self._errors = errors
        self._storages: list[Any] = []
        self._cursors: list[Cursor] = []
        self._early: Cursor | None = Cursor(measurements)
        """Sees what the readers' own cursors, made at the first collection, were too late for."""
        self.collections = 0
        """How often our metrics were asked for: it shows whether the SDK still collects the way we think."""
        self.is_broken = False

    def reach(self, consumer: Any) -> None:
        """Stand in every reader's storage. Called by a callback of ours, within each collection.

        Raises:
            Exception: whatever the SDK's other shape leads to.
        """
        for reader, storage in list(consumer._reader_storages.items()):
            if not any(storage is known for known in self._storages):
                self._stand_in(storage, even_labels=_is_prometheus(reader))
        self._close_early()

    def _close_early(self) -> None:
        if self._early is not None:
            self._early.close()
            self._early = None

    def _stand_in(self, storage: Any, *, even_labels: bool) -> None:
        temporality = storage._instrument_class_temporality
        delta_counters = temporality[_ObservableCounter] is AggregationTemporality.DELTA
        delta_histograms = temporality[_Histogram] is AggregationTemporality.DELTA
        config = storage._sdk_config
        with_exemplars = not isinstance(config.exemplar_filter, AlwaysOffExemplarFilter)
        theirs: Callable[[], MetricsData | None] = storage.collect
        cursor = Cursor(self._measurements, delta_counters=delta_counters, delta_histograms=delta_histograms)
        if self._early is not None:
            cursor.take_over(self._early)

        def collect() -> MetricsData | None:
            collected = theirs()
            if self.is_broken:
                return collected
            try:
                self.collections += 1
                ours = list(
                    sdk_metrics(
                        cursor.read(),
                        delta_counters=delta_counters,
                        delta_histograms=delta_histograms,
                        with_exemplars=with_exemplars,
                        even_labels=even_labels,
                    )
                )
                return self._added(collected, ours, config.resource)
            except Exception as error:  # noqa: BLE001 - see guard.py
                self.is_broken = True
                self._errors.record("collect", error)
                return collected

        setattr(collect, _OURS, self)
        storage.collect = collect
        self._storages.append(storage)
        self._cursors.append(cursor)

    def _added(self, collected: MetricsData | None, ours: list[Any], resource: Any) -> MetricsData | None:
        if not ours:
            return collected
        scope_metrics = ScopeMetrics(self._scope, ours, self._scope.schema_url or "")
        if collected is None or not collected.resource_metrics:
            return MetricsData([ResourceMetrics(resource, [scope_metrics], resource.schema_url)])
        first, *others = collected.resource_metrics
        # One entry a scope: exporters keep the last where there are two.
        apart = [each for each in first.scope_metrics if each.scope != self._scope]
        same = [metric for each in first.scope_metrics if each.scope == self._scope for metric in each.metrics]
        joined = ScopeMetrics(self._scope, [*same, *ours], self._scope.schema_url or "")
        return MetricsData([ResourceMetrics(first.resource, [*apart, joined], first.schema_url), *others])

    def leave(self) -> None:
        """Take our metrics out again."""
        self.is_broken = True
        for storage in self._storages:
            if getattr(storage.__dict__.get("collect"), _OURS, None) is self:
                del storage.collect
        for cursor in self._cursors:
            cursor.close()
        self._close_early()


def _is_prometheus(reader: Any) -> bool:
    return any(base.__name__ == "PrometheusMetricReader" for base in type(reader).__mro__)


def is_configured(consumer: Any, instruments: Iterable[Any]) -> bool:
    """Return whether the application says itself how one of these instruments is to be reported.

    That is a view that matches one, or a reader that wants other histograms than those of explicit buckets.
    """
    views = consumer._sdk_config.views
    if any(view._match(instrument) for view in views for instrument in instruments):
        return True
    return any(
        not isinstance(
            storage._instrument_class_aggregation[_Histogram], (DefaultAggregation, ExplicitBucketHistogramAggregation)
        )
        for storage in consumer._reader_storages.values()
    )
