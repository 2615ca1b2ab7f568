"""ToolPrices: what the calls of tools cost by themselves, by the configuration's `prices.tools`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from otel_agentcost.model.money import NANO_PER_USD, NanoUsd
from otel_agentcost.model.tool_price import ToolPrice
from otel_agentcost.pricing.settings import ToolSetting
from otel_agentcost.pricing.tool_keys import key_faults, parse

WEB_SEARCH: Final = "web_search"
"""The tool whose calls providers bill by the piece within a model call."""

MAX_REMEMBERED = 4096
"""Tools whose price is remembered; an agent has a handful. When full, all are forgotten."""

MAX_USD = 1_000_000


class ToolPrices:
    """The prices of tools. Safe to share between threads; nothing in it changes but its memory of names."""

    __slots__ = ("_by_specificity", "_remembered", "search_usd")

    def __init__(self, tools: Mapping[str, Decimal | ToolSetting]) -> None:
        """Check and order the settings.

        Raises:
            ValueError: a key or a price cannot be used; it names the setting and what is allowed.
        """
        for key, why in key_faults(tools):
            raise ValueError(f"prices.tools.{key}: {why}")
        for key, price in tools.items():
            for unit, why in price_faults(price):
                raise ValueError(f"prices.tools.{key}{unit and '.' + unit}: {why}")
        settings = {key: each if isinstance(each, ToolSetting) else ToolSetting(each) for key, each in tools.items()}
        ordered = sorted(settings, key=lambda key: (parse(key).specificity, _backwards(key)))
        self._by_specificity = [
            (parse(key), _price(key, settings[key], rank)) for rank, key in reversed(list(enumerate(ordered)))
        ]
        self._remembered: dict[tuple[str | None, str | None], ToolPrice | None] = {}
        found = self.price(WEB_SEARCH)
        self.search_usd: Decimal | None = None if found is None else settings[ordered[found.rank]].usd_per_call
        """What one search costs that a provider ran, None where nothing says so."""

    def price(self, tool: str | None, mcp_server: str | None = None) -> ToolPrice | None:
        """Return what a tool's calls cost, None where it has no price of its own. Names are matched in any case."""
        try:
            return self._remembered[tool, mcp_server]
        except KeyError:
            return self._find(tool, mcp_server)

    def __bool__(self) -> bool:
        """Return whether any tool has a price."""
        return bool(self._by_specificity)

    def _find(self, tool: str | None, mcp_server: str | None) -> ToolPrice | None:
        name = None if tool is None else tool.strip().lower()
        server = None if mcp_server is None else mcp_server.strip().lower()
        found = next((price for key, price in self._by_specificity if key.matches(name, server)), None)
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[tool, mcp_server] = found
        return found


def price_faults(price: Decimal | ToolSetting) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a tool's price: the key within it ("" for the whole) and why."""
    if isinstance(price, ToolSetting):
        amounts = {"usd_per_call": price.usd_per_call, "usd_per_session": price.usd_per_session}
        if all(amount is None for amount in amounts.values()):
            yield "", "has no price: give usd_per_call, usd_per_session or both"
    else:
        amounts = {"": price}
    for unit, amount in amounts.items():
        if amount is None:
            continue
        if not amount.is_finite() or not 0 <= amount <= MAX_USD:
            yield unit, f"{amount} is not allowed, must be from 0 to {MAX_USD}"
        elif (amount * NANO_PER_USD) % 1:
            yield unit, f"{amount} is not allowed: a billionth of a dollar, 9 decimals, is the smallest amount"


def _price(key: str, setting: ToolSetting, rank: int) -> ToolPrice:
    return ToolPrice(
        f"tools/{key}",
        _nano_usd(setting.usd_per_call),
        _nano_usd(setting.usd_per_session),
        setting.charge_failed,
        parse(key).is_mcp,
        rank,
    )


def _nano_usd(amount: Decimal | None) -> NanoUsd:
    return 0 if amount is None else int(amount * NANO_PER_USD)


def _backwards(key: str) -> tuple[int, ...]:
    """Return a sort key by which the first in the alphabet comes last: of two equally specific keys it wins."""
    return tuple(-ord(character) for character in key.strip().lower())
