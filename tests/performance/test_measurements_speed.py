"""Adding a commit up costs less than the SDK instruments that it stands for, and no more as calls go on."""

from __future__ import annotations

import time

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.measurements import Measurements
from tests.performance.harness import Contender, interleave
from tests.unit.engine.commits import call, committed, measurements

pytestmark = pytest.mark.performance

CALLS = [
    call(number, 1_000 + number, agent=f"agent {number % 10}", model=f"model {number % 7}") for number in range(512)
]
COMMIT = committed(*CALLS)


def seconds_of(measured: Measurements) -> float:
    started = time.process_time()
    measured.committed(COMMIT)
    return time.process_time() - started


def test_a_call_costs_less_than_one_counter_and_one_histogram_of_the_sdk() -> None:
    measured = measurements()
    Cursor(measured)  # as a reader does
    meter = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False).get_meter("peer")
    counter, histogram = meter.create_counter("cost"), meter.create_histogram("distribution")
    labels = [{"agent": each.agent or "", "model": each.model or ""} for each in CALLS]

    def instruments() -> float:
        started = time.process_time()
        for each, attributes in zip(CALLS, labels, strict=True):
            counter.add(each.cost_nano_usd, attributes)
            histogram.record(each.cost_nano_usd, attributes)
        return time.process_time() - started

    medians = interleave([Contender("ours", lambda: seconds_of(measured)), Contender("sdk", instruments)], rounds=15)
    assert medians["ours"] < 0.7 * medians["sdk"]


def test_a_call_costs_no_more_after_a_hundred_thousand() -> None:
    new, old = measurements(), measurements()
    for _ in range(200):
        old.committed(COMMIT)
    new.committed(COMMIT)
    medians = interleave(
        [Contender("new", lambda: seconds_of(new)), Contender("old", lambda: seconds_of(old))], rounds=15
    )
    assert medians["old"] < 1.5 * medians["new"]
