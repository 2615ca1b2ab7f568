"""Quote: what a price table says about one usage."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import Status


class Quote(Struct, frozen=True, array_like=True, gc=False):
    """The answer of `PriceTable.quote`: `priced`, `free`, or with a reason `unpriced` or, where a part has no price,
    `estimated` by what the other parts cost."""

    status: Status
    reason: str | None = None
    cost_nano_usd: NanoUsd = 0
    provider: str | None = None
    """The provider's canonical id, as the price table spells it."""
    model: str | None = None
    """The model's canonical id in the price table."""
    price_id: str | None = None
    """Names the table row, its start date and variant, so that `agentcost price` can show it again."""
    source: Literal["local", "provider"] = "local"


class Breakdown(NamedTuple):
    """A cost by part; the parts sum to the total exactly. Nano-USD each."""

    input_nano_usd: NanoUsd = 0
    cache_read_nano_usd: NanoUsd = 0
    cache_write_nano_usd: NanoUsd = 0
    output_nano_usd: NanoUsd = 0
    reasoning_nano_usd: NanoUsd = 0
    tool_nano_usd: NanoUsd = 0
