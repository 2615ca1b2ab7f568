"""Exemplars on what the Prometheus exporter shows. That Prometheus keeps them: tests/integration/test_prometheus.py."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from otel_agentcost.sdk.metrics.attach import attach
from otel_agentcost.sdk.metrics.prometheus import with_exemplars
from tests.unit.engine.commits import call, committed, measurements

from .reading_metrics import provider


def test_a_reader_of_another_kind_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    reader = object()
    assert with_exemplars(reader) is reader
    assert "exemplars cannot be added to a object" in caplog.text


exporter = pytest.importorskip("opentelemetry.exporter.prometheus")
from prometheus_client import REGISTRY  # noqa: E402
from prometheus_client.openmetrics.exposition import generate_latest  # noqa: E402


@pytest.fixture
def reader() -> Iterator[object]:
    made = with_exemplars(exporter.PrometheusMetricReader())
    yield made
    made.shutdown()


def shown() -> list[tuple[str, str, str]]:
    """Return the histogram, upper bound and trace of each exemplar."""
    found = re.findall(
        r'^(\w+)_bucket\{[^}]*le="([^"]+)"[^}]*\} [\d.]+ # \{span_id="\w+",trace_id="0*(\w+)"\}',
        generate_latest(REGISTRY).decode(), re.MULTILINE,
    )  # fmt: skip
    return sorted(found)


def test_a_bucket_keeps_its_exemplar_until_there_is_another(reader: object) -> None:
    measured = measurements()
    attach(measured, provider(reader))
    measured.committed(committed(call(1, 5_000_000, trace_id=0xA), call(2, 50_000_000, trace_id=0xB)))
    cost = "gen_ai_client_operation_cost"
    for _ in range(2):  # two scrapers
        assert shown() == [(cost, "0.01", "a"), (cost, "0.1", "b")]
    measured.committed(committed(call(3, 6_000_000, trace_id=0xC)))
    assert shown() == [(cost, "0.01", "c"), (cost, "0.1", "b")]


def test_each_exemplar_stands_on_its_own_series(reader: object) -> None:
    measured = measurements()
    attach(measured, provider(reader))
    measured.committed(committed(call(1, 5_000_000, trace_id=0xA), call(2, 5_000_000, trace_id=0xB, provider="other")))
    lines = [line for line in generate_latest(REGISTRY).decode().splitlines() if "# {" in line]
    assert {('provider_name="openai"' in line, "000a" in line) for line in lines} == {(True, True), (False, False)}


def test_histograms_of_the_application_without_exemplars_are_left_alone(reader: object) -> None:
    measured = measurements()
    meters = provider(reader)
    attach(measured, meters)
    meters.get_meter("shop").create_histogram("gen_ai.client.operation.cost.of.others").record(0.005)
    measured.committed(committed(call(1, 5_000_000, trace_id=0xA)))
    assert shown() == [("gen_ai_client_operation_cost", "0.01", "a")]
