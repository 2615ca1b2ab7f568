"""ExecutionSummary: what one execution cost and through what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

from otel_agentcost.model.call import Call
from otel_agentcost.model.money import NanoUsd

State: TypeAlias = Literal["running", "completed", "killed", "abandoned"]
"""`completed`: the root span has ended. `killed`: a budget stopped it. `abandoned`: quiet for long, and its root never
ended.
"""

_NOTHING: Mapping[str, NanoUsd] = MappingProxyType({})


class ExecutionSummary(NamedTuple):
    """The totals of one trace. `agents`, `models`, `tools`, `providers`, `features` map names to nano-USD; each sums to
    `cost_nano_usd`.

    The empty name stands for calls whose agent, model, tool, provider or feature is not known, or that have none.
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
    organization: str | None = None
    feature: str | None = None
    environment: str | None = None
    session: str | None = None
    conversation: str | None = None
    state: State = "running"
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    tool_cost_nano_usd: NanoUsd = 0
    """The part of the cost that tools with a price of their own have."""
    tools: Mapping[str, NanoUsd] = _NOTHING
    providers: Mapping[str, NanoUsd] = _NOTHING
    features: Mapping[str, NanoUsd] = _NOTHING
    root_span_id: int = 0
    """The span that signals about the execution point to; 0 where no root span was seen."""

    def as_row(self) -> dict[str, Any]:
        """Return the stable JSON row (schema 1) of docs/cli.md."""
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
            "organization": self.organization,
            "feature": self.feature,
            "environment": self.environment,
            "session": self.session,
            "conversation": self.conversation,
            "state": self.state,
            "input_tokens": self.input_tokens,
            "cache_read_tokens": self.cache_read_tokens,
            "cache_write_tokens": self.cache_write_tokens,
            "output_tokens": self.output_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "tool_cost_nano_usd": self.tool_cost_nano_usd,
            "tools": dict(self.tools),
            "providers": dict(self.providers),
            "features": dict(self.features),
        }
