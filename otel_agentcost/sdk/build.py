"""Compose the engine of one process: configuration, price table, engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.sdk.guard import InternalErrors

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from otel_agentcost.config.model import Config
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.ledger.tool_charges import ToolPrices
    from otel_agentcost.pricing.table import PriceTable


def _nothing() -> None:
    """Stop nothing: nothing runs beside the engine."""


def _at_once(_timeout_seconds: float) -> bool:
    """Flush nothing: nothing waits."""
    return True


class Built(NamedTuple):
    """An engine, how to stop what runs beside it, and how to make durable what it has recorded within some seconds.

    `engine` is None where it could not be built.
    """

    engine: Engine | None
    stop: Callable[[], None] = _nothing
    flush: Callable[[float], bool] = _at_once


class Counts(NamedTuple):
    """What an edge counts itself, for the metrics."""

    ignored_baggage: Callable[[], int] | None = None
    resource: Resource | None = None


class Parts(NamedTuple):
    """What an engine is made of."""

    prices: PriceTable
    tools: ToolPrices
    config: Config


def load_parts(config: Config | str | None) -> Parts:
    """Load prices and settings by a configuration, by the file of that path, or by what the environment says.

    The imports are here since they load the price data, which `import otel_agentcost` must not wait for.

    Raises:
        ConfigError: where a value is wrong, or a price file that the configuration names cannot be used.
    """
    from otel_agentcost.pricing.load import load_price_table, load_tool_prices

    if config is None or isinstance(config, str):
        from otel_agentcost.config.load import load_config

        config = load_config(config)
    try:
        prices = load_price_table(config.prices)
        tools = load_tool_prices(config.prices)
    except (ValueError, OSError) as error:  # by its contract: settings, or a file of theirs, that cannot be used
        raise ConfigError(f"{config.source or 'configuration'}: prices: {error}") from error
    return Parts(prices, tools, config)


def build_engine(config: Config | str | None, errors: InternalErrors, counts: Counts | None = None) -> Built:
    """Build the engine of a processor or exporter, and what keeps its books and its prices.

    Raises:
        ConfigError: where a configured value is wrong: that is said at the start, precisely, and never later.
            Any other fault is counted in `errors`, and the application runs on without costs.
    """
    try:
        from otel_agentcost.engine.engine import Engine
        from otel_agentcost.ledger.tool_charges import tool_charges
        from otel_agentcost.sdk.arrival import arrival_unix_nano
        from otel_agentcost.sdk.bookkeeping import Bookkeeping

        prices, tools, settings = load_parts(config)
        counts = counts or Counts()
        engine = Engine(prices, settings.engine, clock=arrival_unix_nano, tools=tools)
        books = Bookkeeping(
            engine,
            settings,
            tool_charges=lambda tree, who: tool_charges(tree, tools, who),
            ignored_baggage=counts.ignored_baggage,
            internal_errors=lambda: errors.total,
            resource=counts.resource,
        )
        if not settings.prices.refresh.enabled:
            return Built(engine, books.stop, books.force_flush)
        from otel_agentcost.sdk.refreshing import Refreshing

        refreshing = Refreshing(engine, prices, settings.prices)

        def stop() -> None:
            refreshing.stop()
            books.stop()

        return Built(engine, stop, books.force_flush)
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - see guard.py
        try:
            errors.record("build_engine", error)
        except Exception:  # noqa: BLE001
            pass
        return Built(None)
