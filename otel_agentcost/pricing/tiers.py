"""The service tier of a call, as providers spell it, and the request context that selects price variants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BATCH = {"processing": "batch"}
_FLEX = {"service_tier": "flex"}
_PRIORITY = {"service_tier": "priority"}
_FAST = {"service_tier": "fast", "speed": "fast"}
"""OpenAI sells speed as a service tier, Anthropic as `speed`; the data spells each its own way."""

_CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "batch": _BATCH,
    "batches": _BATCH,
    "flex": _FLEX,
    "on_demand_flex": _FLEX,
    "priority": _PRIORITY,
    "on_demand_priority": _PRIORITY,
    "performance": _PRIORITY,
    "fast": _FAST,
}

STANDARD_TIERS = frozenset({"", "standard", "default", "auto", "on_demand", "ondemand", "standard_only", "unspecified"})
"""Spellings of the standard tier: no variant of prices."""

STANDARD: Mapping[str, str] = MappingProxyType({})


def context_of(tier: str | None) -> Mapping[str, str]:
    """Return the request context of a tier; the standard one for a tier that the price data does not tell apart."""
    if not tier:
        return STANDARD
    return _CONTEXTS.get(normal_tier(tier), STANDARD)


def normal_tier(tier: str) -> str:
    """Return the tier's name in lower case, without the decoration of enums (`SERVICE_TIER_PRIORITY`)."""
    name = tier.strip().lower().replace("-", "_")
    return name.removeprefix("service_tier_").removeprefix("traffic_type_")
