"""What is said where metrics and events cannot be exported. That they are: tests/integration/test_otlp_signals.py."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.sdk.exporting import resource_of, start_export


@pytest.mark.parametrize("endpoint", [None, "localhost:4317", "collector", "ftp://collector", "http://"])
def test_what_is_no_endpoint_is_named(endpoint: str | None) -> None:
    with pytest.raises(ConfigError, match=r"export\.otlp_endpoint: .*http://localhost:4318"):
        start_export(ExportSettings(otlp_endpoint=endpoint))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_where_the_exporters_are_missing_it_is_said_what_to_install(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.metric_exporter", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.metric_exporter", None)
    settings = ExportSettings(otlp_endpoint="http://localhost:1", protocol=protocol)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=rf"exporter for {protocol} is not installed.*otel-agentcost\[otlp\]"):
        start_export(settings)


def test_the_resource_is_the_tracer_providers() -> None:
    shop = Resource({"service.name": "shop"})
    assert resource_of(TracerProvider(resource=shop, shutdown_on_exit=False)) == shop
    assert resource_of(object()) is None
