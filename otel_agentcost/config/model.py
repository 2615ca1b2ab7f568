"""Config: a validated configuration as the plain settings that each ring takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.settings import PriceSettings
from otel_agentcost.stores.settings import StoreSettings


@dataclass(frozen=True)
class Config:
    """Everything a user may set. Without a file and without variables it is this, unchanged."""

    prices: PriceSettings = field(default_factory=PriceSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    source: str | None = None
    """The file it came from; None where there was none."""
    store: StoreSettings = field(default_factory=StoreSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    time_zone: str = "UTC"
    """Whose calendar days, weeks and months are added up, where nothing names another."""
