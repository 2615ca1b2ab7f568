"""The known faults of instrumentations: one row each, by instrumentation scope and version, with its source.

A row says which spans it concerns and what to do: read the input as exclusive of cached tokens, doubt the numbers, or
look for the missing part in the recorded response. `agentcost doctor` names the rows that concern what is installed.
"""

from __future__ import annotations

from functools import lru_cache

from otel_agentcost.conventions.quirk import Quirk
from otel_agentcost.conventions.quirks_frameworks import FRAMEWORKS
from otel_agentcost.conventions.quirks_openinference import OPENINFERENCE
from otel_agentcost.conventions.quirks_openlit import OPENLIT
from otel_agentcost.conventions.quirks_opentelemetry import OPENTELEMETRY

QUIRKS: tuple[Quirk, ...] = OPENTELEMETRY + OPENINFERENCE + OPENLIT + FRAMEWORKS


@lru_cache(maxsize=1024)
def quirks_of(scope_name: str, scope_version: str) -> tuple[Quirk, ...]:
    """Return the rows that concern spans of this scope and version."""
    return tuple(
        quirk for quirk in QUIRKS if scope_name.startswith(quirk.scope) and quirk.concerns_version(scope_version)
    )
