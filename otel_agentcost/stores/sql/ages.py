"""How old an execution is: by its spans' own times, or where these cannot be true by when they were heard."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from otel_agentcost.model.books import Change
from otel_agentcost.stores.sql.schema import executions

EARLIEST_UNIX_NANO = 946_684_800_000_000_000
"""The year 2000. No call started before: a span says so that has no start (0), or one in seconds or microseconds."""

_HOUR_NANO = 3_600_000_000_000


def start_of(change: Change) -> int:
    """Return when an execution started, as far as that is to be believed."""
    start = change.summary.start_unix_nano
    return start if start >= EARLIEST_UNIX_NANO else change.seen_unix_nano


def last_of(change: Change) -> int:
    """Return from when on an execution ages: its end, or the start of a later call."""
    summary = change.summary
    last = max(summary.start_unix_nano, summary.end_unix_nano)
    for call in change.calls:
        last = max(last, call.start_unix_nano)
    return last if last >= EARLIEST_UNIX_NANO else change.seen_unix_nano


def heard_unix_nano(connection: Connection, now_unix_nano: int) -> int:
    """Return when the store has heard the latest span, or a time in the hour before `now`; at most now.

    It is looked for among the open executions first, which have an index for that: of all it is a look at each row.
    """
    seen = executions.c.seen_unix_nano
    heard = connection.scalar(select(func.max(seen)).where(executions.c.is_settled == 0)) or 0
    if heard < now_unix_nano - _HOUR_NANO:
        heard = max(heard, connection.scalar(select(func.max(seen))) or 0)
    return min(heard, now_unix_nano)
