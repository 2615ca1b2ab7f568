"""What a processor or exporter says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from otel_agentcost.engine.stats import EngineStats


class EdgeStats(NamedTuple):
    """Counts since the start. `engine` is None where the engine could not be built."""

    internal_errors: int
    engine: EngineStats | None
