"""What the tests of metrics share: providers, and what their readers are told of ours."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, ObservableCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader, Metric, MetricsData
from opentelemetry.sdk.resources import Resource

from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.model import names
from otel_agentcost.sdk.metrics.attach import attach
from otel_agentcost.sdk.scope import SCOPE
from tests.unit.engine.commits import measurements

DELTA = dict.fromkeys((Counter, ObservableCounter, Histogram), AggregationTemporality.DELTA)


def ours(data: MetricsData | None) -> dict[str, Metric]:
    """Return our metrics by name, after seeing that each stands in one scope of one resource."""
    found: dict[str, Metric] = {}
    for resource_metrics in data.resource_metrics if data is not None else ():
        scopes = [each for each in resource_metrics.scope_metrics if each.scope.name == SCOPE]
        assert len(scopes) <= 1, "an exporter would keep only one of them"
        for scope_metrics in scopes:
            for metric in scope_metrics.metrics:
                assert metric.name not in found
                found[metric.name] = metric
    return found


def numbers(metric: Metric) -> dict[str, Any]:
    return {str(point.attributes.get(names.AGENT, "")): point.value for point in metric.data.data_points}


def provider(*readers: Any, **settings: Any) -> MeterProvider:
    return MeterProvider(readers, resource=Resource({"service.name": "shop"}), shutdown_on_exit=False, **settings)


def reported(**settings: Any) -> tuple[Measurements, InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    measured = measurements()
    attach(measured, provider(reader, **settings))
    return measured, reader
