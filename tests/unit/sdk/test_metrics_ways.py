"""How metrics reach the readers, and what happens where they cannot the usual way, or must not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.sdk.metrics import Histogram
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
)
from opentelemetry.sdk.metrics.view import DropAggregation, ExponentialBucketHistogramAggregation, View

from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.model import names
from otel_agentcost.sdk.metrics.attach import attach
from tests.unit.engine.commits import call, committed, measurements

from .reading_metrics import numbers, ours, provider, reported


@pytest.fixture(autouse=True)
def nothing_fails_in_silence(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert not [record for record in caplog.records if "failed inside" in record.getMessage()]


VIEWS: list[tuple[Sequence[View], str]] = [
    ([View(instrument_name="agentcost.cost", attribute_keys={names.TEAM})], "a label is dropped"),
    ([View(instrument_name="agentcost.tokens*", aggregation=DropAggregation())], "a metric is dropped"),
    ([View(instrument_name="agentcost.cost", name="ai.spend")], "a metric is renamed"),
]


@pytest.mark.parametrize("views", [views for views, _ in VIEWS], ids=[about for _, about in VIEWS])
def test_where_a_view_is_about_our_metrics_it_holds(views: Sequence[View]) -> None:
    measured, reader = reported(views=views)
    measured.committed(committed(call(1, 1_000_000_000), call(2, 2_000_000_000, agent="writer"), settles=True))
    found = ours(reader.get_metrics_data())
    assert (names.METRIC_TOKENS in found) == (views is not VIEWS[1][0])
    assert ("ai.spend" in found) == (views is VIEWS[2][0])
    costs = found["ai.spend" if views is VIEWS[2][0] else names.METRIC_COST].data.data_points
    assert sum(point.value for point in costs) == 3
    assert {names.AGENT in point.attributes for point in costs} == {views is not VIEWS[0][0]}
    (observed,) = found[names.METRIC_OPERATION_COST].data.data_points
    assert (observed.count, observed.sum, observed.explicit_bounds[0]) == (2, 3, 0.0001)
    assert [exemplar.trace_id for exemplar in observed.exemplars] == [0xABC, 0xABC]
    assert found[names.METRIC_EXECUTION_COST].data.data_points[0].sum == 3
    measured.committed(committed(call(3, 1_000_000_000)))
    assert ours(reader.get_metrics_data())[names.METRIC_OPERATION_COST].data.data_points[0].sum == 4


def test_a_view_about_other_metrics_changes_nothing() -> None:
    measured, reader = reported(views=[View(instrument_name="http.*", aggregation=DropAggregation())])
    measured.committed(committed(call()))
    assert ours(reader.get_metrics_data())[names.METRIC_OPERATION_COST].data.data_points[0].min == 0.001


def test_a_reader_that_wants_exponential_histograms_gets_them() -> None:
    reader = InMemoryMetricReader(preferred_aggregation={Histogram: ExponentialBucketHistogramAggregation()})
    measured = measurements()
    attached = attach(measured, provider(reader))
    measured.committed(committed(call(1, 1_000_000_000)))
    (point,) = ours(reader.get_metrics_data())[names.METRIC_OPERATION_COST].data.data_points
    assert (point.count, point.sum, hasattr(point, "scale")) == (1, 1, True)
    assert attached.way == "instruments"


class OtherStorage:
    """A reader's storage as another SDK might have it: nothing can be set on it, or nobody looks at what is set."""

    def __init__(self, storage: Any, *, refuses: bool) -> None:
        self.__dict__.update(_storage=storage, _refuses=refuses)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._refuses:
            raise AttributeError(name)


