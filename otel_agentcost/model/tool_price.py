"""ToolPrice: what the calls of one tool cost by themselves, as the configuration says."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.model.money import NanoUsd


class ToolPrice(NamedTuple):
    """The price of a tool, beside what the model calls inside it cost."""

    price_id: str
    """`tools/` and the key of `prices.tools` that it is from."""
    nano_usd_per_call: NanoUsd = 0
    nano_usd_per_session: NanoUsd = 0
    """Charged once per execution and tool, or per execution and MCP server where `is_per_server`."""
    charges_failed: bool = True
    """Whether a call that ended in an error costs as much."""
    is_per_server: bool = False
    rank: int = 0
    """Order among the prices of one configuration: the higher one is of the more specific key."""
