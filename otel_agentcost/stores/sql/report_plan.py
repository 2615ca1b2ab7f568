"""Decide which part of a report the daily sums answer, and which the calls must. No SQL here."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from otel_agentcost.engine.store import TooOldError
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.query import ReportQuery

MOST_UNIX_NANO = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Span(NamedTuple):
    """A time, from `since` on and before `until`."""

    since_unix_nano: int
    until_unix_nano: int


class WholeDays(NamedTuple):
    """Daily sums from `first` on and before `after`: of every key of a dimension, or of one."""

    first: int
    after: int
    dimension: Dimension
    key: str | None


class Plan(NamedTuple):
    """The parts of an answer. They do not overlap, so their sums add up; that holds for `executions` too."""

    days: WholeDays | None
    calls: tuple[Span, ...]


def plan(query: ReportQuery, own: Calendar, days_horizon: int) -> Plan:
    """Return how to answer.

    Args:
        own: the calendar of the zone whose days the store adds up by.
        days_horizon: the first day whose sums are kept.
    """
    asked = Span(max(query.since_unix_nano, 0), min(query.until_unix_nano, MOST_UNIX_NANO))
    if asked.since_unix_nano >= asked.until_unix_nano:
        return Plan(None, ())
    of = _days_that_tell(query, own)
    first, after = own.day_of(asked.since_unix_nano), own.day_of(asked.until_unix_nano)
    if own.day_bounds(first)[0] != asked.since_unix_nano:
        first += 1
    if of is None or first >= after or first < days_horizon:
        return Plan(None, (asked,))
    edges = (
        Span(asked.since_unix_nano, own.day_bounds(first)[0]),
        Span(own.day_bounds(after)[0], asked.until_unix_nano),
    )
    dimension, key = of
    return Plan(
        WholeDays(first, after, dimension, key),
        tuple(edge for edge in edges if edge.since_unix_nano < edge.until_unix_nano),
    )


def check_age(answer: Plan, horizon_unix_nano: int, own: Calendar) -> None:
    """Refuse an answer that needs calls which retention has dropped.

    Raises: TooOldError.
    """
    for span in answer.calls:
        if span.since_unix_nano < horizon_unix_nano:
            raise too_old(
                horizon_unix_nano, f"; before, only whole days of {own.time_zone} are kept, as sums by one dimension"
            )


def too_old(horizon_unix_nano: int, else_: str = "") -> TooOldError:
    """Return the error that says from when on there are calls."""
    when = (_EPOCH + timedelta(microseconds=-(-horizon_unix_nano // 1_000))).isoformat(timespec="seconds")
    return TooOldError(f"calls are kept from {when} on{else_}")


def _days_that_tell(query: ReportQuery, own: Calendar) -> tuple[Dimension, str | None] | None:
    """Return the dimension, and the one key of it where only that is asked for, whose daily sums tell the answer."""
    by = query.by
    if by == "hour" or (by == "day" and query.time_zone != own.time_zone):
        return None
    if not query.only:
        return ("total" if by == "day" else by), None
    if len(query.only) > 1:
        return None
    (dimension, key), *_ = query.only.items()
    return (dimension, key) if by in ("day", "total", dimension) else None
