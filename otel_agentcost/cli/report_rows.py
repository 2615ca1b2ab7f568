"""Ask the books what a period cost by a dimension, and put each key beside the period before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.cli.moments import local_time
from otel_agentcost.cli.periods import Period
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.query import ReportQuery, ReportRow
from otel_agentcost.model.sums import NO_SUMS, Sums

By: TypeAlias = "Dimension | Literal['day', 'hour']"

_MOST_WINDOWS = 3_000
"""Of more days or hours than this nobody compares each with the one before."""


@dataclass(frozen=True)
class Question:
    """What a report is about, without its period."""

    by: By
    time_zone: str
    only: Mapping[Dimension, str]

    def query(self, period: Period, by: By | None = None) -> ReportQuery:
        """Return the question about one period, or another dimension of it."""
        return ReportQuery(
            by=by or self.by,
            since_unix_nano=period.since_unix_nano,
            until_unix_nano=period.until_unix_nano,
            time_zone=self.time_zone,
            only=self.only,
        )


class SpendRow(NamedTuple):
    """One key's sums, and what it had in the period before: None where that is not known."""

    key: str
    sums: Sums
    previous: Sums | None


class Spend(NamedTuple):
    """A period's rows, and the sums over all of them, in which no execution counts twice."""

    rows: list[SpendRow]
    total: Sums
    previous: Sums | None


def read_spend(reader: Reader, question: Question, period: Period, before: Period | None, calendar: Calendar) -> Spend:
    """Return what a period cost, and beside it what the period `before` did.

    A key that only the period before knows has a row too, so that what has gone is seen and rows add up to the totals.
    """
    rows = reader.report(question.query(period))
    total = _only(reader.report(question.query(period, "total")))
    if before is None:
        return Spend([SpendRow(row.key, row.sums, None) for row in rows], total, None)
    earlier = {row.key: row.sums for row in reader.report(question.query(before))}
    previous = _only(reader.report(question.query(before, "total")))
    if question.by in ("day", "hour"):
        return Spend(_by_place(rows, earlier, question, period, before, calendar), total, previous)
    known = {row.key for row in rows}
    joined = [SpendRow(row.key, row.sums, earlier.get(row.key, NO_SUMS)) for row in rows]
    joined += [SpendRow(key, NO_SUMS, sums) for key, sums in earlier.items() if key not in known]
    return Spend(joined, total, previous)


def _by_place(
    rows: list[ReportRow],
    earlier: Mapping[str, Sums],
    question: Question,
    period: Period,
    before: Period,
    calendar: Calendar,
) -> list[SpendRow]:
    """Put each day beside the same day of the period before, counted from its beginning, and so each hour."""
    kind: Literal["day", "hour"] = "hour" if question.by == "hour" else "day"
    now = {row.key: row.sums for row in rows}
    there = _places(kind, before, calendar)
    here = _places(kind, period, calendar)
    if here is None or there is None:
        return [SpendRow(row.key, row.sums, None) for row in rows]
    by_place: dict[tuple[int, int], Sums] = {}
    for key, place in there.items():
        by_place[place] = by_place.get(place, NO_SUMS).plus(earlier.get(key, NO_SUMS))
    joined = [SpendRow(key, now.get(key, NO_SUMS), by_place.pop(place, NO_SUMS)) for key, place in here.items()]
    return [row for row in joined if row.sums != NO_SUMS or row.previous != NO_SUMS]


def _places(kind: Literal["day", "hour"], period: Period, calendar: Calendar) -> dict[str, tuple[int, int]] | None:
    """Return which day of the period, and which hour of that day, each window is; None where there are too many."""
    first = calendar.day_of(period.since_unix_nano)
    until = period.seen_until_unix_nano
    if calendar.day_of(until) - first > (_MOST_WINDOWS if kind == "day" else _MOST_WINDOWS // 24):
        return None
    places: dict[str, tuple[int, int]] = {}
    for window in calendar.windows(kind, period.since_unix_nano, until):
        hour = local_time(window.start_unix_nano, calendar.time_zone).hour if kind == "hour" else 0
        places[calendar.key_of(window)] = (calendar.day_of(window.start_unix_nano) - first, hour)
    return places


def _only(rows: list[ReportRow]) -> Sums:
    return rows[0].sums if rows else NO_SUMS


ORDERS: Mapping[str, tuple[Callable[[SpendRow], int | str], bool]] = {
    "cost": (lambda row: row.sums.cost_nano_usd, True),
    "key": (lambda row: row.key, False),
    "calls": (lambda row: row.sums.calls, True),
    "unpriced": (lambda row: row.sums.unpriced_calls, True),
    "previous": (lambda row: 0 if row.previous is None else row.previous.cost_nano_usd, True),
    "change": (lambda row: row.sums.cost_nano_usd - (row.previous or NO_SUMS).cost_nano_usd, True),
}
"""What rows may be sorted by, and whether the largest comes first."""


def in_order(rows: list[SpendRow], order: str, *, is_reversed: bool, is_by_time: bool = False) -> list[SpendRow]:
    """Return the rows sorted; equal ones by cost, then by key.

    Args:
        is_by_time: the keys are days or hours, and the rows come by time. Their order by key is by time, which is not
            their order as text: when clocks go back, `02:00+02:00` is before `02:00+01:00`.
    """
    key, largest_first = ORDERS[order]
    if is_by_time and order == "key":
        return rows[::-1] if is_reversed else list(rows)
    places = {row.key: place for place, row in enumerate(rows)} if is_by_time else {}
    ranked = sorted(
        rows, key=lambda row: (-row.sums.cost_nano_usd, -row.sums.unpriced_calls, places.get(row.key, 0), row.key)
    )
    return sorted(ranked, key=key, reverse=largest_first != is_reversed)
