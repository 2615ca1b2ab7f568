"""Sum up calls by key or by window, in SQL.

What is counted as an execution is said in `model.sums`: it counts once for a key, where its first call that pays and
has that key started. So a count over a time asks for the first such call of each execution in that time, and leaves out
those that had one before.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    exists,
    func,
    literal_column,
    select,
)

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.call import TOOL_CALL
from otel_agentcost.model.dimension import Dimension
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, UNPRICED
from otel_agentcost.model.sums import NO_SUMS
from otel_agentcost.stores.sql.report_plan import Span
from otel_agentcost.stores.sql.schema import calls

_COLUMNS: Mapping[Dimension, str] = {
    "user": "user_id",
    "team": "team",
    "organization": "organization",
    "feature": "feature",
    "environment": "environment",
    "agent": "agent",
    "model": "model",
    "provider": "provider",
    "tool": "tool",
}
"""The columns of `calls` that hold the keys. `total` has none: its one key is the empty text."""

_start = calls.c.start_unix_nano
_is_model = calls.c.kind != TOOL_CALL


def _of_models(value: Any) -> ColumnElement[Any]:
    return func.sum(case((_is_model, value), else_=0))


_SUMS: tuple[ColumnElement[Any], ...] = (
    func.sum(calls.c.cost_nano_usd),
    _of_models(1),
    func.sum(case((and_(_is_model, calls.c.status == UNPRICED), 1), else_=0)),
    func.sum(case((and_(_is_model, calls.c.status == ESTIMATED), 1), else_=0)),
    _of_models(calls.c.input_tokens),
    _of_models(calls.c.cache_read_tokens),
    _of_models(calls.c.cache_write_5m_tokens + calls.c.cache_write_1h_tokens),
    _of_models(calls.c.output_tokens),
    _of_models(calls.c.reasoning_tokens),
    func.sum(case((_is_model, 0), else_=1)),
    func.sum(case((_is_model, 0), else_=calls.c.cost_nano_usd)),
)
"""What `model.sums.sums_of` says of one call, over many."""


def sums_by_key(
    connection: Connection, span: Span, only: Mapping[Dimension, str], by: Dimension
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield sums under each key: of calls without `executions`, and of `executions` alone."""
    key = _key(calls, by)
    grouped = select(key, *_SUMS).where(*_in(span), *_pays(calls, only))
    for row in connection.execute(grouped if by == "total" else grouped.group_by(key)):
        name, *sums = row
        if sums[0] is not None:  # the sum of no calls at all
            yield name, (*sums, 0)
    began = _beginnings(connection, span, only, by)
    count = select(began.c.key, func.count()).group_by(began.c.key)
    for row in connection.execute(count):
        yield row[0], (*NO_SUMS[:-1], row[1])


def sums_by_window(
    connection: Connection, span: Span, only: Mapping[Dimension, str], kind: Literal["day", "hour"], calendar: Calendar
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield sums under the start of each window: of calls without `executions`, and of `executions` alone.

    SQL knows no time zones, so it groups by a length of time in which no window begins or ends: the greatest that
    divides all of their starts, an hour nearly everywhere.
    """
    conditions = (*_in(span), *_pays(calls, only))
    # Each alone, and of duplicates too: so it is the first and the last entry of an index.
    first, last = (connection.scalar(select(end(_start)).where(*_in(span))) for end in (func.min, func.max))
    if first is None or last is None:
        return
    starts = [window.start_unix_nano for window in calendar.windows(kind, first, last + 1)]
    unit = math.gcd(*starts[1:]) or last + 1
    length = literal_column(str(unit), BigInteger)  # of a type, or SQLAlchemy lets SQLite call Python for each row
    bucket = _start // length
    for row in connection.execute(select(bucket, *_SUMS).where(*conditions).group_by(bucket)):
        yield _window(starts, row[0] * unit), (*row[1:], 0)
    began = _beginnings(connection, span, only, "total")
    bucket = began.c.first_unix_nano // length
    for row in connection.execute(select(bucket, func.count()).select_from(began).group_by(bucket)):
        yield _window(starts, row[0] * unit), (*NO_SUMS[:-1], row[1])


def _window(starts: list[int], unix_nano: int) -> int:
    """Return the start of the window that a time is in; a bucket may begin before the first window does."""
    return starts[max(bisect_right(starts, unix_nano) - 1, 0)]


def _beginnings(connection: Connection, span: Span, only: Mapping[Dimension, str], by: Dimension) -> FromClause:
    """Return, as a subquery, each execution and key that began in that time, with the start of the first such call."""
    began = (
        select(
            calls.c.born_unix_nano,
            calls.c.trace_id,
            _key(calls, by).label("key"),
            func.min(_start).label("first_unix_nano"),
        )
        .where(*_in(span), *_pays(calls, only))
        .group_by(calls.c.born_unix_nano, calls.c.trace_id, *([] if by == "total" else [_key(calls, by)]))
        .subquery("began")
    )
    has_earlier = connection.scalar(select(exists().where(_start < span.since_unix_nano)))
    if not has_earlier:
        return began
    earlier = calls.alias("earlier")
    went_on = exists().where(
        earlier.c.born_unix_nano == began.c.born_unix_nano,
        earlier.c.trace_id == began.c.trace_id,
        earlier.c.start_unix_nano < span.since_unix_nano,
        _key(earlier, by) == began.c.key,
        *_pays(earlier, only),
    )
    return select(began).where(~went_on).subquery("began_now")


def _in(span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _start >= span.since_unix_nano, _start < span.until_unix_nano


def _pays(table: FromClause, only: Mapping[Dimension, str]) -> list[ColumnElement[bool]]:
    return [table.c.status != DUPLICATE, *(_key(table, dimension) == key for dimension, key in only.items())]


def _key(table: FromClause, dimension: Dimension) -> ColumnElement[Any]:
    return literal_column("''") if dimension == "total" else table.c[_COLUMNS[dimension]]
