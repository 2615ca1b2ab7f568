"""Read a price file in LiteLLM's format (`model_prices_and_context_window.json`) into the price data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from otel_agentcost.pricing.data import Clause, Model, PriceData, Prices, Provider, Tier, Tiered, Variant
from otel_agentcost.pricing.overrides import with_overlaps
from otel_agentcost.pricing.providers import provider_of_prefix

LITELLM = "litellm:"
"""Stands before the id of every model that came from such a file."""

_PER_TOKEN: Mapping[str, str] = {
    "input_cost_per_token": "input_mtok",
    "output_cost_per_token": "output_mtok",
    "cache_read_input_token_cost": "cache_read_mtok",
    "cache_creation_input_token_cost": "cache_write_mtok",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_mtok",
    "output_cost_per_reasoning_token": "output_reasoning_mtok",
    "input_cost_per_audio_token": "input_audio_mtok",
    "cache_read_input_audio_token_cost": "cache_audio_read_mtok",
    "cache_read_input_token_cost_per_audio_token": "cache_audio_read_mtok",
    "input_cost_per_image_token": "input_image_mtok",
    "output_cost_per_audio_token": "output_audio_mtok",
    "output_cost_per_image_token": "output_image_mtok",
}
_ABOVE = ("_above_128k_tokens", "_above_200k_tokens", "_above_256k_tokens", "_above_272k_tokens", "_above_512k_tokens")
_VARIANTS: Mapping[str, dict[str, str]] = {
    "_batches": {"processing": "batch"},
    "_priority": {"service_tier": "priority"},
    "_flex": {"service_tier": "flex"},
}
_OTHER_UNIT = re.compile(r"^(?:input|output|ocr|annotation)_cost_per_(?!(?:[a-z]+_)?token(?:_|$))")
"""A price per query, request, image, pixel, second, character, page, …: whatever is not a token."""
_MILLION = Decimal(1_000_000)


class _Search(msgspec.Struct):
    search_context_size_medium: Decimal | None = None


def add_litellm_prices(data: PriceData, content: bytes, path: str) -> PriceData:
    """Return the data with the file's models behind its own, so that they price what the table does not know.

    Each model stands under its provider, by its name in the file and by that name without its `provider/` prefix.

    Raises: ValueError naming the file where it is not in LiteLLM's format.
    """
    try:
        raw = msgspec.json.decode(content, type=dict[str, dict[str, msgspec.Raw]])
    except msgspec.MsgspecError as error:
        raise ValueError(f"prices.litellm_file: {path} is not a LiteLLM price file: {error}") from None
    own = {provider.id: provider for provider in data.providers}
    added: dict[str, list[Model]] = {}
    for name, entry in raw.items():
        model = _model(name, entry)
        if name != "sample_spec" and model is not None:
            provider = _text(entry.get("litellm_provider")) or name.partition("/")[0]
            added.setdefault(_provider_id(provider.lower(), own), []).append(model)
    providers = [
        msgspec.structs.replace(provider, models=[*provider.models, *added.pop(provider.id, [])])
        for provider in data.providers
    ]
    providers += [Provider(id=each, name=each, api_pattern="$^", models=models) for each, models in added.items()]
    return msgspec.structs.replace(data, providers=providers)


def _provider_id(name: str, own: Mapping[str, Provider]) -> str:
    known = provider_of_prefix(name, own) or provider_of_prefix(name.split("-", 1)[0], own)
    return known or name


def _model(name: str, entry: Mapping[str, msgspec.Raw]) -> Model | None:
    standard = _prices(entry, "")
    if not standard:
        return None
    variants = [Variant(when, prices) for suffix, when in _VARIANTS.items() if (prices := _prices(entry, suffix))]
    names = {name.lower(), name.lower().partition("/")[2] or name.lower()}
    match = Clause(or_=[Clause(equals=each) for each in sorted(names)])
    ignored = tuple(key for key, raw in entry.items() if _OTHER_UNIT.match(key) and _decimal(raw))
    return Model(LITELLM + name, match, with_overlaps(standard), variants or None, ignored)


def _prices(entry: Mapping[str, msgspec.Raw], suffix: str) -> Prices:
    prices: Prices = {}
    for key, price_key in _PER_TOKEN.items():
        base = _decimal(entry.get(key + suffix))
        if base is None:
            continue
        tiers: list[Tier] = []
        for above in _ABOVE:
            price = _decimal(entry.get(key + above + suffix))
            if price is not None:
                tiers.append(Tier(int(above.split("_")[2][:-1]) * 1000, price * _MILLION))
        prices[price_key] = Tiered(base * _MILLION, tiers) if tiers else base * _MILLION
    search = entry.get("search_context_cost_per_query") if not suffix else None
    if prices and search is not None:
        medium = _search(search)
        if medium is not None:
            prices["web_searches_kcount"] = medium * 1000
    # A part without its whole cannot be priced (an audio model that lists no text price).
    if "input_mtok" not in prices:
        prices = {key: value for key, value in prices.items() if not key.startswith(("input", "cache"))}
    if "output_mtok" not in prices:
        prices = {key: value for key, value in prices.items() if not key.startswith("output")}
    if "cache_write_1h_mtok" in prices:
        prices.setdefault("cache_write_mtok", prices["cache_write_1h_mtok"])
    return prices


def _search(raw: msgspec.Raw) -> Decimal | None:
    try:
        return msgspec.json.decode(raw, type=_Search).search_context_size_medium
    except msgspec.MsgspecError:
        return None


def _decimal(raw: msgspec.Raw | None) -> Decimal | None:
    """Return a price, exactly as it is written; None where there is none."""
    if raw is None:
        return None
    try:
        value = msgspec.json.decode(raw, type=Decimal)
    except msgspec.MsgspecError:
        return None
    return value if value.is_finite() and value >= 0 else None


def _text(raw: msgspec.Raw | None) -> str | None:
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.MsgspecError:
        return None
