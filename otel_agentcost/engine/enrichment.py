"""The attributes that a judged span is given (docs/names.md)."""

from __future__ import annotations

from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.ledger.standing import Verdict
from otel_agentcost.ledger.total import Total
from otel_agentcost.model import names
from otel_agentcost.model.money import NANO_PER_USD, to_usd
from otel_agentcost.model.outcome import COUNTED, PRICED
from otel_agentcost.model.quote import Breakdown, Quote

AttributeValue = str | int | float


def call_attributes(
    verdict: Verdict, quote: Quote | None, breakdown: Breakdown | None, settings: EngineSettings
) -> dict[str, AttributeValue]:
    """Return what an inference span is given: its cost where it pays, else why not."""
    status = verdict.status
    if status in COUNTED:
        amount = verdict.cost_nano_usd / NANO_PER_USD
        attributes: dict[str, AttributeValue] = {
            names.COST_AMOUNT: amount,
            names.COST_CURRENCY: names.CURRENCY_USD,
            names.COST_SOURCE: quote.source if quote is not None else "local",
        }
        if status != PRICED:
            attributes[names.PRICING_STATUS] = status
            if verdict.reason is not None:
                attributes[names.PRICING_REASON] = verdict.reason
        if settings.legacy_names:
            attributes[names.LEGACY_OPERATION_COST] = amount
            attributes[names.LEGACY_LLM_COST_TOTAL] = amount
        if settings.detail:
            if quote is not None and quote.price_id is not None:
                attributes[names.PRICE_ID] = quote.price_id
            if breakdown is not None:
                _add_breakdown(attributes, breakdown)
        return attributes
    attributes = {names.PRICING_STATUS: status}
    if verdict.reason is not None:
        attributes[names.PRICING_REASON] = verdict.reason
    return attributes


def subtree_attributes(total: Total) -> dict[str, AttributeValue]:
    """Return what an agent, workflow, tool or local root span is given; nothing where no call lies below it.

    Parents that form a cycle can lead a correction past the span that had the amount: then nothing is said either.
    """
    if total.calls <= 0 or total.cost_nano_usd < 0 or total.unpriced_calls < 0:
        return {}
    attributes: dict[str, AttributeValue] = {
        names.SUBTREE_COST: to_usd(total.cost_nano_usd),
        names.SUBTREE_CALLS: total.calls,
    }
    if total.unpriced_calls:
        attributes[names.SUBTREE_UNPRICED_CALLS] = total.unpriced_calls
    return attributes


def _add_breakdown(attributes: dict[str, AttributeValue], breakdown: Breakdown) -> None:
    for name, amount in (
        (names.COST_INPUT, breakdown.input_nano_usd),
        (names.COST_CACHE_READ, breakdown.cache_read_nano_usd),
        (names.COST_CACHE_WRITE, breakdown.cache_write_nano_usd),
        (names.COST_OUTPUT, breakdown.output_nano_usd),
        (names.COST_REASONING, breakdown.reasoning_nano_usd),
        (names.COST_TOOL, breakdown.tool_nano_usd),
    ):
        if amount:
            attributes[name] = to_usd(amount)
