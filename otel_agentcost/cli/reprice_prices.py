"""The prices that calls are priced again under: a configuration's, with overrides of the command line on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from otel_agentcost.cli.books import QuestionError
from otel_agentcost.cli.composition import price_table
from otel_agentcost.config.errors import ConfigError
from otel_agentcost.config.key_path import Document
from otel_agentcost.config.load import build, load_config
from otel_agentcost.config.model import Config
from otel_agentcost.pricing.load import load_tool_prices
from otel_agentcost.pricing.settings import PriceOverride
from otel_agentcost.pricing.table import PriceTable
from otel_agentcost.pricing.tool_prices import ToolPrices


class OtherPrices(NamedTuple):
    """Prices of models and of tools, and in words what they are made of."""

    table: PriceTable
    tools: ToolPrices
    config: Config
    source: str | None
    """The configuration file; None for none."""
    overrides: int
    """How many came from the command line."""

    def __str__(self) -> str:
        parts = [self.table.version, f"prices of {self.source}" if self.source else "no configuration file"]
        if self.overrides:
            parts.append(f"{self.overrides} --override")
        return ", ".join(parts)


def other_prices(config_path: str | None, overrides: Sequence[str]) -> OtherPrices:
    """Return the prices.

    Raises:
        ConfigError: the configuration is wrong.
        QuestionError: an override is.
    """
    config = load_config(config_path)
    added = _read_overrides(overrides, config)
    named = {_names(each) for each in added}
    kept = tuple(each for each in config.prices.overrides if _names(each) not in named)
    config = replace(config, prices=replace(config.prices, overrides=(*added, *kept)))
    return OtherPrices(price_table(config), load_tool_prices(config.prices), config, config.source, len(added))


def _read_overrides(texts: Sequence[str], config: Config) -> tuple[PriceOverride, ...]:
    """Check overrides as the configuration's own are, in its currencies."""
    if not texts:
        return ()
    currencies = [
        {"currency": rate.currency, "usd": float(rate.usd)} | ({"start": rate.start.isoformat()} if rate.start else {})
        for rate in config.prices.currencies
    ]
    content = {"prices": {"overrides": [_pairs(text) for text in texts], "currencies": currencies}}
    try:
        return build(Document(content, {}), "--override", {}).prices.overrides
    except ConfigError as error:
        lines = [line.replace("--override: prices.overrides", "--override", 1) for line in str(error).splitlines()]
        raise QuestionError("\n".join(lines)) from None


def _pairs(text: str) -> Mapping[str, str | float]:
    """Read `provider=openai,model=gpt-4o*,input_usd_per_mtok=2.5`."""
    pairs: dict[str, str | float] = {}
    for part in text.split(","):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not key or not value:
            raise QuestionError(
                f"--override: {part!r} in {text!r} is no KEY=VALUE; write model=gpt-4o,input_usd_per_mtok=2.5,…"
            )
        if key in pairs:
            raise QuestionError(f"--override: {key!r} stands twice in {text!r}")
        pairs[key] = _value(value)
    return pairs


def _value(text: str) -> str | float:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if text[0].isdigit() or text[0] in "+-." else text  # `nan` and `inf` are names, not numbers


def _names(override: PriceOverride) -> tuple[str, str, str]:
    return override.provider.lower(), override.model.lower(), str(override.start)
