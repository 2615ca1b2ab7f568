"""What a processor or exporter says about itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from otel_agentcost.engine.stats import EngineStats


class PriceStats(NamedTuple):
    """The prices in use, and how the last attempts to renew them went."""

    version: str
    source: str
    as_of: str | None
    """ISO 8601; None where the data does not tell."""
    as_of_means: str
    """What `as_of` dates: a wheel of genai-prices tells only from when its newest price holds."""
    refreshed_at: datetime | None = None
    """When the table in use was fetched; None while it is the one of the start, or where refresh is off."""
    refresh_failed_at: datetime | None = None
    refresh_error: str | None = None
    """Why the last attempt failed; None where it succeeded, or where refresh is off."""


class EdgeStats(NamedTuple):
    """Counts since the start. `engine` is None where the engine could not be built.

    `prices` is None there too, and where prices of the caller's own making are in use.
    """

    internal_errors: int
    engine: EngineStats | None
    prices: PriceStats | None = None
    ignored_baggage: int = 0
    """Baggage items that tell an identity and are not trusted, counted for each span that began with them."""
