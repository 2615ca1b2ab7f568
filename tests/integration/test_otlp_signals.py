"""Metrics and events over real OTLP, decoded as a backend decodes them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.model import names
from otel_agentcost.sdk.events import EventEmitter, find_record_way
from otel_agentcost.sdk.scope import SCOPE
from otel_agentcost.sdk.signals import SdkSignals
from tests.integration.environments import ROOT, environment
from tests.unit.engine.commits import NOON, call, committed, measurements

pytestmark = pytest.mark.integration

# Not at the top: where they are missing, the tests here are skipped and say so.
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc")

from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402

from otel_agentcost.sdk.exporting import Exporting, resource_of, start_export  # noqa: E402
from otel_agentcost.sdk.metrics.attach import attach  # noqa: E402
from tests.integration.otlp_server import Received, grpc_endpoint, http_endpoint  # noqa: E402

TOTALS = {"planner": 123_456_789, "writer": 1}


@pytest.fixture(params=["http/protobuf", "grpc"])
def sent(request: pytest.FixtureRequest) -> Iterator[tuple[Received, Exporting]]:
    """Export two executions, as a process with a tracer provider does."""
    shop = Resource.create({"service.name": "shop"})
    endpoint = grpc_endpoint() if request.param == "grpc" else http_endpoint()
    with endpoint as received:
        settings = ExportSettings(
            otlp_endpoint=f"http://127.0.0.1:{received.port}", protocol=request.param, headers={"X-Tenant": "acme"},
            interval_seconds=0.1,
        )  # fmt: skip
        exporting = start_export(settings, resource_of(TracerProvider(resource=shop, shutdown_on_exit=False)))
        measured = measurements()
        attach(measured, exporting.meter_provider)
        signals = SdkSignals(measured, EventEmitter(exporting.logger_provider))
        signals.committed(
            committed(call(7, TOTALS["planner"], trace_id=0xFEED), settles=True, trace_id=0xFEED, root_span_id=0xBEEF)
        )
        signals.committed(
            committed(call(8, TOTALS["writer"], agent="writer"), settles=True, user="u-17", team="support")
        )
        yield received, exporting
        exporting.shutdown()
        assert exporting.errors.total == 0


def attributes(of: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in of.attributes
        if each.value.WhichOneof("value") != "array_value"
    }  # fmt: skip


def costs(received: Received) -> dict[str, int]:
    """Return the spend that was told last, in nano-USD by agent."""
    metric = received.last_metrics().get(names.METRIC_COST)
    points = metric.sum.data_points if metric is not None else ()
    return {attributes(point)[names.AGENT]: round(point.as_double * 1e9) for point in points}


def test_a_backend_decodes_the_metrics_with_resource_units_buckets_and_exemplars(
    sent: tuple[Received, Exporting],
) -> None:
    received, _ = sent
    received.wait_for(lambda: costs(received) == TOTALS)
    (resource_metrics,) = received.metrics[-1].resource_metrics
    assert attributes(resource_metrics.resource)["service.name"] == "shop"
    (scope_metrics,) = resource_metrics.scope_metrics
    assert scope_metrics.scope.name == SCOPE
    assert received.headers[-1]["x-tenant"] == "acme"
    found = received.last_metrics()
    cost = found[names.METRIC_COST]
    assert (cost.unit, cost.sum.is_monotonic, cost.sum.aggregation_temporality) == ("{USD}", True, 2)
    assert costs(received) == TOTALS
    assert [point.as_int for point in found[names.METRIC_CALLS].sum.data_points] == [1, 1]
    (observed,) = found[names.METRIC_OPERATION_COST].histogram.data_points
    assert (observed.count, round(observed.sum * 1e9)) == (2, sum(TOTALS.values()))
    assert (sum(observed.bucket_counts), len(observed.bucket_counts)) == (2, len(observed.explicit_bounds) + 1)
    executions = next(each for each in received.all_metrics() if each.name == names.METRIC_EXECUTION_COST)
    exemplars = {each.trace_id.hex(): each for point in executions.histogram.data_points for each in point.exemplars}
    dearest = exemplars[f"{0xFEED:032x}"]
    assert (dearest.span_id.hex(), round(dearest.as_double * 1e9)) == (f"{0xBEEF:016x}", TOTALS["planner"])


def test_a_backend_decodes_the_events_as_log_records_of_their_trace(sent: tuple[Received, Exporting]) -> None:
    received, exporting = sent
    assert exporting.force_flush()
    received.wait_for(lambda: len(received.records()) >= 2)
    first, second = received.records()
    assert (first.trace_id.hex(), first.span_id.hex()) == (f"{0xFEED:032x}", f"{0xBEEF:016x}")
    assert (second.trace_id.hex(), second.span_id) == (f"{0xABC:032x}", b"")
    assert (first.time_unix_nano, first.severity_number, first.severity_text) == (NOON, 9, "INFO")
    assert first.observed_time_unix_nano > NOON
    told = attributes(second)
    name = told.pop(names.EVENT_NAME) if find_record_way() == "record" else second.event_name
    assert name == "agentcost.execution.completed"
    assert (told[names.METRIC_EXECUTION_COST], told[names.EXECUTION_COST_NANO_USD]) == (1e-9, 1)
    assert (told[names.USER], told[names.TEAM], told[names.EXECUTION_ID]) == ("u-17", "support", f"{0xABC:032x}")
    agents = next(each.value for each in second.attributes if each.key == names.EXECUTION_AGENTS)
    assert [each.string_value for each in agents.array_value.values] == ["writer"]
    (resource_logs,) = received.logs[-1].resource_logs
    assert attributes(resource_logs.resource)["service.name"] == "shop"


def test_the_last_commit_before_the_shutdown_is_exported(sent: tuple[Received, Exporting]) -> None:
    received, exporting = sent
    exporting.shutdown()
    assert costs(received) == TOTALS
    assert len(received.records()) == 2


def test_the_oldest_exporters_send_the_same() -> None:
    binaries = environment(
        "3.11", "opentelemetry-sdk==1.30.0", "opentelemetry-exporter-otlp-proto-http==1.30.0",
        "opentelemetry-exporter-otlp-proto-grpc==1.30.0", "pytest>=8.3",
    )  # fmt: skip
    done = subprocess.run(
        [binaries / "python", "-m", "pytest", "-p", "no:cacheprovider", "-k", "not oldest", __file__],
        cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True,
        check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "6 passed" in done.stdout, done.stdout
