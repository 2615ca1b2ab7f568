"""Write the data of the installed genai-prices into our own form.

`python -m otel_agentcost.pricing.compile` renews the snapshot that the package ships. The command needs Python 3.11
with genai-prices; the snapshot then serves every Python (docs/decisions/0003-price-snapshot.md).
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from importlib import metadata
from typing import Any, cast

from otel_agentcost.pricing.data import (
    Clause,
    Constraint,
    DatedPrices,
    Model,
    PriceData,
    Prices,
    Provider,
    Tier,
    Tiered,
    Variant,
    decode_units,
    encode_snapshot,
)
from otel_agentcost.pricing.load import SNAPSHOT_PATH


def compile_installed(made_on: str) -> PriceData:
    """Return the data of the installed genai-prices.

    `made_on` is the ISO date to write on it. Importing genai-prices takes some tenths of a second, so this runs only
    to renew the snapshot or where the installed version is another one than the snapshot's.

    Raises: ImportError where genai-prices is not installed.
    """
    # Typed as Any: we read plain data attributes of whatever version is installed.
    data: Any = __import__("genai_prices.data", fromlist=["providers"])
    units: Any = __import__("genai_prices.data_units", fromlist=["unit_data"])
    return PriceData(
        version=metadata.version("genai-prices"),
        made_on=made_on,
        units=decode_units(units.unit_data),
        providers=[_provider(provider) for provider in data.providers],
    )


def _provider(source: Any) -> Provider:
    return Provider(
        id=source.id,
        name=source.name,
        api_pattern=source.api_pattern,
        model_match=_clause(source.model_match),
        provider_match=_clause(source.provider_match),
        fallback_model_providers=source.fallback_model_providers,
        models=[_model(model) for model in source.models],
    )


def _model(source: Any) -> Model:
    prices: Prices | list[DatedPrices]
    if isinstance(source.prices, list):
        conditional = cast("list[Any]", source.prices)  # pyright: ignore[reportUnknownMemberType]
        prices = [DatedPrices(_prices(each.prices), _constraint(each.constraint)) for each in conditional]
    else:
        prices = _prices(source.prices)
    variants = [
        Variant(each.when, _prices(each.prices), _constraint(each.constraint)) for each in source.price_variants or ()
    ]
    match = _clause(source.match)
    if match is None:
        raise ValueError(f"model {source.id} has no match rule")
    return Model(source.id, match, prices, variants or None)


def _prices(source: Any) -> Prices:
    return {key: _price(value) for key, value in _fields(source) if value is not None}


def _price(value: Any) -> Any:
    if hasattr(value, "tiers"):
        return Tiered(value.base, [Tier(tier.start, tier.price) for tier in value.tiers])
    return value


def _constraint(source: Any) -> Constraint | None:
    if source is None:
        return None
    if hasattr(source, "start_date"):
        return Constraint(start_date=source.start_date.isoformat())
    return Constraint(start_time=source.start_time.isoformat(), end_time=source.end_time.isoformat())


def _fields(source: Any) -> list[tuple[str, Any]]:
    return list(cast("dict[str, Any]", vars(source)).items())


def _clause(source: Any) -> Clause | None:
    if source is None:
        return None
    fields: dict[str, Any] = {}
    for key, value in _fields(source):
        fields[key] = [_clause(each) for each in value] if key in {"or_", "and_"} else value
    return Clause(**fields)


def main() -> int:
    """Renew the shipped snapshot and say what it holds."""
    today = datetime.now(timezone.utc).date().isoformat()
    data = compile_installed(made_on=today)
    packed = encode_snapshot(data)
    SNAPSHOT_PATH.write_bytes(packed)
    models = sum(len(provider.models) for provider in data.providers)
    sys.stdout.write(
        f"{SNAPSHOT_PATH.name}: genai-prices {data.version}, {len(data.providers)} providers, "
        f"{models} models, {len(packed)} bytes\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
