"""What code sets to build a price table. The configuration's `prices:` section becomes one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

DEFAULT_REFRESH_URL = (
    "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json"
)
"""The JSON that genai-prices publishes and its own updater reads."""


@dataclass(frozen=True)
class PriceOverride:
    """A price that the user knows better than the table: a contract, a private model.

    `provider` and `model` are globs, matched without regard to case: the provider against what the span says and
    against the table's id for it, the model against the names on the span and the table's id. Prices are in `currency`
    per million tokens; what is None is not priced apart (a cached token then costs what an input token costs).
    """

    model: str
    provider: str = "*"
    input_per_mtok: Decimal | None = None
    output_per_mtok: Decimal | None = None
    cache_read_per_mtok: Decimal | None = None
    cache_write_per_mtok: Decimal | None = None
    """Both lifetimes, unless the one hour one has its own."""
    cache_write_1h_per_mtok: Decimal | None = None
    reasoning_per_mtok: Decimal | None = None
    input_audio_per_mtok: Decimal | None = None
    cache_read_audio_per_mtok: Decimal | None = None
    input_image_per_mtok: Decimal | None = None
    output_audio_per_mtok: Decimal | None = None
    output_image_per_mtok: Decimal | None = None
    per_request: Decimal | None = None
    per_web_search: Decimal | None = None
    currency: str = "USD"
    start: date | None = None
    """The UTC date from which it holds; None: always. Not before the first rate of its currency."""


@dataclass(frozen=True)
class CurrencyRate:
    """What one unit of a currency is worth in USD from a UTC date on (None: always)."""

    currency: str
    usd: Decimal
    start: date | None = None


@dataclass(frozen=True)
class ToolSetting:
    """What the calls of a tool cost, in USD: each call, the first of an execution, or both."""

    usd_per_call: Decimal | None = None
    usd_per_session: Decimal | None = None
    """Once per execution and tool; under an `mcp:` key, once per execution and MCP server."""
    charge_failed: bool = True
    """Whether a call that ended in an error costs as much."""


@dataclass(frozen=True)
class RefreshSettings:
    """Fetching newer prices in the background. Off by default: a price table that changes by itself is a choice."""

    enabled: bool = False
    url: str = DEFAULT_REFRESH_URL
    interval_seconds: float = 3600.0
    timeout_seconds: float = 10.0


@dataclass(frozen=True)
class PriceSettings:
    """Everything that shapes a price table beyond the data it is compiled from."""

    overrides: tuple[PriceOverride, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a deployment's name (a glob) means: `provider/model`, or a model's name alone."""
    tools: Mapping[str, Decimal | ToolSetting] = field(default_factory=dict[str, "Decimal | ToolSetting"])
    """What tools cost by themselves: a tool's name, `mcp:SERVER` or `mcp:SERVER/TOOL`, or a glob of these, to USD per
    call. What `web_search` costs is also the price of a search that a provider bills, for rows of the table without it.
    """
    currencies: tuple[CurrencyRate, ...] = ()
    litellm_file: str | None = None
    """A price file in LiteLLM's format: prices the models that the table does not know."""
    unknown: Literal["report", "refuse"] = "report"
    """What happens to calls of unknown price: they are reported as such; a guard may also refuse them."""
    refresh: RefreshSettings = field(default_factory=RefreshSettings)
