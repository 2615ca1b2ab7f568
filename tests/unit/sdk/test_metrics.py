"""Metrics in what a meter provider's readers collect, on whatever SDK is installed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from opentelemetry.metrics import _internal as api
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)

from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.model import names
from otel_agentcost.sdk.metrics.attach import attach
from otel_agentcost.sdk.scope import SCOPE
from tests.unit.engine.commits import NOON, Clock, call, committed, measurements

from .reading_metrics import DELTA, numbers, ours, provider, reported


@pytest.fixture(autouse=True)
def nothing_fails_in_silence(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert not [record for record in caplog.records if "failed inside" in record.getMessage()]


def test_a_reader_gets_every_metric_as_dollars_and_with_its_unit() -> None:
    measured, reader = reported()
    measured.committed(committed(call(1, 1_234_567), call(2, 1, agent="writer"), settles=True))
    found = ours(reader.get_metrics_data())
    cost = found[names.METRIC_COST]
    assert (cost.unit, cost.data.is_monotonic) == ("{USD}", True)
    assert cost.data.aggregation_temporality is AggregationTemporality.CUMULATIVE
    assert numbers(cost) == {"planner": 0.001234567, "writer": 1e-9}
    assert numbers(found[names.METRIC_CALLS]) == {"planner": 1, "writer": 1}
    (point,) = found[names.METRIC_OPERATION_COST].data.data_points
    assert (point.count, point.sum, point.min, point.max) == (2, 0.001234568, 1e-9, 0.001234567)
    assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
    assert (point.explicit_bounds[0], point.explicit_bounds[-1]) == (0.0001, 1000)
    assert (point.start_time_unix_nano, point.time_unix_nano) == (NOON, NOON)
    assert found[names.METRIC_OPERATION_COST].unit == "{cost}"
    assert found[names.METRIC_SPEND_RATE].data.data_points[0].value == 0.014814816


def test_what_is_reported_can_be_printed_as_json() -> None:
    measured, reader = reported()
    measured.committed(committed(call(), settles=True))
    data = reader.get_metrics_data()
    assert data is not None
    assert names.METRIC_EXECUTION_COST in data.to_json()


def test_metrics_of_the_application_and_ours_do_not_hide_each_other() -> None:
    reader = InMemoryMetricReader()
    meters = provider(reader)
    attach(measurements(), meters)
    meters.get_meter("shop").create_counter("orders").add(1)
    meters.get_meter(SCOPE, None).create_counter("of.the.same.scope").add(1)
    data = reader.get_metrics_data()
    assert data is not None
    (resource_metrics,) = data.resource_metrics
    assert resource_metrics.resource.attributes["service.name"] == "shop"
    names_found = [metric.name for scope in resource_metrics.scope_metrics for metric in scope.metrics]
    assert {"orders", "of.the.same.scope", names.METRIC_SPEND_RATE} <= set(names_found)


def test_a_reader_of_deltas_is_told_differences_and_a_cumulative_one_beside_it_sums() -> None:
    sums, deltas = InMemoryMetricReader(), InMemoryMetricReader(preferred_temporality=DELTA)
    clock = Clock()
    measured = measurements(clock)
    attach(measured, provider(sums, deltas))
    told: list[tuple[Any, ...]] = []
    for span_id, cost in ((1, 100_000_000), (2, 200_000_000)):
        measured.committed(committed(call(span_id, cost)))
        clock.pass_seconds(10)
        for reader in (sums, deltas):
            found = ours(reader.get_metrics_data())
            (count,) = found[names.METRIC_COST].data.data_points
            (observed,) = found[names.METRIC_OPERATION_COST].data.data_points
            told.append(
                (count.value, observed.count, observed.sum, observed.min, [e.span_id for e in observed.exemplars])
            )
            since = 0 if reader is sums else (span_id - 1) * 10
            assert observed.start_time_unix_nano == NOON + since * 1_000_000_000
            assert observed.time_unix_nano == clock.now
    assert told == [
        (0.1, 1, 0.1, 0.1, [1]),
        (0.1, 1, 0.1, 0.1, [1]),
        (0.3, 2, 0.3, 0.1, [2]),
        (0.2, 1, 0.2, 0.2, [2]),
    ]
    again = ours(deltas.get_metrics_data())
    assert names.METRIC_COST not in again
    assert names.METRIC_OPERATION_COST not in again


def test_an_exemplar_links_a_bucket_to_the_span_that_filled_it() -> None:
    measured, reader = reported()
    measured.committed(committed(call(7, 5_000_000, trace_id=0xFEED), settles=True, trace_id=0xFEED, root_span_id=3))
    found = ours(reader.get_metrics_data())
    (exemplar,) = found[names.METRIC_OPERATION_COST].data.data_points[0].exemplars
    assert (exemplar.trace_id, exemplar.span_id, exemplar.value) == (0xFEED, 7, 0.005)
    (exemplar,) = found[names.METRIC_EXECUTION_COST].data.data_points[0].exemplars
    assert (exemplar.trace_id, exemplar.span_id) == (0xFEED, 3)


def test_who_wants_no_exemplars_gets_none() -> None:
    measured, reader = reported(exemplar_filter=AlwaysOffExemplarFilter())
    measured.committed(committed(call()))
    assert not ours(reader.get_metrics_data())[names.METRIC_OPERATION_COST].data.data_points[0].exemplars


class Kept(MetricExporter):
    def __init__(self) -> None:
        super().__init__()
        self.data: list[MetricsData] = []

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:
        self.data.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None: ...


def test_a_periodic_reader_exports_ours_at_its_interval_and_at_the_shutdown() -> None:
    exporter = Kept()
    measured = measurements()
    meters = provider(PeriodicExportingMetricReader(exporter, export_interval_millis=10))
    attach(measured, meters)
    for span_id in range(1, 4):
        measured.committed(committed(call(span_id, 1_000_000_000)))
        meters.force_flush()
    measured.committed(committed(call(4, 1_000_000_000)))
    meters.shutdown()
    told = [
        numbers(found[names.METRIC_COST])["planner"]
        for data in exporter.data
        if names.METRIC_COST in (found := ours(data))
    ]
    assert told[-1] == 4
    assert told == sorted(told)


def test_the_global_provider_may_be_set_after_us() -> None:
    proxy = api._ProxyMeterProvider()
    measured = measurements()
    attached = attach(measured, proxy)
    measured.committed(committed(call(1, 2_000_000_000)))
    reader = InMemoryMetricReader()
    proxy.on_set_meter_provider(provider(reader))
    found = ours(reader.get_metrics_data())
    assert numbers(found[names.METRIC_COST]) == {"planner": 2}
    assert found[names.METRIC_OPERATION_COST].data.data_points[0].count == 1, "the first collection has it too"
    assert attached.way == "injected"


@pytest.mark.skipif(not hasattr(MeterProvider, "add_metric_reader"), reason="this SDK's readers are fixed at the start")
def test_a_reader_that_is_added_later_is_not_left_out() -> None:
    meters = provider(InMemoryMetricReader())
    measured = measurements()
    attach(measured, meters)
    meters._metric_readers[0].get_metrics_data()  # type: ignore[attr-defined]
    measured.committed(committed(call(1, 2_000_000_000)))
    later = InMemoryMetricReader()
    meters.add_metric_reader(later)
    assert numbers(ours(later.get_metrics_data())[names.METRIC_COST]) == {"planner": 2}


def test_commits_and_collections_at_the_same_time_lose_nothing() -> None:
    sums, deltas = InMemoryMetricReader(), InMemoryMetricReader(preferred_temporality=DELTA)
    measured = measurements()
    attach(measured, provider(sums, deltas))
    added = 0.0
    stopped = threading.Event()

    def write(first: int) -> None:
        for span_id in range(first, first + 500):
            measured.committed(committed(call(span_id, 1_000_000_000), settles=True))

    writers = [threading.Thread(target=write, args=(number * 1000,)) for number in range(4)]

    def collect() -> None:
        nonlocal added
        while True:
            last = stopped.is_set()
            found = ours(deltas.get_metrics_data())
            if names.METRIC_COST in found:
                added += numbers(found[names.METRIC_COST])["planner"]
                assert (
                    found[names.METRIC_OPERATION_COST].data.data_points[0].sum
                    == numbers(found[names.METRIC_COST])["planner"]
                )
            if last:
                return

    collector = threading.Thread(target=collect)
    for thread in (*writers, collector):
        thread.start()
    for thread in writers:
        thread.join()
    stopped.set()
    collector.join()
    found = ours(sums.get_metrics_data())
    assert added == numbers(found[names.METRIC_COST])["planner"] == 2000
    assert found[names.METRIC_EXECUTION_CALLS].data.data_points[0].count == 2000


def test_health_that_asks_the_engine_cannot_lock_up_with_a_commit() -> None:
    measured, reader = reported()
    engine_lock = threading.Lock()

    def evicted() -> int:
        with engine_lock:
            return 4

    measured.health = Health(executions_evicted=evicted)
    with engine_lock:
        measured.committed(committed(call()))
    (point,) = ours(reader.get_metrics_data())[names.METRIC_EXECUTIONS_EVICTED].data.data_points
    assert point.value == 4
