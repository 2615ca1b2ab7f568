"""Tools with prices, and what their spans are charged, for the tests of tool charges."""

from __future__ import annotations

from collections.abc import Mapping

from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.call import Call
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.reading import MCP_TOOL_CALL
from otel_agentcost.model.tool_price import ToolPrice

from .facts import tool

CENT = 10_000_000
SEARCH = ToolPrice("tools/search", CENT)
MCP = "mcp-python-sdk"


class Prices:
    """Prices by a tool's name, or by its server's."""

    def __init__(self, by_name: Mapping[str, ToolPrice]) -> None:
        self._by_name = by_name

    def price(self, tool: str | None, mcp_server: str | None = None, /) -> ToolPrice | None:
        return self._by_name.get(f"mcp:{mcp_server}") or self._by_name.get(tool or "")


def charges(*facts: Fact, prices: Mapping[str, ToolPrice] | None = None, who: Identity | None = None) -> list[Call]:
    tree = Tree({f.span_id: f for f in facts if f.reading is not None}, {f.span_id: f.parent_span_id for f in facts})
    return tool_charges(tree, Prices(prices or {"search": SEARCH, "lookup": ToolPrice("tools/lookup", 2 * CENT)}), who)


def search(span_id: int, parent: int = 1, at: tuple[float, float] = (10, 20), **found: object) -> Fact:
    return tool(span_id, parent, at, **{"tool": "search", **found})


def request(span_id: int, parent: int = 1, at: tuple[float, float] = (11, 19), **found: object) -> Fact:
    """Return the request to an MCP server."""
    return search(span_id, parent, at, **{"scope": MCP, "operation": MCP_TOOL_CALL, **found})


def paid(calls: list[Call]) -> dict[int, int]:
    """Return the cost of each span that pays."""
    return {each.span_id: each.cost_nano_usd for each in calls if each.status != DUPLICATE}


def repeats(calls: list[Call]) -> dict[int, int]:
    """Return who pays for each duplicate."""
    return {each.span_id: each.payer_span_id for each in calls if each.status == DUPLICATE}
