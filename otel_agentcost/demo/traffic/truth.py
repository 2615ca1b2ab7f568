"""What the planned requests were billed, and on whose behalf: added up from the plan alone.

Models are priced by genai-prices itself, tools and the company's own model by the constants in `models.py`: nothing of
the library's pricing, reading or judging has a part in it. Only the form of the sums is the library's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, TypeAlias

from otel_agentcost.demo.provider.billing import price_nano_usd
from otel_agentcost.demo.traffic.models import TOOL_USD, Model
from otel_agentcost.demo.traffic.plan import ModelCall, Request, ToolCall
from otel_agentcost.demo.traffic.timeline import PAUSE_NANO, Placed, flat, place
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.money import NANO_PER_USD, NanoUsd
from otel_agentcost.model.sums import NO_SUMS, Sums
from otel_agentcost.model.usage import Usage

By: TypeAlias = "Dimension | Literal['day']"

ALL: tuple[By, ...] = ("total", "team", "user", "feature", "agent", "model", "tool", "day")
"""What the truth is added up by."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLION = 1_000_000


class Truth:
    """The bills, by each of `ALL`. Days are those of the zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self.sums: dict[By, dict[str, Sums]] = {by: {} for by in ALL}
        self.failed_calls = 0
        """Calls that ended in an error. The books call them unpriced, since no span can tell that they were free."""
        self.priceless_calls = 0
        """Calls of a model that has no price."""
        self._executions: set[tuple[By, str]] = set()

    @property
    def total(self) -> Sums:
        return self.sums["total"].get("", NO_SUMS)

    def add(self, request: Request) -> None:
        """Add what a request was billed."""
        self._executions.clear()
        steps, _ = place(request.work.steps, request.start_unix_nano + PAUSE_NANO)
        for placed in flat(steps):
            sums = self._billed(placed)
            if sums is not None:
                self._book(request, placed, sums)

    def _billed(self, placed: Placed) -> Sums | None:
        """Return what a step adds; None where nobody charges for it."""
        step = placed.step
        if isinstance(step, ToolCall):
            return _tool_sums(step.tool)
        if not isinstance(step, ModelCall):
            return None
        if step.error is not None:
            self.failed_calls += 1
            return Sums(calls=1, unpriced_calls=1)
        cost = model_nano_usd(step.model, step.usage, placed.start)
        self.priceless_calls += cost is None
        return _model_sums(step.usage, cost)

    def _book(self, request: Request, placed: Placed, sums: Sums) -> None:
        for by, key in self._keys(request, placed):
            # An execution counts once for a key; by day, on the day of its first bill.
            once = ("day", "") if by == "day" else (by, key)
            is_first = once not in self._executions
            self._executions.add(once)
            rows = self.sums[by]
            rows[key] = rows.get(key, NO_SUMS).plus(sums._replace(executions=int(is_first)))

    def _keys(self, request: Request, placed: Placed) -> Iterator[tuple[By, str]]:
        step = placed.step
        yield "total", ""
        yield "team", request.team
        yield "user", request.user
        yield "feature", request.feature
        yield "agent", placed.agent or ""
        yield "model", _told_model(step) if isinstance(step, ModelCall) else ""
        yield "tool", placed.tool or ""
        yield "day", (_EPOCH + timedelta(microseconds=placed.start // 1_000)).astimezone(self._zone).date().isoformat()


def model_nano_usd(model: Model, usage: Usage, at_unix_nano: int) -> NanoUsd | None:
    """Return what a call was billed; None where nobody has a price for it."""
    if model.billed_by is not None:
        at = _EPOCH + timedelta(microseconds=at_unix_nano // 1_000)
        return price_nano_usd(model.billed_by, model.answered, usage, at)
    if model.usd_per_million is None:
        return None
    asked, answered = map(Decimal, model.usd_per_million)
    exact = (usage.input_tokens * asked + usage.output_tokens * answered) / _MILLION * NANO_PER_USD
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def _tool_sums(tool: str) -> Sums | None:
    price = TOOL_USD.get(tool)
    if price is None:
        return None
    cost = int(Decimal(price) * NANO_PER_USD)
    return Sums(cost_nano_usd=cost, tool_calls=1, tool_cost_nano_usd=cost)


def _model_sums(usage: Usage, cost: NanoUsd | None) -> Sums:
    return Sums(
        cost_nano_usd=cost or 0,
        calls=1,
        unpriced_calls=int(cost is None),
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def _told_model(call: ModelCall) -> str:
    """Return the model as the books name it: the one that answered, where one did."""
    return call.model.requested if call.error is not None else call.model.answered
