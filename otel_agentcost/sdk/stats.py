"""What a processor or exporter says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from otel_agentcost.sdk.guard import InternalErrors

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.engine.stats import EngineStats


class EdgeStats(NamedTuple):
    """Counts since the start. `engine` is None where the engine could not be built."""

    internal_errors: int
    engine: EngineStats | None


def stats_of(engine: Engine | None, errors: InternalErrors) -> EdgeStats:
    """Return the counts of one edge. Never raises."""
    counts: EngineStats | None = None
    try:
        counts = None if engine is None else engine.stats()
    except Exception as error:  # noqa: BLE001 - see guard.py
        try:
            errors.record("stats", error)
        except Exception:  # noqa: BLE001
            pass
    return EdgeStats(errors.total, counts)
