"""Read the calls of a time, in their order, page by page.

Each page is a transaction of its own: one that lasted for as long as somebody takes to look at a million calls would
keep SQLite from emptying its WAL, and PostgreSQL from clearing away what was replaced.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, case, or_, select

from otel_agentcost.stores.sql.meta import horizon_of, read_meta
from otel_agentcost.stores.sql.report_plan import Span, too_old
from otel_agentcost.stores.sql.schema import calls

PAGE = 2_000

_c = calls.c
_upper_half = case((_c.span_id < 0, 1), else_=0)
"""Ids above 2**63 are stored as negative numbers, and come after all others all the same."""


class Mark(NamedTuple):
    """The last call of a page."""

    start_unix_nano: int
    trace_id: bytes
    span_id: int


def page_of_calls(connection: Connection, span: Span, after: Mark | None) -> list[Any]:
    """Return the next rows of `calls`, by start, trace id and span id.

    Raises: TooOldError where retention has dropped calls of that time, also between two pages.
    """
    horizon = horizon_of(read_meta(connection))
    if span.since_unix_nano < horizon:
        raise too_old(horizon)
    query = select(calls).where(_c.start_unix_nano >= span.since_unix_nano, _c.start_unix_nano < span.until_unix_nano)
    if after is not None:
        is_upper = 1 if after.span_id < 0 else 0
        query = query.where(
            _c.start_unix_nano >= after.start_unix_nano,
            or_(
                _c.start_unix_nano > after.start_unix_nano,
                _c.trace_id > after.trace_id,
                and_(_c.trace_id == after.trace_id, _upper_half > is_upper),
                and_(_c.trace_id == after.trace_id, _upper_half == is_upper, _c.span_id > after.span_id),
            ),
        )
    query = query.order_by(_c.start_unix_nano, _c.trace_id, _upper_half, _c.span_id).limit(PAGE)
    return list(connection.execute(query).fetchall())


def mark_of(row: Any) -> Mark:
    """Return where the next page begins."""
    return Mark(row.start_unix_nano, bytes(row.trace_id), row.span_id)
