"""The columns of the FinOps Open Cost and Usage Specification (FOCUS) 1.2 that we fill, and one charge as their row.

docs/focus.md tells what each holds, which are left out and why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from otel_agentcost.cli.csv_rows import usd_text
from otel_agentcost.cli.focus_names import seller_of, tool_seller
from otel_agentcost.model.call import TOOL_CALL, CallKind
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import Status
from otel_agentcost.model.sums import Sums

FOCUS_VERSION = "1.2"
NO_ORGANIZATION = "agentcost"
"""The billing account of calls whose organisation is not known: FOCUS allows no null there."""

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "CommitmentDiscountStatus", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "PricingCategory", "PricingQuantity",
    "PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId",
    "SkuMeter", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags",
)  # fmt: skip
"""In the order of the alphabet, as the specification's own data."""

CUSTOM_COLUMNS = (
    "x_PricingStatus", "x_Calls", "x_InputTokens", "x_CacheReadTokens", "x_CacheWriteTokens", "x_OutputTokens",
    "x_ReasoningTokens",
)  # fmt: skip
"""After the specification's columns, as it wants."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Charge(NamedTuple):
    """What tells one charge from another within a charge period. All calls of one charge have these in common."""

    kind: CallKind
    provider: str | None
    model: str | None
    price_id: str | None
    status: Status
    agent: str | None
    tool: str | None
    who: Identity
    """Without session and conversation, which would make a row a call."""


def focus_row(charge: Charge, sums: Sums, since_unix_nano: int, until_unix_nano: int) -> Sequence[str | int | None]:
    """Return the row of a charge in the order of `COLUMNS`, then `CUSTOM_COLUMNS`; None is null."""
    is_tool = charge.kind == TOOL_CALL
    seller = tool_seller(charge.provider, charge.tool) if is_tool else seller_of(charge.provider)
    cost = usd_text(sums.cost_nano_usd)
    # A decimal point, so that readers which guess a column's type from its values take it for a decimal, as it must be.
    quantity = f"{sums.tool_calls if is_tool else sums.input_tokens + sums.output_tokens}.0"
    unit = "Requests" if is_tool else "Tokens"
    start = _moment(since_unix_nano)
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    account = charge.who.organization or NO_ORGANIZATION
    sku = _sku(charge)
    return (
        cost,
        account,
        account,
        "USD",
        _text((month + timedelta(days=31)).replace(day=1)),
        _text(month),
        "Usage",
        None,
        _description(charge, sums),
        "Usage-Based",
        _text(_moment(until_unix_nano)),
        _text(start),
        None,
        quantity,
        unit,
        cost,
        cost,
        None,
        seller.provider,
        cost,
        "Standard",
        quantity,
        unit,
        seller.provider,
        seller.provider,
        "Other" if is_tool else "AI and Machine Learning",
        seller.service,
        "Other (Other)" if is_tool else "Generative AI",
        sku,
        None if sku is None else unit,
        charge.price_id,
        charge.who.team or None,
        charge.who.team or None,
        _tags(charge),
        charge.status,
        sums.tool_calls if is_tool else sums.calls,
        sums.input_tokens,
        sums.cache_read_tokens,
        sums.cache_write_tokens,
        sums.output_tokens,
        sums.reasoning_tokens,
    )


def _description(charge: Charge, sums: Sums) -> str:
    if charge.kind == TOOL_CALL:
        return f"{charge.tool or 'a tool'}: {sums.tool_calls} tool calls"
    priced = "" if charge.status in ("priced", "free") else f", {charge.status}"
    return (
        f"{charge.model or 'unknown model'}: {sums.calls} calls, "
        f"{sums.input_tokens} input and {sums.output_tokens} output tokens{priced}"
    )


def _sku(charge: Charge) -> str | None:
    """Return what was bought: the price table's row without its date and variant, else provider and model."""
    if charge.price_id:
        return charge.price_id.partition("@")[0]
    if charge.kind == TOOL_CALL:
        return charge.tool
    return f"{charge.provider or 'unknown'}/{charge.model}" if charge.model else None


def _tags(charge: Charge) -> str | None:
    """Return what spend is allocated by, as a JSON object. What is not known has no tag."""
    who = charge.who
    tags = {
        "agent": charge.agent,
        "environment": who.environment,
        "feature": who.feature,
        "model": charge.model,
        "organization": who.organization,
        "team": who.team,
        "tool": charge.tool,
        "user": who.user,
    }
    known = {key: value for key, value in tags.items() if value}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")) if known else None


def _moment(unix_nano: int) -> datetime:
    return _EPOCH + timedelta(seconds=unix_nano // 1_000_000_000)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
