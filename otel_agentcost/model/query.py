"""Questions to the books, and the rows that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.execution import State
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.sums import Sums

ExecutionOrder: TypeAlias = Literal["cost", "start", "duration", "calls"]


@dataclass(frozen=True)
class ExecutionQuery:
    """Which executions. Times are Unix nanoseconds and bound the start: from `since` on, before `until`.

    `agent` and `model` ask for executions that one had a part in; "" stands for what is not known. `min_cost_nano_usd`
    and `max_cost_nano_usd` are inclusive. `limit` None asks for all.
    """

    since_unix_nano: int | None = None
    until_unix_nano: int | None = None
    user: str | None = None
    team: str | None = None
    organization: str | None = None
    feature: str | None = None
    environment: str | None = None
    agent: str | None = None
    model: str | None = None
    conversation: str | None = None
    state: State | None = None
    min_cost_nano_usd: NanoUsd | None = None
    max_cost_nano_usd: NanoUsd | None = None
    order: ExecutionOrder = "start"
    descending: bool = True
    limit: int | None = 50
    offset: int = 0


@dataclass(frozen=True)
class ReportQuery:
    """Spend by a dimension, over calls that started from `since` on and before `until` (Unix nanoseconds).

    `by` may be `day` or `hour`, in `time_zone`. `only` keeps calls with that key in each dimension named.
    """

    by: Dimension | Literal["day", "hour"]
    since_unix_nano: int
    until_unix_nano: int
    time_zone: str = "UTC"
    only: Mapping[Dimension, str] = field(default_factory=dict[Dimension, str])


class ReportRow(NamedTuple):
    """The sums of one key. For `day` the key is `2026-03-29`, for `hour` `2026-03-29T02:00+02:00`."""

    key: str
    sums: Sums
