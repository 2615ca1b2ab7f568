"""Turn the validated file into the settings that each ring takes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from otel_agentcost.config.checks import currency_key, usd_key
from otel_agentcost.config.hashing import hashing_settings
from otel_agentcost.config.prices_schema import PARTS, PIECES, Override, Prices, Refresh
from otel_agentcost.config.schema import File, IdentityKeys
from otel_agentcost.config.tools import tool_settings
from otel_agentcost.engine.settings import EngineSettings, IdentitySources
from otel_agentcost.model.identity import Identity
from otel_agentcost.pricing.settings import CurrencyRate, PriceOverride, PriceSettings, RefreshSettings


def price_settings(prices: Prices, folder: Path) -> PriceSettings:
    """Return the settings of the pricing ring; a relative path starts at `folder`."""
    return PriceSettings(
        overrides=tuple(_override(each) for each in prices.overrides),
        aliases=dict(prices.aliases),
        tools=tool_settings(prices),
        currencies=tuple(
            CurrencyRate(each.currency.upper(), _exact(each.usd), each.start) for each in prices.currencies
        ),
        litellm_file=None if prices.litellm_file is None else str(folder / prices.litellm_file),
        unknown=prices.unknown,
        refresh=_refresh(prices.refresh),
    )


def engine_settings(file: File) -> EngineSettings:
    """Return the settings of the engine."""
    return EngineSettings(
        detail=file.enrichment.detail,
        legacy_names=file.enrichment.legacy_names,
        identity=_identity(file.identity),
        max_executions=file.limits.max_executions,
        max_spans_per_execution=file.limits.max_spans_per_execution,
        idle_seconds=file.limits.idle_seconds,
    )


def _override(override: Override) -> PriceOverride:
    prices: dict[str, Decimal] = {}
    for part in (*PARTS, *PIECES):
        for key in (usd_key(part), currency_key(part)):
            value: float | None = getattr(override, key)
            if value is not None:
                prices[currency_key(part)] = _exact(value)
    return PriceOverride(
        model=override.model,
        provider=override.provider,
        currency=(override.currency or "USD").upper(),
        start=override.start,
        **prices,
    )


def _identity(keys: IdentityKeys) -> IdentitySources:
    held = keys.defaults
    return IdentitySources(
        user=tuple(keys.user),
        session=tuple(keys.session),
        conversation=tuple(keys.conversation),
        team=tuple(keys.team),
        organization=tuple(keys.organization),
        feature=tuple(keys.feature),
        environment=tuple(keys.environment),
        trust_baggage=tuple(keys.trust_baggage),
        defaults=Identity(
            user=held.user,
            team=held.team,
            organization=held.organization,
            feature=held.feature,
            environment=held.environment,
            session=held.session,
            conversation=held.conversation,
        ),
        hashing=hashing_settings(keys.hash_users),
    )


def _refresh(refresh: str | bool | Refresh) -> RefreshSettings:
    if isinstance(refresh, Refresh):
        return RefreshSettings(refresh.enabled, refresh.url, refresh.interval_seconds, refresh.timeout_seconds)
    return RefreshSettings(enabled=refresh in ("on", True))


def _exact(number: float) -> Decimal:
    """Return a number of the file as it was written: the shortest text of a float is what the user typed."""
    return Decimal(repr(number))
