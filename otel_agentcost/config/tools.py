"""Turn `prices.tools` of the file into the settings of the pricing ring."""

from __future__ import annotations

from decimal import Decimal

from otel_agentcost.config.prices_schema import Prices, ToolPrice
from otel_agentcost.pricing.settings import ToolSetting


def tool_settings(prices: Prices) -> dict[str, Decimal | ToolSetting]:
    """Return the price of each tool; a plain number is US dollars per call."""
    return {name: _setting(price) for name, price in prices.tools.items()}


def _setting(price: float | ToolPrice) -> Decimal | ToolSetting:
    if not isinstance(price, ToolPrice):
        return _as_written(price)
    per_call, per_session = price.usd_per_call, price.usd_per_session
    return ToolSetting(
        None if per_call is None else _as_written(per_call),
        None if per_session is None else _as_written(per_session),
        price.charge_failed,
    )


def _as_written(number: float) -> Decimal:
    """Return what the user typed: the shortest text of a float."""
    return Decimal(repr(number))
