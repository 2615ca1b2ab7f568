"""Say what of a comparison is not exact: estimates, overrides that matched nothing, tools without a price."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from otel_agentcost.cli.reprice_differences import Differences, Estimate
from otel_agentcost.cli.reprice_prices import OtherPrices
from otel_agentcost.cli.wording import plural
from otel_agentcost.model.outcome import Reason

_OVERRIDE = re.compile(r"override\[([0-9]+)\]/")


def remarks(found: Differences, prices: OtherPrices) -> Iterator[str]:
    """Yield a line for each thing that makes the difference another than it looks."""
    reasons = estimates(found, prices)
    if reasons:
        count = sum(reasons.values())
        told = reasons.most_common()
        why = ", ".join(f"{reason} ({calls:,})" if len(told) > 1 else reason for reason, calls in told)
        yield f"{plural(count, 'repriced call')} {'is' if count == 1 else 'are'} estimated: {why}."
    for place in unmatched_overrides(found, prices):
        setting = prices.config.prices.overrides[place]
        yield f"--override[{place}] matched no call: provider {setting.provider!r}, model {setting.model!r}."
    if found.uncharged_tool_calls:
        count = found.uncharged_tool_calls
        has = "has" if count == 1 else "have"
        yield f"{plural(count, 'tool call')} {has} no price here and {'counts' if count == 1 else 'count'} as nothing."


def estimates(found: Differences, prices: OtherPrices) -> Counter[str]:
    """Return how many repriced calls are estimated, by why: a reason, or which tokens an override has no price for."""
    counts: Counter[str] = Counter()
    for estimate, calls in found.estimates.items():
        counts[_why(estimate, prices)] += calls
    return counts


def unmatched_overrides(found: Differences, prices: OtherPrices) -> list[int]:
    """Return the places of the command line's overrides that are the price of no call. They stand before all others."""
    matched = {place for price_id in found.price_ids if (place := _place(price_id)) is not None}
    return [place for place in range(prices.overrides) if place not in matched]


def _why(estimate: Estimate, prices: OtherPrices) -> str:
    if estimate.reason != Reason.NO_PRICE_FOR_UNIT:
        return estimate.reason or "no reason given"
    place = _place(estimate.price_id)
    if place is None:
        return estimate.reason
    setting = prices.config.prices.overrides[place]
    missing = [
        name
        for name, is_used, price in (
            ("input_tokens", estimate.has_input, setting.input_per_mtok),
            ("output_tokens", estimate.has_output, setting.output_per_mtok),
        )
        if is_used and price is None
    ]
    return f"no price for {' and '.join(missing)}" if missing else estimate.reason


def _place(price_id: str | None) -> int | None:
    match = _OVERRIDE.match(price_id or "")
    return None if match is None else int(match[1])
