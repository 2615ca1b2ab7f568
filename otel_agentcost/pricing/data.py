"""The price data as it is stored and published: providers, models, match rules, dated prices, units.

One schema serves three sources: the snapshot shipped in the package, the data of an installed genai-prices
(written into this form by `compile.py`) and the JSON that genai-prices publishes (read by `refresh.py`).
"""

from __future__ import annotations

import gzip
from decimal import Decimal
from typing import Any

import msgspec


class Clause(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One match rule; exactly one field is set. Text is compared in lower case, except `regex`."""

    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    regex: str | None = None
    equals: str | None = None
    or_: list[Clause] | None = msgspec.field(default=None, name="or")
    and_: list[Clause] | None = msgspec.field(default=None, name="and")


class Tier(msgspec.Struct, frozen=True, gc=False):
    """The price of every token of a call whose input is longer than `start` tokens."""

    start: int
    price: Decimal


class Tiered(msgspec.Struct, frozen=True):
    base: Decimal
    tiers: list[Tier]


Prices = dict[str, Decimal | Tiered | None]
"""USD by price key, each per the unit that the key's `Unit` names."""


class Constraint(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """When a price holds: from a UTC date on, or in a daily interval of UTC times (ISO 8601 text)."""

    start_date: str | None = None
    start_time: str | None = None
    end_time: str | None = None


class DatedPrices(msgspec.Struct, frozen=True, omit_defaults=True):
    prices: Prices
    constraint: Constraint | None = None


class Variant(msgspec.Struct, frozen=True, omit_defaults=True):
    """Prices that replace the standard ones, key by key, where the request's context equals `when`."""

    when: dict[str, str]
    prices: Prices
    constraint: Constraint | None = None


class Model(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    match: Clause
    prices: Prices | list[DatedPrices]
    price_variants: list[Variant] | None = None
    ignored_units: tuple[str, ...] = ()
    """What the source also bills by, and nothing here counts (queries, pages): the prices are not the whole."""


class Provider(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    name: str
    api_pattern: str
    model_match: Clause | None = None
    provider_match: Clause | None = None
    fallback_model_providers: list[str] | None = None
    models: list[Model] = []


class Unit(msgspec.Struct, frozen=True):
    """What a price key counts. A unit whose dimensions contain another's is a part of that other."""

    per: int
    price_key: str
    dimensions: dict[str, str]


class PriceData(msgspec.Struct, frozen=True):
    """Everything a price table is compiled from. `made_on` is the ISO date on which the data was written down."""

    version: str
    made_on: str
    units: dict[str, Unit]
    providers: list[Provider]


_price_data_decoder = msgspec.json.Decoder(PriceData)
_providers_decoder = msgspec.json.Decoder(list[Provider])


def decode_snapshot(packed: bytes) -> PriceData:
    """Return the data of a snapshot file, the reverse of `encode_snapshot`."""
    return _price_data_decoder.decode(gzip.decompress(packed))


def decode_providers(published_json: bytes) -> list[Provider]:
    """Return the providers of the JSON that genai-prices publishes.

    Raises: msgspec.MsgspecError where it is no such JSON.
    """
    return _providers_decoder.decode(published_json)


def decode_units(raw: dict[str, Any]) -> dict[str, Unit]:
    """Return the units of `genai_prices.data_units.unit_data`."""
    return msgspec.convert(raw, dict[str, Unit])


def encode_snapshot(data: PriceData) -> bytes:
    """Return the data as gzipped JSON, always the same bytes; prices are text, so that none loses a digit."""
    return gzip.compress(msgspec.json.encode(data), mtime=0)
