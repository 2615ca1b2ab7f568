"""The `export` section: where metrics and events go, and with which labels."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from otel_agentcost.config.secrets import secret
from otel_agentcost.engine.measurements.settings import ExportSettings

_EXPORT = ExportSettings()


class Export(Struct, forbid_unknown_fields=True):
    """Where metrics and events go, and with which labels."""

    otlp_endpoint: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$")] | None,
        Meta(
            description="an address such as http://localhost:4317, without user, password or query; credentials are "
            "headers"
        ),
    ] = _EXPORT.otlp_endpoint
    protocol: Annotated[
        Literal["grpc", "http/protobuf"] | None,
        Meta(description="grpc or http/protobuf; where absent, the port tells: 4317 is grpc"),
    ] = _EXPORT.protocol
    headers: Annotated[
        dict[str, str], secret("a mapping from header names to their values, such as {x-api-key: …}")
    ] = field(default_factory=dict[str, str])
    interval_seconds: Annotated[
        Annotated[float, Meta(ge=1, le=3_600)], Meta(description="seconds, a number from 1 to 3600")
    ] = _EXPORT.interval_seconds
    user_label: Annotated[
        bool, Meta(description="true to make each user a series of their own (label user.id), or false")
    ] = _EXPORT.user_label
    max_label_sets: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)],
        Meta(
            description="a whole number of series a metric has at most, from 1 to 1000000; one of them takes the rest"
        ),
    ] = _EXPORT.max_label_sets
