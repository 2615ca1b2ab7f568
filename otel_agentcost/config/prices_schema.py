"""The `prices` section: what models cost where the shipped table does not know it or the user knows better."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

from otel_agentcost.pricing.settings import RefreshSettings

_REFRESH = RefreshSettings(enabled=True)

_Amount: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
_UsdPerMtok: TypeAlias = Annotated[
    _Amount | None, Meta(description="US dollars per million tokens, a number of 0 or more such as 0.25")
]
_PerMtok: TypeAlias = Annotated[
    _Amount | None, Meta(description="an amount of currency per million tokens, a number of 0 or more such as 0.25")
]
_UsdEach: TypeAlias = Annotated[_Amount | None, Meta(description="US dollars each, a number of 0 or more such as 0.01")]
_Each: TypeAlias = Annotated[
    _Amount | None, Meta(description="an amount of currency each, a number of 0 or more such as 0.01")
]
_ToolAmount: TypeAlias = Annotated[float, Meta(ge=0, le=1e6)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=512)]
Currency: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z]{3}$")]

PARTS = (
    "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "input_audio", "cache_read_audio",
    "input_image", "output_audio", "output_image",
)  # fmt: skip
"""Each has a price per million tokens, in US dollars (`input_usd_per_mtok`) or in `currency` (`input_per_mtok`)."""

PIECES = ("request", "web_search")
"""Each has a price by the piece (`usd_per_request`, `per_request`)."""


class Override(Struct, forbid_unknown_fields=True):
    """The price of one model, or of all whose names match a glob."""

    model: Annotated[Name, Meta(description="a model's name, or a glob such as acme-*")]
    provider: Annotated[Name, Meta(description="a provider's name, or a glob such as *")] = "*"
    start: Annotated[
        datetime.date | None, Meta(description="a date such as 2026-01-31, from which (UTC) the price holds")
    ] = None
    currency: Annotated[
        Currency | None,
        Meta(description="three letters such as EUR, with a rate in prices.currencies; for prices without _usd_"),
    ] = None
    input_usd_per_mtok: _UsdPerMtok = None
    output_usd_per_mtok: _UsdPerMtok = None
    cache_read_usd_per_mtok: _UsdPerMtok = None
    cache_write_usd_per_mtok: _UsdPerMtok = None
    cache_write_1h_usd_per_mtok: _UsdPerMtok = None
    reasoning_usd_per_mtok: _UsdPerMtok = None
    input_audio_usd_per_mtok: _UsdPerMtok = None
    cache_read_audio_usd_per_mtok: _UsdPerMtok = None
    input_image_usd_per_mtok: _UsdPerMtok = None
    output_audio_usd_per_mtok: _UsdPerMtok = None
    output_image_usd_per_mtok: _UsdPerMtok = None
    usd_per_request: _UsdEach = None
    usd_per_web_search: _UsdEach = None
    input_per_mtok: _PerMtok = None
    output_per_mtok: _PerMtok = None
    cache_read_per_mtok: _PerMtok = None
    cache_write_per_mtok: _PerMtok = None
    cache_write_1h_per_mtok: _PerMtok = None
    reasoning_per_mtok: _PerMtok = None
    input_audio_per_mtok: _PerMtok = None
    cache_read_audio_per_mtok: _PerMtok = None
    input_image_per_mtok: _PerMtok = None
    output_audio_per_mtok: _PerMtok = None
    output_image_per_mtok: _PerMtok = None
    per_request: _Each = None
    per_web_search: _Each = None


class Rate(Struct, forbid_unknown_fields=True):
    """What one unit of a currency is worth."""

    currency: Annotated[Currency, Meta(description="three letters such as EUR")]
    usd: Annotated[
        Annotated[float, Meta(gt=0, le=1e6)],
        Meta(description="what one unit is worth in US dollars: a number above 0, such as 1.08"),
    ]
    start: Annotated[
        datetime.date | None, Meta(description="a date such as 2026-01-31, from which (UTC) the rate holds")
    ] = None


class ToolPrice(Struct, forbid_unknown_fields=True):
    """What the calls of a tool cost by themselves."""

    usd_per_call: Annotated[_ToolAmount | None, Meta(description="US dollars each, a number from 0 to 1000000")] = None
    usd_per_session: Annotated[
        _ToolAmount | None,
        Meta(description="US dollars once per execution and tool (or MCP server), a number from 0 to 1000000"),
    ] = None
    charge_failed: Annotated[bool, Meta(description="whether calls that failed cost as much: true or false")] = True


_PriceOfTool: TypeAlias = Annotated[
    _ToolAmount | ToolPrice,
    Meta(
        description="US dollars per call, a number from 0 to 1000000, or a mapping with usd_per_call, usd_per_session "
        "and charge_failed"
    ),
]


class Refresh(Struct, forbid_unknown_fields=True):
    """Fetching newer prices in the background."""

    enabled: Annotated[bool, Meta(description="true or false")] = _REFRESH.enabled
    url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ ]+$")],
        Meta(description="an http or https address of genai-prices data"),
    ] = _REFRESH.url
    interval_seconds: Annotated[
        Annotated[float, Meta(ge=60, le=31_536_000)], Meta(description="seconds, a number from 60 to 31536000")
    ] = _REFRESH.interval_seconds
    timeout_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=300)], Meta(description="seconds, a number above 0 and up to 300")
    ] = _REFRESH.timeout_seconds


class Prices(Struct, forbid_unknown_fields=True):
    """What models and tools cost."""

    overrides: Annotated[
        list[Override], Meta(description="a list of prices that go before the table's; the most specific name wins")
    ] = field(default_factory=list[Override])
    aliases: Annotated[
        dict[str, Name],
        Meta(description="a mapping from a deployment's name (or a glob) to provider/model, or to a model's name"),
    ] = field(default_factory=dict[str, str])
    tools: Annotated[
        dict[str, _PriceOfTool],
        Meta(description="a mapping from a tool's name, mcp:SERVER or mcp:SERVER/TOOL (or a glob) to what it costs"),
    ] = field(default_factory=dict[str, "float | ToolPrice"])
    currencies: Annotated[
        list[Rate], Meta(description="a list of rates, for overrides in other currencies than US dollars")
    ] = field(default_factory=list[Rate])
    litellm_file: Annotated[
        Name | None,
        Meta(description="the path of a LiteLLM price file, for models that the table does not know"),
    ] = None
    unknown: Annotated[
        Literal["report"], Meta(description="report (calls of unknown price are unpriced, with the reason)")
    ] = "report"
    refresh: Annotated[
        Literal["off", "on"] | bool | Refresh,
        Meta(description="off, on, or a mapping with url, interval_seconds and timeout_seconds"),
    ] = "off"
