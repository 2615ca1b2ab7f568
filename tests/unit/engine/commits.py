"""What the tests of measurements and of the metrics in the sdk ring share: calls, and commits of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.engine.measurements.points import HistogramPoint, Reading
from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.model.books import Change
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import NOBODY
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, sums_of
from otel_agentcost.model.usage import Usage

SECOND = 1_000_000_000
NOON = 1_767_268_800 * SECOND  # 2026-01-01T12:00:00Z


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


def measurements(clock: Clock | None = None, **settings: Any) -> Measurements:
    return Measurements(ExportSettings(**settings), clock=clock or Clock())


def call(span_id: int = 1, cost_nano_usd: int = 1_000_000, **fields: Any) -> Call:
    made: dict[str, Any] = {
        "trace_id": 0xABC, "span_id": span_id, "parent_span_id": 9, "status": "priced", "reason": None,
        "provider": "openai", "model": "gpt-5-2026", "request_model": "gpt-5", "operation": "chat",
        "usage": Usage(100, 20, 40, 5, 5, 8), "cost_nano_usd": cost_nano_usd, "agent": "planner", "tool": None,
        "response_id": None, "start_unix_nano": NOON - 2 * SECOND, "end_unix_nano": NOON - SECOND,
        "convention": "otel_genai", "identity": NOBODY, **fields,
    }  # fmt: skip
    return Call(**made)


def summary(calls: Sequence[Call], trace_id: int = 0xABC, **fields: Any) -> ExecutionSummary:
    total = NO_SUMS
    for each in calls:
        total = total.plus(sums_of(each))
    agents: dict[str, int] = {}
    for each in calls:
        agents[each.agent or ""] = agents.get(each.agent or "", 0) + each.cost_nano_usd
    made: dict[str, Any] = {
        "execution_id": trace_id, "cost_nano_usd": total.cost_nano_usd, "calls": total.calls,
        "unpriced_calls": total.unpriced_calls, "estimated_calls": total.estimated_calls,
        "duplicates": sum(each.status == DUPLICATE for each in calls), "tool_calls": 0, "agents": agents,
        "models": {}, "user": None, "team": None, "root_name": "run", "complete": True,
        "start_unix_nano": NOON - 3 * SECOND, "end_unix_nano": NOON, "calls_list": (), "state": "completed",
        "tool_cost_nano_usd": total.tool_cost_nano_usd, **fields,
    }  # fmt: skip
    return ExecutionSummary(**made)


def committed(
    *calls: Call,
    before: Sequence[Call | None] | None = None,
    withdrawn: Sequence[Call] = (),
    all_calls: Sequence[Call] | None = None,
    settles: bool = False,
    is_settled: bool = False,
    **fields: Any,
) -> Committed:
    """Return a commit of calls that are new, or that stood as `before`; `all_calls` are those the execution has now."""
    about = summary(calls if all_calls is None else all_calls, **fields)
    change = Change(
        about.execution_id,
        0,
        b"",
        calls,
        tuple(each.span_id for each in withdrawn),
        about,
        (),
        settles or is_settled,
        0,
    )
    return Committed(change, tuple(before or [None] * len(calls)), tuple(withdrawn), settles)


def read(source: Measurements | Cursor) -> Reading:
    return (source if isinstance(source, Cursor) else Cursor(source)).read()


def values(reading: Reading, name: str) -> dict[tuple[tuple[str, str | bool], ...], int]:
    """Return the values of one metric by its labels."""
    return {
        tuple(sorted(point.attributes.items())): point.value
        for metric in reading.metrics
        if metric.instrument.name == name
        for point in metric.points
    }


def total(reading: Reading, name: str) -> int:
    return sum(values(reading, name).values())


def histogram(reading: Reading, name: str) -> list[HistogramPoint]:
    return [point for metric in reading.metrics if metric.instrument.name == name for point in metric.histogram_points]
