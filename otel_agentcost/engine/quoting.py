"""Price a reading: by what the provider reported, else by the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from otel_agentcost.conventions.stated_cost import read_stated_cost
from otel_agentcost.engine.ports import Prices
from otel_agentcost.model.money import NANO_PER_USD
from otel_agentcost.model.outcome import ESTIMATED, FREE, MAKES_UNPRICED, PRICED, UNPRICED, Reason
from otel_agentcost.model.quote import Quote
from otel_agentcost.model.reading import Reading
from otel_agentcost.model.usage import Usage, impossible

MAX_REPORTED_NANO_USD = 10_000 * NANO_PER_USD
"""No single call costs more: a reported cost above it is nonsense, and the table prices the call."""


def quote_reading(prices: Prices, reading: Reading, at_unix_nano: int) -> Quote | None:
    """Return the cost of a span's usage, None where there is nothing to price. (The table refuses what cannot be.)

    A cost that the provider or gateway reported is the bill itself: it stands whatever is doubtful about the tokens.
    """
    usage = reading.usage
    reported = reading.reported_cost_nano_usd if reading.covers == "call" else None
    if reported is not None and reported > MAX_REPORTED_NANO_USD:
        reported = None
    if reported is None and (usage is None or (reading.doubt is not None and reading.doubt in MAKES_UNPRICED)):
        return None
    quote = prices.quote(
        reading.provider,
        reading.response_model,
        reading.request_model,
        reading.host,
        usage or _NO_USAGE,
        at_unix_nano,
        reading.service_tier,
        reading.region,
    )
    if reported is None:
        return quote
    if usage is not None and impossible(usage) is not None:
        return Quote(UNPRICED, Reason.IMPOSSIBLE_USAGE)
    status = PRICED if reported else FREE
    return Quote(status, None, reported, quote.provider, quote.model, quote.price_id, "provider")


_NO_USAGE = Usage()


_UNKNOWN = frozenset({Reason.UNKNOWN_MODEL, Reason.UNKNOWN_PROVIDER, Reason.NO_MODEL})


def or_stated(quote: Quote, usage: Usage | None, attributes: Mapping[str, Any]) -> Quote:
    """Return the quote, or where the table does not know the model, as an estimate, the cost that the span states."""
    if quote.status != UNPRICED or quote.reason not in _UNKNOWN:
        return quote
    if usage is not None and impossible(usage) is not None:
        return replace(quote, reason=Reason.IMPOSSIBLE_USAGE)
    stated = read_stated_cost(attributes)
    if stated is None:
        return quote
    return replace(quote, status=ESTIMATED, reason=Reason.STATED_BY_INSTRUMENTATION, cost_nano_usd=stated)
