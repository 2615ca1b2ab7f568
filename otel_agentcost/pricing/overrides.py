"""Prices that the configuration sets: which one applies to a call, and its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import NamedTuple

from otel_agentcost.pricing.data import Prices, Unit
from otel_agentcost.pricing.resolve import Names, Resolution
from otel_agentcost.pricing.row import Row
from otel_agentcost.pricing.settings import CurrencyRate, PriceOverride, PriceSettings
from otel_agentcost.pricing.timeline import day_nano
from otel_agentcost.pricing.tool_prices import ToolPrices

_DOLLAR = "USD"
_ALWAYS = -(2**63)


class Override(NamedTuple):
    """A configured price, ready to be matched."""

    place: int
    """Its place in the configuration's list."""
    provider: str
    model: str
    start_unix_nano: int
    setting: PriceOverride

    @property
    def rank(self) -> tuple[bool, int, bool, int, int]:
        """Order among the overrides that match one call: the most specific name, then the latest start, then place."""
        literal = sum(character not in "*?[]" for character in self.model)
        exact = not any(character in self.model for character in "*?[")
        return (exact, literal, self.provider != "*", self.start_unix_nano, self.place)


class Rate(NamedTuple):
    """What one unit of a currency is worth at an instant."""

    usd: Fraction
    start: date | None
    """The UTC date from which the rate holds; None: always."""
    has_begun: bool
    """False: the instant lies before the first rate, which is used for want of another."""


class Overrides:
    """The overrides, the price of a search and the currency rates of one configuration. Immutable."""

    def __init__(self, settings: PriceSettings) -> None:
        """Check and order the settings.

        Raises: ValueError naming the setting that cannot be used, and what is allowed.
        """
        self._overrides = [_ready(index, setting) for index, setting in enumerate(settings.overrides)]
        self._rates: dict[str, list[CurrencyRate]] = {}
        for position, rate in enumerate(settings.currencies):
            self._add_rate(position, rate)
        for each in self._overrides:
            self._check_currency(each)
        self.web_search_usd_per_thousand = _per_thousand(ToolPrices(settings.tools).search_usd)

    def choose(self, names: Names, resolution: Resolution) -> list[Override]:
        """Return the overrides that match a call, the strongest first."""
        models = _lowered(names.response_model, names.request_model, resolution.model and resolution.model.id)
        providers = _lowered(names.provider, resolution.provider) or {""}
        found = [
            each
            for each in self._overrides
            if any(fnmatchcase(name, each.model) for name in models)
            and any(fnmatchcase(name, each.provider) for name in providers)
        ]
        return sorted(found, key=lambda each: each.rank, reverse=True)

    def active(self, chosen: Iterable[Override], unix_nano: int) -> Override | None:
        """Return the strongest override that has begun."""
        return next((each for each in chosen if each.start_unix_nano <= unix_nano), None)

    def changes(self, chosen: Iterable[Override]) -> list[int]:
        """Return the instants at which an override begins or its currency's rate changes."""
        found: list[int] = []
        for each in chosen:
            found.append(each.start_unix_nano)
            found += [_start(rate.start) for rate in self._rates.get(each.setting.currency.upper(), ())]
        return [instant for instant in found if instant != _ALWAYS]

    def row(
        self, override: Override, names: Names, resolution: Resolution, units: Mapping[str, Unit], unix_nano: int
    ) -> Row:
        """Return the row of an override at an instant, its prices converted at that day's rate."""
        setting = override.setting
        start = setting.start.isoformat() if setting.start else "any"
        return Row(
            resolution.provider or (names.provider or "").strip().lower() or None,
            resolution.model.id if resolution.model else names.response_model or names.request_model or setting.model,
            f"override[{override.place}]/{setting.model}@{start}",
            price_keys(setting),
            units,
            usd_per_currency=self.rate(setting.currency, unix_nano).usd,
        )

    def rate(self, currency: str, unix_nano: int) -> Rate:
        """Return the rate of a currency at an instant: the latest that has begun, the first where none has.

        Only an override without a start has calls before the first rate: any other is refused at the start.
        """
        if currency.upper() == _DOLLAR:
            return Rate(Fraction(1), None, True)
        rates = self._rates[currency.upper()]
        begun = [rate for rate in rates if _start(rate.start) <= unix_nano]
        found = begun[-1] if begun else rates[0]
        return Rate(Fraction(found.usd), found.start, bool(begun))

    def _add_rate(self, position: int, rate: CurrencyRate) -> None:
        if not rate.usd.is_finite() or rate.usd <= 0:
            raise ValueError(f"prices.currencies[{position}].usd: {rate.usd} is not allowed, must be above 0")
        rates = self._rates.setdefault(rate.currency.upper(), [])
        rates.append(rate)
        rates.sort(key=lambda each: _start(each.start))

    def _check_currency(self, override: Override) -> None:
        currency = override.setting.currency.upper()
        if currency != _DOLLAR and currency not in self._rates:
            known = ", ".join(sorted({_DOLLAR, *self._rates}))
            raise ValueError(
                f"prices.overrides[{override.place}].currency: {override.setting.currency!r} has no rate in "
                f"prices.currencies, allowed: {known}"
            )
        start = override.setting.start
        first = None if currency == _DOLLAR else self._rates[currency][0].start
        if start is not None and first is not None and start < first:
            why = before_the_first_rate(start, currency, first)
            raise ValueError(f"prices.overrides[{override.place}].start: {why}")


