"""ExecutionSummary: what one execution cost and through what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from otel_agentcost.model.call import Call
from otel_agentcost.model.money import NanoUsd


class ExecutionSummary(NamedTuple):
    """The totals of one trace. `agents` and `models` map names to nano-USD; each sums to `cost_nano_usd`.

    The empty name stands for calls whose agent or model is not known.
    """

    execution_id: int
    cost_nano_usd: NanoUsd
    calls: int
    unpriced_calls: int
    estimated_calls: int
    duplicates: int
    tool_calls: int
    agents: Mapping[str, NanoUsd]
    models: Mapping[str, NanoUsd]
    user: str | None
    team: str | None
    root_name: str | None
    complete: bool
    """The root span was seen to end."""
    start_unix_nano: int
    end_unix_nano: int
    calls_list: tuple[Call, ...]
    """Each call, duplicates too. Where an execution has more spans than are kept, the sums tell of all, this not."""

    def as_row(self) -> dict[str, Any]:
        """Return the stable JSON row (schema 1) of DESIGN section 10."""
        return {
            "execution_id": f"{self.execution_id:032x}",
            "cost_nano_usd": self.cost_nano_usd,
            "calls": self.calls,
            "unpriced_calls": self.unpriced_calls,
            "estimated_calls": self.estimated_calls,
            "duplicates": self.duplicates,
            "tool_calls": self.tool_calls,
            "agents": dict(self.agents),
            "models": dict(self.models),
            "user": self.user,
            "team": self.team,
            "root_name": self.root_name,
            "complete": self.complete,
            "start_unix_nano": self.start_unix_nano,
            "end_unix_nano": self.end_unix_nano,
        }
