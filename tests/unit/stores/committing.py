"""Commit what `making` makes, in the tests that every store must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from otel_agentcost.model.books import Change
from otel_agentcost.model.call import Call
from otel_agentcost.model.identity import NOBODY
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.open import Store
from tests.unit.stores.making import BOB, DAY, HOUR, NOON, Recorded, call, duplicate, tool_call

MakeStore = Callable[[str], Store]
LARGEST = 2**128 - 1
"""The largest execution id."""


def commit(store: Store, *pairs: tuple[Recorded, Change]) -> list[int]:
    """Commit, tell the recorders, and return what was left out."""
    left_out = list(store.commit([change for _, change in pairs]))
    for recorded, change in pairs:
        if change.execution_id not in left_out:
            recorded.committed(change)
    return left_out


def put(store: Store, execution_id: int, calls: Iterable[Call], **how: Any) -> Recorded:
    """Commit a new execution with these calls."""
    recorded = Recorded(execution_id, store.time_zone)
    assert commit(store, (recorded, recorded.change(calls, **how))) == []
    return recorded


def in_order(calls: Iterable[Call]) -> list[Call]:
    return sorted(calls, key=lambda each: (each.start_unix_nano, each.trace_id, each.span_id))


def put_days(store: Store) -> list[list[Call]]:
    """Put executions over several days, corrections among them, and return the calls of each as they ended."""
    executions = [
        [call(1, 1, NOON, 100), call(1, 2, NOON + DAY, 200, agent="writer"), tool_call(1, 3, NOON + DAY)],
        [call(2, 1, NOON + 13 * HOUR, 300, who=BOB, model="o3"), duplicate(2, 2, 1, NOON)],
        [
            call(3, 1, NOON - 12 * HOUR, 50, who=NOBODY, agent=None, model=None, provider=None, status="unpriced"),
            call(3, 2, NOON - 12 * HOUR - 1, 60, who=BOB._replace(team=None), usage=Usage(5, 4, 3, 1, 1, 2)),
            tool_call(3, 3, NOON + 2 * DAY, 70, tool="fetch"),
            call(3, 4, NOON + 3 * DAY, 5, status="estimated", reason="x"),
        ],
    ]
    for number, calls in enumerate(executions, 1):
        first = put(store, number, [replace(calls[0], cost_nano_usd=9, agent="wrong"), call(number, 99, NOON - DAY)])
        assert commit(store, (first, first.change(calls))) == []
    return executions
