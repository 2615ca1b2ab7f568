"""Price a reading: by what the provider reported, else by the table."""

from __future__ import annotations

from otel_agentcost.engine.ports import Prices
from otel_agentcost.model.outcome import MAKES_UNPRICED, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import Reading
from otel_agentcost.model.usage import impossible


def quote_reading(prices: Prices, reading: Reading, at_unix_nano: int) -> Quote | None:
    """Return the cost of a span's usage, None where there is nothing to price. (The table refuses what cannot be.)"""
    usage = reading.usage
    if usage is None or (reading.doubt is not None and reading.doubt in MAKES_UNPRICED):
        return None
    quote = prices.quote(
        reading.provider,
        reading.response_model,
        reading.request_model,
        reading.host,
        usage,
        at_unix_nano,
        reading.service_tier,
        reading.region,
    )
    reported = reading.reported_cost_nano_usd
    if reported is not None and reading.covers == "call":
        if impossible(usage) is not None:
            return Quote(UNPRICED, Reason.IMPOSSIBLE_USAGE)
        return Quote(
            PRICED,
            None,
            reported,
            quote.provider,
            quote.model,
            quote.price_id,
            "provider",
        )
    return quote
