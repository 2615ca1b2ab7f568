"""Say in words from when and at which hours a price holds, at which rate it was converted, and what changed nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from otel_agentcost.model.outcome import Reason
from otel_agentcost.model.usage import Usage, impossible
from otel_agentcost.pricing.models import GEOGRAPHIES
from otel_agentcost.pricing.overrides import Override
from otel_agentcost.pricing.resolve import Names, Resolution
from otel_agentcost.pricing.row import Row
from otel_agentcost.pricing.tiers import STANDARD_TIERS, context_of, normal_tier
from otel_agentcost.pricing.timeline import active_prices, day_nano

if TYPE_CHECKING:
    from otel_agentcost.pricing.table import PriceTable


class Call(NamedTuple):
    """A call that was priced, and what its names mean."""

    table: PriceTable
    names: Names
    resolution: Resolution
    at_unix_nano: int
    tier: str | None

    @property
    def override(self) -> Override | None:
        """The configuration's own price for it."""
        overrides = self.table.overrides
        return overrides.active(overrides.choose(self.names, self.resolution), self.at_unix_nano)


def row_steps(call: Call, row: Row | None) -> tuple[str, ...]:
    """Return from when and at which hours the row holds, and the rate of an override's currency."""
    override = call.override
    if row is None:
        return ()
    return _table_steps(call) if override is None else (_override_step(call, override),)


def _override_step(call: Call, override: Override) -> str:
    setting = override.setting
    since = f" from {setting.start} on" if setting.start else ""
    currency = setting.currency.upper()
    step = f"prices.overrides[{override.place}] goes before the table{since}"
    if currency == "USD":
        return step
    rate = call.table.overrides.rate(currency, call.at_unix_nano)
    dated = f"the rate from {rate.start} on" if rate.start else "a rate without a start"
    return f"{step}, at {exact_text(rate.usd)} USD for one {currency}, {dated}"


def _table_steps(call: Call) -> tuple[str, ...]:
    from otel_agentcost.pricing.table import request_context  # noqa: PLC0415 - the table imports explain in turn

    model = call.resolution.model
    if model is None:
        return ()
    active = active_prices(model, request_context(call.resolution, call.tier), call.at_unix_nano)
    found: list[str] = []
    hours = f", at {active.hours.replace(',', ' and ')} UTC each day" if active.hours else ""
    if active.start and call.at_unix_nano < day_nano(active.start):
        found.append(f"no price holds so early: the first listed is used, which holds from {active.start} on{hours}")
    elif active.start:
        found.append(f"the price holds from {active.start} on{hours}")
    elif hours:
        found.append(f"the price holds at any date{hours}")
    if active.variant and active.variant_start:
        found.append(f"the {active.variant} price holds from {active.variant_start} on")
    return tuple(found)


def refusal_notes(reason: str | None, usage: Usage, row: Row | None) -> tuple[str, ...]:
    """Return why there is no price, with the numbers that stand in its way."""
    if reason == Reason.IMPOSSIBLE_USAGE:
        return (impossible(usage) or "parts of the usage exceed the whole that they are parts of",)
    if reason == Reason.NO_PRICE_FOR_UNIT:
        missing = row.missing_units(usage) if row else ()
        ignored = row.ignored_units if row else ()
        return (
            *(f"the row has no price for {name}" for name in missing),
            *(f"the price file also has {name}, which telemetry does not count" for name in ignored),
        ) or ("no usable price at that time",)
    if reason == Reason.CACHE_TOKENS_NOT_REPORTED:
        return ("the row prices cached images apart, and a usage does not say how many cached tokens were images",)
    return ()


def notes(call: Call, row: Row | None) -> tuple[str, ...]:
    """Return what was asked for and changed nothing, and what stands in for something else."""
    return (*_tier_notes(call.tier, row), *_region_notes(call), *_rate_notes(call))


def _tier_notes(tier: str | None, row: Row | None) -> tuple[str, ...]:
    """Say where a tier changes nothing: the standard price is then used, as genai-prices uses it."""
    if tier is None or row is None or normal_tier(tier) in STANDARD_TIERS or row.variant:
        return ()
    if not context_of(tier):
        return (f"tier {tier} is not one that prices differ by: the standard price is used",)
    return (f"the table has no price of its own for tier {tier} at that time: the standard price is used",)


def _region_notes(call: Call) -> tuple[str, ...]:
    """Say where a region changes nothing: the model is the same one without it."""
    region = call.names.region
    if region is None:
        return ()
    without = call.table.entry(call.names._replace(region=None), call.tier).resolution
    if without.model is not call.resolution.model:
        return ()
    if region.strip().lower() not in GEOGRAPHIES:
        return (f"region {region} changes nothing: prices differ by {', '.join(sorted(GEOGRAPHIES))} only",)
    if call.resolution.provider != "aws":
        return (f"region {region} changes nothing: prices differ by region at aws only",)
    return (f"region {region} changes nothing: the price is the one without it",)


def _rate_notes(call: Call) -> tuple[str, ...]:
    override = call.override
    if override is None:
        return ()
    currency = override.setting.currency.upper()
    rate = call.table.overrides.rate(currency, call.at_unix_nano)
    if rate.has_begun:
        return ()
    return (f"{currency} has no rate before {rate.start}: that first rate is used for this earlier call",)


def exact_text(amount: Fraction) -> str:
    """Return an amount as decimal text, with at most 18 digits behind the point."""
    scaled = round(amount * 10**18)
    return f"{scaled // 10**18}.{scaled % 10**18:018d}".rstrip("0").rstrip(".")
