"""What an agent of the fleet is given to run with."""

from __future__ import annotations

from typing import NamedTuple

from opentelemetry.trace import TracerProvider


class Seat(NamedTuple):
    """Where the model is, and the provider of tracers for frameworks that want to be handed one."""

    base_url: str
    """Without a trailing slash and without a version: `/v1` or `/v1beta` is the SDK's business."""
    tracer_provider: TracerProvider
