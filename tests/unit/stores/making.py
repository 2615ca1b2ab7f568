"""Make executions and the changes that commit them, so that a test of a store says what happens and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.ledger.changes import call_changes, day_changes
from otel_agentcost.ledger.summary import summarize
from otel_agentcost.model.books import Change
from otel_agentcost.model.call import TOOL_CALL, Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.execution import State
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.outcome import DUPLICATE, PRICED
from otel_agentcost.model.query import ReportQuery, ReportRow
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from otel_agentcost.model.usage import Usage

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NOON = 20_000 * DAY + 12 * HOUR
"""Noon of 2024-10-04, UTC."""

ALICE = Identity("alice", "support", "acme", "triage", "prod", "s-1", "c-1")
BOB = Identity("bob", "search", "acme", "ranking", "prod", "s-2", "c-2")


def call(
    execution_id: int,
    span_id: int,
    at: int = NOON,
    cost: int = 1_000,
    *,
    who: Identity = ALICE,
    agent: str | None = "planner",
    model: str | None = "gpt-4o-mini",
    provider: str | None = "openai",
    tool: str | None = None,
    **other: Any,
) -> Call:
    """Return a priced model call of 10 input and 5 output tokens, or what `other` makes of it."""
    fields: dict[str, Any] = {
        "trace_id": execution_id,
        "span_id": span_id,
        "parent_span_id": 1,
        "status": PRICED,
        "reason": None,
        "provider": provider,
        "model": model,
        "request_model": model,
        "operation": "chat",
        "usage": Usage(10, 5),
        "cost_nano_usd": cost,
        "agent": agent,
        "tool": tool,
        "response_id": f"resp-{execution_id}-{span_id}",
        "start_unix_nano": at,
        "end_unix_nano": at + SECOND,
        "convention": "test",
        "identity": who,
    }
    return Call(**(fields | other))


def duplicate(execution_id: int, span_id: int, payer: int, at: int = NOON) -> Call:
    return call(execution_id, span_id, at, 0, status=DUPLICATE, reason="same_call", payer_span_id=payer)


def tool_call(execution_id: int, span_id: int, at: int = NOON, cost: int = 500, tool: str = "search") -> Call:
    return call(
        execution_id, span_id, at, cost, kind=TOOL_CALL, tool=tool, model=None, provider=None, usage=Usage(),
        operation="execute_tool",
    )  # fmt: skip


class Recorded:
    """An execution as its recorder knows it: what it holds now, and what of it was committed last."""

    def __init__(self, execution_id: int, time_zone: str = "UTC") -> None:
        self.execution_id = execution_id
        self.version = 0
        self.is_settled = False
        self.booked: dict[int, Call] = {}
        self._day_of = Calendar(time_zone).day_of

    def change(
        self,
        calls: Iterable[Call],
        *,
        segment: bytes = b"",
        settles: bool = False,
        state: State = "running",
        seen: int | None = None,
        root_name: str | None = "POST /answer",
        **summary: Any,
    ) -> Change:
        """Return the change that brings the books to exactly these calls."""
        now = {each.span_id: each for each in calls}
        changes = call_changes(self.booked, now)
        rows = sorted(now.values(), key=lambda each: (each.start_unix_nano, each.span_id))
        start = min((each.start_unix_nano for each in rows), default=NOON)
        end = max((each.end_unix_nano for each in rows), default=NOON)
        totals = summarize(
            self.execution_id, rows, {}, rows[0].identity if rows else Identity(), root_name=root_name,
            is_complete=state == "completed", start_unix_nano=start, end_unix_nano=end, state=state,
        )  # fmt: skip
        return Change(
            execution_id=self.execution_id,
            base_version=self.version,
            segment=segment,
            calls=changes.calls,
            withdrawn=tuple(each.span_id for each in changes.withdrawn),
            summary=totals._replace(calls_list=(), **summary),
            days=day_changes(changes, self.booked, now, self._day_of),
            is_settled=self.is_settled or settles,
            seen_unix_nano=end if seen is None else seen,
        )

    def committed(self, change: Change) -> None:
        """Note that a store has taken the change."""
        self.version += 1
        self.is_settled = change.is_settled
        for span_id in change.withdrawn:
            del self.booked[span_id]
        self.booked.update((each.span_id, each) for each in change.calls)


def true_report(query: ReportQuery, executions: Iterable[Iterable[Call]]) -> list[ReportRow]:
    """Return what a report must say of executions, given all calls of each: as plain as can be."""
    calendar = Calendar(query.time_zone)
    found: dict[Any, Sums] = {}
    for calls in executions:
        counted: set[str] = set()
        for each in sorted(calls, key=lambda each: each.start_unix_nano):
            keys = dict(zip(DIMENSIONS, keys_of(each), strict=True))
            if each.status == DUPLICATE or any(keys[name] != key for name, key in query.only.items()):
                continue
            at = each.start_unix_nano
            key = "" if query.by in ("day", "hour") else keys[query.by]
            place = calendar.window(query.by, at).start_unix_nano if query.by in ("day", "hour") else key
            is_first = key not in counted
            counted.add(key)
            if query.since_unix_nano <= at < query.until_unix_nano:
                found[place] = found.get(place, NO_SUMS).plus(sums_of(each)).plus(Sums(executions=int(is_first)))
    if query.by == "hour":
        return [ReportRow(calendar.key_of_hour(start), found[start]) for start in sorted(found)]
    if query.by == "day":
        return [ReportRow(calendar.key_of_day(calendar.day_of(start)), found[start]) for start in sorted(found)]
    return [ReportRow(key, found[key]) for key in sorted(found, key=lambda key: (-found[key].cost_nano_usd, key))]


def whole(by: Any, days: tuple[int, int] = (19_990, 20_010), **only: str) -> ReportQuery:
    """Return a query over whole days of UTC around `NOON`."""
    kept: Mapping[Dimension, str] = only  # type: ignore[assignment]
    return ReportQuery(by, days[0] * DAY, days[1] * DAY, only=kept)