def price_keys(setting: PriceOverride) -> Prices:
    """Return an override's prices under the data's keys, with the overlaps that the data's rules want priced.

    A cached audio token costs what a cached token costs unless it has a price; an image that is written to the cache
    costs what a cache write costs.
    """
    write = (
        setting.cache_write_per_mtok if setting.cache_write_per_mtok is not None else setting.cache_write_1h_per_mtok
    )
    prices: Prices = {
        "input_mtok": setting.input_per_mtok,
        "output_mtok": setting.output_per_mtok,
        "cache_read_mtok": setting.cache_read_per_mtok,
        "cache_write_mtok": write,
        "cache_write_1h_mtok": setting.cache_write_1h_per_mtok,
        "output_reasoning_mtok": setting.reasoning_per_mtok,
        "input_audio_mtok": setting.input_audio_per_mtok,
        "cache_audio_read_mtok": setting.cache_read_audio_per_mtok,
        "input_image_mtok": setting.input_image_per_mtok,
        "output_audio_mtok": setting.output_audio_per_mtok,
        "output_image_mtok": setting.output_image_per_mtok,
        "requests_kcount": _per_thousand(setting.per_request),
        "web_searches_kcount": _per_thousand(setting.per_web_search),
    }
    return with_overlaps({key: value for key, value in prices.items() if value is not None})


_OVERLAPS = (
    ("input_audio_mtok", "cache_read_mtok", "cache_audio_read_mtok"),
    ("input_audio_mtok", "cache_write_mtok", "cache_audio_write_mtok"),
    ("input_audio_mtok", "cache_write_1h_mtok", "cache_audio_write_1h_mtok"),
    ("input_image_mtok", "cache_read_mtok", "cache_image_read_mtok"),
    ("input_image_mtok", "cache_write_mtok", "cache_image_write_mtok"),
    ("input_image_mtok", "cache_write_1h_mtok", "cache_image_write_1h_mtok"),
    ("output_audio_mtok", "output_reasoning_mtok", "output_audio_reasoning_mtok"),
    ("output_image_mtok", "output_reasoning_mtok", "output_image_reasoning_mtok"),
)


def with_overlaps(prices: Prices) -> Prices:
    """Return the prices with each overlap of two priced units priced as the second of them, where it has no price."""
    full = dict(prices)
    for first, second, overlap in _OVERLAPS:
        if first in full and second in full:
            full.setdefault(overlap, full[second])
    return full


def _ready(index: int, setting: PriceOverride) -> Override:
    for name, value in vars(setting).items():
        if isinstance(value, Decimal) and (not value.is_finite() or value < 0):
            raise ValueError(f"prices.overrides[{index}].{name}: {value} is not allowed, must be 0 or more")
    if setting.input_per_mtok is None and setting.output_per_mtok is None and setting.per_request is None:
        raise ValueError(f"prices.overrides[{index}]: no price; give input_per_mtok, output_per_mtok or per_request")
    parts = {
        "input_per_mtok": (
            "cache_read",
            "cache_write",
            "cache_write_1h",
            "input_audio",
            "cache_read_audio",
            "input_image",
        ),
        "output_per_mtok": ("reasoning", "output_audio", "output_image"),
    }
    for whole, names in parts.items():
        for name in names:
            if getattr(setting, f"{name}_per_mtok") is not None and getattr(setting, whole) is None:
                raise ValueError(f"prices.overrides[{index}].{name}_per_mtok: needs {whole} beside it")
    if setting.cache_read_audio_per_mtok is not None and None in (
        setting.cache_read_per_mtok,
        setting.input_audio_per_mtok,
    ):
        raise ValueError(
            f"prices.overrides[{index}].cache_read_audio_per_mtok: needs cache_read_per_mtok and input_audio_per_mtok "
            "beside it"
        )
    return Override(index, setting.provider.lower(), setting.model.lower(), _start(setting.start), setting)


def before_the_first_rate(start: date, currency: str, first: date) -> str:
    """Say why an override in another currency cannot start before that currency has a rate."""
    return f"{start} lies before the first rate of {currency}, of {first}: give a rate from {start} on, or start later"


def _start(day: date | None) -> int:
    return day_nano(day.isoformat()) if day else _ALWAYS


def _per_thousand(price: Decimal | None) -> Decimal | None:
    return None if price is None else price * 1000


def _lowered(*names: str | None) -> set[str]:
    return {name.strip().lower() for name in names if name and name.strip()}
