"""Config: a validated configuration as the plain settings that each ring takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.settings import PriceSettings


@dataclass(frozen=True)
class Config:
    """Everything a user may set. Without a file and without variables it is this, unchanged."""

    prices: PriceSettings = field(default_factory=PriceSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    source: str | None = None
    """The file it came from; None where there was none."""
