"""Which executions a query asks for, and in which order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import add
from typing import Any, TypeAlias

from otel_agentcost.model.query import ExecutionQuery
from otel_agentcost.model.sums import NO_SUMS, Sums
from otel_agentcost.stores.memory.names import Names
from otel_agentcost.stores.memory.records import Head

Found: TypeAlias = tuple[int, Head]
"""An execution's id and what its record says of it."""


def matching(query: ExecutionQuery, heads: Iterable[Found], names: Names[str | None]) -> Iterator[Found]:
    """Yield the executions that match. The empty name asks for those whose user, team and so on are not known."""
    since, until = query.since_unix_nano, query.until_unix_nano
    low, high = query.min_cost_nano_usd, query.max_cost_nano_usd
    exact = [
        (Head._fields.index(field), (names.get(wanted, wanted) if field in _NAMED else wanted) if wanted else None)
        for field in ("user", "conversation", *_NAMED)
        if (wanted := getattr(query, field)) is not None
    ]
    parts = [
        (Head._fields.index(f"{field}s"), names.get(wanted, wanted))
        for field in ("agent", "model")
        if (wanted := getattr(query, field)) is not None
    ]
    for found in heads:
        head = found[1]
        if (
            (since is not None and head.start_unix_nano < since)
            or (until is not None and head.start_unix_nano >= until)
            or (low is not None and head.cost_nano_usd < low)
            or (high is not None and head.cost_nano_usd > high)
            or any(head[index] != wanted for index, wanted in exact)
            or any(not _has(head[index], wanted) for index, wanted in parts)
        ):
            continue
        yield found


def page(query: ExecutionQuery, found: Iterable[Found]) -> list[Found]:
    """Return those of the executions that the query's page holds, in its order."""
    value, sign = _VALUES[query.order], -1 if query.descending else 1
    ranked = ((sign * value(head), execution_id, head) for execution_id, head in found)
    rows = sorted(ranked) if query.limit is None else heapq.nsmallest(query.offset + query.limit, ranked)
    return [(execution_id, head) for _, execution_id, head in rows[query.offset :]]


def total(found: Iterable[Found]) -> Sums:
    """Return the sums over executions."""
    sums: Sequence[int] = NO_SUMS
    for _, head in found:
        sums = list(map(add, sums, _sums(head)))
    return Sums._make(sums)


_VALUES: dict[str, Callable[[Head], int]] = {
    "cost": lambda head: head.cost_nano_usd,
    "start": lambda head: head.start_unix_nano,
    "duration": lambda head: head.end_unix_nano - head.start_unix_nano,
    "calls": lambda head: head.calls,
}


def _sums(head: Head) -> Sums:
    return Sums(
        head.cost_nano_usd, head.calls, head.unpriced_calls, head.estimated_calls, head.input_tokens,
        head.cache_read_tokens, head.cache_write_tokens, head.output_tokens, head.reasoning_tokens, head.tool_calls,
        head.tool_cost_nano_usd, 1,
    )  # fmt: skip


_NAMED = ("team", "organization", "feature", "environment", "state")
"""Fields that a record keeps by the number of their text."""


def _has(amounts: Any, name: int | str) -> bool:
    """Return whether a name has a part in what a record's head keeps of a map."""
    return name in amounts if isinstance(amounts, dict) else name == amounts
