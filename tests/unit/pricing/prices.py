"""What the pricing tests share: one table, fixed instants, a small model of our own."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from functools import cache

from otel_agentcost.model.quote import Quote
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.data import Prices
from otel_agentcost.pricing.load import SHIPPED, make_price_table, read_snapshot
from otel_agentcost.pricing.row import Row
from otel_agentcost.pricing.settings import PriceSettings
from otel_agentcost.pricing.table import PriceTable

USAGE = Usage(input_tokens=1000, output_tokens=100)


def nano(text: str) -> int:
    """Return an ISO instant (UTC) as Unix nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 10**9


NOW = nano("2026-11-01")


@cache
def shipped() -> PriceTable:
    """The shipped snapshot, whatever genai-prices is installed: the tests name its models and prices."""
    return make_price_table(read_snapshot(), SHIPPED, None, PriceSettings())


def quote(
    provider: str | None = None,
    response_model: str | None = None,
    request_model: str | None = None,
    host: str | None = None,
    usage: Usage = USAGE,
    at: int = NOW,
    tier: str | None = None,
    region: str | None = None,
    table: PriceTable | None = None,
) -> Quote:
    return (table or shipped()).quote(provider, response_model, request_model, host, usage, at, tier, region)


def row(**prices: str) -> Row:
    """Return a row of these prices."""
    exact: Prices = {key: Decimal(value) for key, value in prices.items()}
    return Row("acme", "m", "acme/m@any", exact, read_snapshot().units)
