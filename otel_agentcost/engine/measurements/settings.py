"""What a user may set about metrics and events: which labels, and where they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

Protocol: TypeAlias = Literal["grpc", "http/protobuf"]

DEFAULT_MAX_LABEL_SETS = 1_000
"""`agentcost.tokens` has two series a label set, and the SDK folds what goes beyond 2,000 series of one instrument."""


@dataclass(frozen=True)
class ExportSettings:
    """Settings of the section `export`. Without an endpoint, metrics and events go to the application's own providers.

    `max_label_sets` bounds the series of each metric, the one that takes the rest included; at least 1.
    """

    otlp_endpoint: str | None = None
    protocol: Protocol | None = None
    """None: told by the endpoint's port, 4317 for gRPC; HTTP for any other."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    interval_seconds: float = 60.0
    user_label: bool = False
    """Whether metrics carry `user.id`: each user is then a series of their own."""
    max_label_sets: int = DEFAULT_MAX_LABEL_SETS


def protocol_of(settings: ExportSettings) -> Protocol:
    """Return the protocol that is set, else the one that the endpoint's port tells."""
    if settings.protocol is not None:
        return settings.protocol
    try:
        port = urlsplit(settings.otlp_endpoint or "").port
    except ValueError:
        port = None
    return "grpc" if port == 4317 else "http/protobuf"
