"""Answer a report from the daily sums and from the calls."""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import Any, TypeAlias

from sqlalchemy import Connection, func, select

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.query import ReportQuery, ReportRow
from otel_agentcost.model.sums import NO_SUMS, Sums
from otel_agentcost.stores.sql.meta import days_horizon_of, horizon_of, read_meta
from otel_agentcost.stores.sql.report_calls import sums_by_key, sums_by_window
from otel_agentcost.stores.sql.report_plan import WholeDays, check_age, plan
from otel_agentcost.stores.sql.schema import days

Place: TypeAlias = "int | str"
"""The start of a day or hour; else a key."""


def report(connection: Connection, query: ReportQuery, own: Calendar) -> list[ReportRow]:
    """Return the rows that are not empty: by time in its order, by dimension the dearest first.

    Args:
        own: the calendar of the zone whose days the store adds up by.

    Raises: TooOldError.
    """
    known = read_meta(connection)
    answer = plan(query, own, days_horizon_of(known))
    check_age(answer, horizon_of(known), own)
    asked = own if query.time_zone == own.time_zone else Calendar(query.time_zone)
    rows: dict[Place, Sequence[int]] = {}
    if answer.days is not None:
        for place, sums in _whole_days(connection, query, answer.days, own):
            _add(rows, place, sums)
    for span in answer.calls:
        if query.by == "day" or query.by == "hour":  # noqa: PLR1714 - so that the type checker knows
            found = sums_by_window(connection, span, query.only, query.by, asked)
        else:
            found = sums_by_key(connection, span, query.only, query.by)
        for place, sums in found:
            _add(rows, place, sums)
    return _in_order(query, {place: Sums._make(sums) for place, sums in rows.items() if any(sums)}, asked)


def _whole_days(
    connection: Connection, query: ReportQuery, whole: WholeDays, own: Calendar
) -> list[tuple[Place, Sequence[Any]]]:
    conditions = [days.c.day >= whole.first, days.c.day < whole.after, days.c.dimension == whole.dimension]
    if whole.key is not None:
        conditions.append(days.c.key == whole.key)
    by: Any = days.c.day if query.by == "day" else days.c.key
    sums = [func.sum(days.c[name]) for name in Sums._fields]
    found = connection.execute(select(by, *sums).where(*conditions).group_by(by))
    if query.by == "day":
        return [(own.day_bounds(row[0])[0], row[1:]) for row in found]
    return [("" if query.by == "total" else row[0], row[1:]) for row in found]


def _add(rows: dict[Place, Sequence[int]], place: Place, sums: Sequence[Any]) -> None:
    rows[place] = tuple(map(add, rows.get(place, NO_SUMS), map(int, sums)))  # PostgreSQL sums integers to decimals


def _in_order(query: ReportQuery, rows: dict[Any, Sums], calendar: Calendar) -> list[ReportRow]:
    if query.by == "hour":
        return [ReportRow(calendar.key_of_hour(start), rows[start]) for start in sorted(rows)]
    if query.by == "day":
        return [ReportRow(calendar.key_of_day(calendar.day_of(start)), rows[start]) for start in sorted(rows)]
    dearest_first = sorted(rows.items(), key=lambda row: (-row[1].cost_nano_usd, row[0]))
    return [ReportRow(key, sums) for key, sums in dearest_first]