@pytest.mark.parametrize("how", ["cannot be reached", "is never asked", "breaks later"])
def test_where_the_sdk_is_another_than_we_know_instruments_report_and_that_is_said_once(
    how: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = InMemoryMetricReader()
    meters = provider(reader)
    consumer: Any = meters._measurement_consumer
    measured = measurements()
    attached = attach(measured, meters)
    measured.committed(committed(call(1, 1_000_000_000)))
    if how != "breaks later":
        storage = consumer._reader_storages[reader]
        consumer._reader_storages = {reader: OtherStorage(storage, refuses=how == "cannot be reached")}
    else:
        ours(reader.get_metrics_data())
        monkeypatch.setattr("otel_agentcost.sdk.metrics.injection.sdk_metrics", lambda *_, **__: 1 / 0)
    for _ in range(4):
        found = ours(reader.get_metrics_data())
    assert attached.way == "instruments"
    assert numbers(found[names.METRIC_COST]) == {"planner": 1}
    measured.committed(committed(call(2, 1_000_000_000)))
    found = ours(reader.get_metrics_data())
    assert numbers(found[names.METRIC_COST]) == {"planner": 2}
    assert found[names.METRIC_OPERATION_COST].data.data_points[0].count == (1 if how == "breaks later" else 2)
    assert len([each for each in caplog.records if "go through instruments" in each.getMessage()]) == 1
    caplog.clear()


def test_a_provider_that_is_switched_off_reports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    measured, reader = reported()
    measured.committed(committed(call()))
    assert not ours(reader.get_metrics_data())


def test_after_detaching_nothing_of_ours_is_left() -> None:
    reader = InMemoryMetricReader()
    measured = measurements()
    attached = attach(measured, provider(reader))
    measured.committed(committed(call()))
    assert ours(reader.get_metrics_data())
    attached.detach()
    assert not ours(reader.get_metrics_data())
    assert attached.way == "none"
    assert not measured.watchers


def test_two_engines_of_a_process_are_one_set_of_series() -> None:
    reader = InMemoryMetricReader()
    meters = provider(reader)
    first, second = measurements(), measurements()
    first.health, second.health = Health(store_retries=lambda: 2), Health(store_retries=lambda: 3)
    refreshed: list[str] = []
    first.refresh, second.refresh = lambda: refreshed.append("first"), lambda: refreshed.append("second")
    attached = attach(first, meters)
    assert attach(second, meters) is attached
    assert attach(first, meters) is attached
    first.committed(committed(call(1, 1_000_000_000)))
    second.committed(committed(call(1, 5_000_000_000)))
    found = ours(reader.get_metrics_data())
    assert numbers(found[names.METRIC_COST]) == {"planner": 6}
    assert found[names.METRIC_STORE_RETRIES].data.data_points[0].value == 5
    assert sorted(refreshed) == ["first", "second"]


def test_a_refresh_that_fails_changes_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    reader = InMemoryMetricReader()
    measured = measurements()
    measured.refresh = lambda: 1 / 0
    attached = attach(measured, provider(reader))
    measured.committed(committed(call(1, 1_000_000_000)))
    assert numbers(ours(reader.get_metrics_data())[names.METRIC_COST]) == {"planner": 1}
    assert (attached.way, attached.errors.total) == ("injected", 1)
    caplog.clear()


@pytest.mark.parametrize("views", [(), VIEWS[0][0]], ids=["injected", "through instruments"])
def test_a_provider_can_report_other_measurements_after_the_first_are_detached(views: Sequence[View]) -> None:
    reader = InMemoryMetricReader()
    meters = provider(reader, views=views)
    first, second = measurements(), measurements()
    detached = attach(first, meters)
    first.committed(committed(call(1, 1_000_000_000)))
    ours(reader.get_metrics_data())
    detached.detach()
    attached = attach(second, meters)
    second.committed(committed(call(1, 5_000_000_000)))
    found = ours(reader.get_metrics_data())
    assert sum(numbers(found[names.METRIC_COST]).values()) == 5
    assert attached.way == ("instruments" if views else "injected")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_reports_its_own_calls_only() -> None:
    measured, reader = reported()
    measured.committed(committed(call(1, 1_000_000_000)))
    ours(reader.get_metrics_data())
    outcome, told = os.pipe()
    with measured.lock:  # as another thread may hold it
        child = os.fork()
        if not child:
            try:
                measured.committed(committed(call(2, 3_000_000_000)))
                value = numbers(ours(reader.get_metrics_data())[names.METRIC_COST])["planner"]
                os.write(told, str(value).encode())
            finally:
                os._exit(0)
    os.waitpid(child, 0)
    os.close(told)
    assert os.read(outcome, 100) == b"3.0"
    os.close(outcome)
    assert numbers(ours(reader.get_metrics_data())[names.METRIC_COST]) == {"planner": 1}
