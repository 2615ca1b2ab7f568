"""Say how a price came about: which names meant which row, and what each part of the usage costs."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from otel_agentcost.model.outcome import UNPRICED, Reason
from otel_agentcost.model.quote import Breakdown, Quote
from otel_agentcost.model.usage import Usage
from otel_agentcost.pricing.data import Tiered
from otel_agentcost.pricing.load import meaning_of_date
from otel_agentcost.pricing.measures import MEASURED, dot
from otel_agentcost.pricing.nearest import nearest_names
from otel_agentcost.pricing.remarks import Call, exact_text, notes, refusal_notes, row_steps
from otel_agentcost.pricing.resolve import Names
from otel_agentcost.pricing.row import Row, price_at

if TYPE_CHECKING:
    from otel_agentcost.pricing.table import PriceTable


class Line(NamedTuple):
    """One priced unit of a usage."""

    unit: str
    quantity: int
    price: Decimal
    """Of `per` units, in USD, or in the override's currency where it has one."""
    per: int
    bracket: str | None
    """Why this price and not another of the same unit: the length of the call's input."""
    cost_usd: Fraction
    """Exact, before the one rounding."""


class Explanation(NamedTuple):
    """Everything behind one quote."""

    quote: Quote
    steps: tuple[str, ...]
    """How provider and model were found, in order, in words."""
    lines: tuple[Line, ...]
    exact_usd: Fraction
    breakdown: Breakdown | None
    notes: tuple[str, ...]
    suggestions: tuple[str, ...]
    """The names nearest to one that is not known."""
    table: str
    source: str
    as_of: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON; exact amounts as decimal text."""
        return {
            "schema": 1,
            "status": self.quote.status,
            "reason": self.quote.reason,
            "cost_nano_usd": self.quote.cost_nano_usd,
            "provider": self.quote.provider,
            "model": self.quote.model,
            "price_id": self.quote.price_id,
            "steps": list(self.steps),
            "lines": [
                {
                    "unit": line.unit,
                    "quantity": line.quantity,
                    "price": str(line.price),
                    "per": line.per,
                    "bracket": line.bracket,
                    "cost_usd": exact_text(line.cost_usd),
                }
                for line in self.lines
            ],
            "exact_usd": exact_text(self.exact_usd),
            "breakdown": self.breakdown._asdict() if self.breakdown else None,
            "notes": list(self.notes),
            "suggestions": list(self.suggestions),
            "table": {
                "version": self.table,
                "source": self.source,
                "as_of": self.as_of,
                "as_of_means": meaning_of_date(self.source),
            },
        }


def explain(table: PriceTable, names: Names, usage: Usage, at_unix_nano: int, tier: str | None) -> Explanation:
    """Return a quote with everything behind it."""
    quote = table.quote(
        names.provider, names.response_model, names.request_model, names.host, usage, at_unix_nano, tier, names.region
    )
    resolution = table.entry(names, tier).resolution
    row = table.row(names, at_unix_nano, tier)
    call = Call(table, names, resolution, at_unix_nano, tier)
    lines = () if row is None or quote.status == UNPRICED else _lines(row, usage)
    unknown = quote.reason in {Reason.UNKNOWN_MODEL, Reason.UNKNOWN_PROVIDER}
    asked = names.response_model or names.request_model
    return Explanation(
        quote=quote,
        steps=(*resolution.steps, *row_steps(call, row)),
        lines=lines,
        exact_usd=sum((line.cost_usd for line in lines), Fraction(0)),
        breakdown=None if row is None else row.breakdown(usage),
        notes=(*refusal_notes(quote.reason, usage, row), *notes(call, row)),
        suggestions=nearest_names(asked, resolution.provider, table.providers) if unknown else (),
        table=table.version,
        source=table.source,
        as_of=table.as_of,
    )


def _lines(row: Row, usage: Usage) -> tuple[Line, ...]:
    """Return what each priced unit contributes, in the order of `MEASURED`, where the usage has any of it."""
    order = {key: place for place, key in enumerate(MEASURED)}
    lines: list[Line] = []
    for measure, price in sorted(row.priced_measures, key=lambda each: order.get(each.measure.usage_key, len(order))):
        quantity = dot(measure.leaf, usage)
        if quantity:
            usd = price_at(price, usage.input_tokens - 1)
            cost = Fraction(usd) * row.usd_per_currency * quantity / measure.per
            lines.append(Line(measure.usage_key, quantity, usd, measure.per, _bracket(price, usage.input_tokens), cost))
    return tuple(lines)


def _bracket(price: Decimal | Tiered, input_tokens: int) -> str | None:
    if not isinstance(price, Tiered) or not price.tiers:
        return None
    passed = [tier.start for tier in price.tiers if tier.start < input_tokens]
    if passed:
        return f"input above {max(passed):,} tokens"
    return f"input up to {min(tier.start for tier in price.tiers):,} tokens"
