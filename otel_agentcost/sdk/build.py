"""Compose the engine of one process: configuration, price table, engine. DESIGN section 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from otel_agentcost.sdk.guard import InternalErrors

if TYPE_CHECKING:
    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.engine.settings import EngineSettings
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


def load_parts(config: Config | None) -> Parts:
    """Load prices and settings by a configuration, or by the file and the environment where none is given.

    The imports are here since they load the price data, which `import otel_agentcost` must not wait for.
    """
    from otel_agentcost.config.load import load_config
    from otel_agentcost.pricing.load import load_price_table

    found = load_config() if config is None else config
    return Parts(load_price_table(found.prices), found.engine)


def build_engine(config: Config | None, errors: InternalErrors) -> Built:
    """Build the engine of a processor or exporter.

    Raises:
        ConfigError: where a configured value is wrong: that is said at the start, precisely, and never later.
            Any other fault is counted in `errors`, and the application runs on without costs.
    """
    from otel_agentcost.config.errors import ConfigError

    try:
        from otel_agentcost.engine.engine import Engine

        parts = load_parts(config)
        return Built(Engine(parts.prices, parts.settings))
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - see guard.py
        errors.record("build_engine", error)
        return Built(None)
