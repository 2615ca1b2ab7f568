"""Put a configured engine together for the commands that price."""

from __future__ import annotations

from dataclasses import replace

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.load import load_config
from otel_agentcost.config.model import Config
from otel_agentcost.engine.engine import Engine
from otel_agentcost.pricing.load import load_price_table, load_tool_prices
from otel_agentcost.pricing.table import PriceTable

_UNBOUNDED = 2**62


def build_recording_engine(config_path: str | None = None) -> tuple[Engine, PriceTable]:
    """Return an engine that keeps every execution until the end of a recording, and its prices.

    Files of one recording repeat and complete each other's traces in any order, so nothing is settled before all is
    read: the limits of a live process, and its clock, do not apply.

    Raises:
        ConfigError: the configuration is wrong.
    """
    config = load_config(config_path)
    prices = price_table(config)
    settings = replace(config.engine, max_executions=_UNBOUNDED, max_spans_per_execution=_UNBOUNDED)
    return Engine(prices, settings, tools=load_tool_prices(config.prices)), prices


def price_table(config: Config) -> PriceTable:
    """Return the price table of a configuration.

    Raises:
        ConfigError: a price file that it names cannot be used.
    """
    try:
        return load_price_table(config.prices)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(f"{config.source}: prices.litellm_file: {config.prices.litellm_file!r}: {why}") from None
    except ValueError as error:
        raise ConfigError(f"{config.source}: {error}") from None
