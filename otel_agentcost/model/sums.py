"""Sums: what is added up over calls, by whatever dimension."""

from __future__ import annotations

from typing import NamedTuple

from otel_agentcost.model.call import TOOL_CALL, Call
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, UNPRICED


class Sums(NamedTuple):
    """Amounts over the calls that pay. `calls` counts model calls, unpriced and estimated ones too.

    `tool_calls` counts tool calls with a price of their own, whose cost is in `tool_cost_nano_usd` and in
    `cost_nano_usd`. Duplicates add nothing. As differences, any of these may be negative.

    `executions` counts each execution once for a key, at the start of its first call that pays and has that key (and
    what else was asked for): on that call's day, in that call's hour. So a sum over a time counts the executions whose
    first such call is in it, sums over times that follow each other add up, and daily sums and calls agree. A change
    that moves an execution's first call to another day takes the execution from one day and adds it to the other.
    """

    cost_nano_usd: NanoUsd = 0
    calls: int = 0
    unpriced_calls: int = 0
    estimated_calls: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    tool_calls: int = 0
    tool_cost_nano_usd: NanoUsd = 0
    executions: int = 0

    def plus(self, other: Sums) -> Sums:
        return Sums._make(map(int.__add__, self, other))

    def minus(self, other: Sums) -> Sums:
        return Sums._make(map(int.__sub__, self, other))


NO_SUMS = Sums()


def sums_of(call: Call) -> Sums:
    """Return what one call adds, without `executions`, which no single call can tell."""
    status = call.status
    if status == DUPLICATE:
        return NO_SUMS
    if call.kind == TOOL_CALL:
        return Sums(cost_nano_usd=call.cost_nano_usd, tool_calls=1, tool_cost_nano_usd=call.cost_nano_usd)
    usage = call.usage
    return Sums(
        call.cost_nano_usd,
        1,
        1 if status == UNPRICED else 0,
        1 if status == ESTIMATED else 0,
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )
