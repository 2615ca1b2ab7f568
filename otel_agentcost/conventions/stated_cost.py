"""Find a cost that an instrumentation computed itself and wrote on the span.

It comes from a price list of its own, of unknown age, so it never goes before our table. Where the table does not know
the model it is better than nothing, and is called an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_agentcost.model import names
from otel_agentcost.model.money import NanoUsd, parse_usd

KEYS = (
    names.COST_AMOUNT,
    names.LEGACY_OPERATION_COST,
    names.LEGACY_LLM_COST_TOTAL,
    "gen_ai.usage.total_cost",
    "gen_ai.usage.cost",
    "gen_ai.cost.total_cost",
)

MAX_STATED_NANO_USD = 10_000_000_000_000
"""10,000 dollars: more for one call is nonsense."""


def read_stated_cost(attributes: Mapping[str, Any]) -> NanoUsd | None:
    """Return the first cost in US dollars that the span states. 0 means no price list, not free: it is passed over."""
    if attributes.get(names.COST_CURRENCY, names.CURRENCY_USD) != names.CURRENCY_USD:
        return None
    for key in KEYS:
        value = attributes.get(key)
        if value is not None:
            stated = parse_usd(value)
            if stated and stated <= MAX_STATED_NANO_USD:
                return stated
    return None
