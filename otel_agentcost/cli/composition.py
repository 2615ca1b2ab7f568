"""Put a configured engine together for the commands that price."""

from __future__ import annotations

from otel_agentcost.config.load import load_config
from otel_agentcost.engine.engine import Engine
from otel_agentcost.pricing.load import load_price_table


def build_engine(config_path: str | None = None) -> Engine:
    """Return an engine as the configuration asks: the file given, else the one that the environment names.

    Raises:
        ConfigError: the configuration is wrong.
    """
    config = load_config(config_path)
    return Engine(load_price_table(config.prices), config.engine)
