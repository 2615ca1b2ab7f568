"""Compose the engine of one process: configuration, price table, engine. DESIGN section 3."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.sdk.guard import InternalErrors

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.engine.settings import EngineSettings
    from otel_agentcost.pricing.settings import PriceSettings
    from otel_agentcost.pricing.table import PriceTable


def _nothing() -> None:
    """Stop nothing: nothing runs beside the engine."""


class Built(NamedTuple):
    """An engine and how to stop what runs beside it. `engine` is None where it could not be built."""

    engine: Engine | None
    stop: Callable[[], None] = _nothing


class Parts(NamedTuple):
    """What an engine is made of."""

    prices: PriceTable
    settings: EngineSettings
    price_settings: PriceSettings


def load_parts(config: Config | str | None) -> Parts:
    """Load prices and settings by a configuration, by the file of that path, or by what the environment says.

    The imports are here since they load the price data, which `import otel_agentcost` must not wait for.

    Raises:
        ConfigError: where a value is wrong, or a price file that the configuration names cannot be used.
    """
    from otel_agentcost.pricing.load import load_price_table

    if config is None or isinstance(config, str):
        from otel_agentcost.config.load import load_config

        config = load_config(config)
    try:
        prices = load_price_table(config.prices)
    except (ValueError, OSError) as error:  # by its contract: settings, or a file of theirs, that cannot be used
        raise ConfigError(f"{config.source or 'configuration'}: prices: {error}") from error
    return Parts(prices, config.engine, config.prices)


def build_engine(config: Config | str | None, errors: InternalErrors) -> Built:
    """Build the engine of a processor or exporter.

    Raises:
        ConfigError: where a configured value is wrong: that is said at the start, precisely, and never later.
            Any other fault is counted in `errors`, and the application runs on without costs.
    """
    try:
        from otel_agentcost.engine.engine import Engine

        parts = load_parts(config)
        engine = Engine(parts.prices, parts.settings, clock=time.time_ns)
        if not parts.price_settings.refresh.enabled:
            return Built(engine)
        from otel_agentcost.sdk.refreshing import Refreshing

        return Built(engine, Refreshing(engine, parts.prices, parts.price_settings).stop)
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - see guard.py
        try:
            errors.record("build_engine", error)
        except Exception:  # noqa: BLE001
            pass
        return Built(None)
