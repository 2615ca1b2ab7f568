"""Which protocol an endpoint speaks."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.measurements.settings import ExportSettings, protocol_of


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        ("http://localhost:4317", "grpc"),
        ("https://collector:4317/", "grpc"),
        ("http://localhost:4318", "http/protobuf"),
        ("https://otlp.example.com", "http/protobuf"),
        ("https://otlp.example.com:443/otlp", "http/protobuf"),
        ("http://localhost:99999", "http/protobuf"),
        (None, "http/protobuf"),
    ],
)
def test_the_port_tells_the_protocol(endpoint: str | None, protocol: str) -> None:
    assert protocol_of(ExportSettings(otlp_endpoint=endpoint)) == protocol


def test_a_protocol_that_is_set_stands() -> None:
    assert (
        protocol_of(ExportSettings(otlp_endpoint="http://localhost:4317", protocol="http/protobuf")) == "http/protobuf"
    )
