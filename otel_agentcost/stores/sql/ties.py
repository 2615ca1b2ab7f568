"""Ties of calls: kept by slots of time, so that those written together lie together, and dropped after a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from otel_agentcost.model.books import Tie, Tied
from otel_agentcost.stores.sql.ids import id_of
from otel_agentcost.stores.sql.rows import Row

_SLOT_NANO = 600_000_000_000
"""A call that takes longer than this may not be found by one that starts in its later part."""

KEPT_SLOTS = 24 * 6


def slot_of(unix_nano: int) -> int:
    """Return the slot of a time."""
    return unix_nano // _SLOT_NANO


def tie_rows(new: Iterable[Tie], trace_id: Any) -> list[Row]:
    """Return the rows of an execution's new ties, in the order of their columns."""
    return [(slot_of(start), key, trace_id, start, end) for key, start, end in new]


def tied(connection: Connection, wanted: Collection[Tie]) -> list[Tied]:
    """Return the stored ties that have the key of one of these and lie in the time of those that have it."""
    times: dict[tuple[int, int], tuple[int, int]] = {}
    for key, start, end in wanted:
        for slot in range(slot_of(start) - 1, slot_of(min(end, start + 2 * _SLOT_NANO)) + 1):
            since, until = times.get((slot, key), (start, end))
            times[slot, key] = (min(start, since), max(end, until))
    places = sorted((*place, *time) for place, time in times.items())
    found: list[Tied] = []
    begin = 0
    for size, statement in _LOOKS["sqlite" if connection.dialect.name == "sqlite" else "postgresql"]:
        while len(places) - begin >= size:
            parameters = tuple(chain.from_iterable(places[begin : begin + size]))
            for key, start, end, execution_id in connection.exec_driver_sql(statement, parameters):
                found.append(Tied(Tie(key, start, end), id_of(execution_id)))
            begin += size
    return found


def _look(size: int, place: str) -> str:
    """Return a statement that finds the ties at so many places.

    The join is written so that SQLite looks up each place: it would read the whole table for `(slot, key) IN (...)`.
    """
    return (
        f"WITH wanted (slot, key, since, until) AS (VALUES {', '.join([place] * size)}) "  # noqa: S608 - our own names
        "SELECT ties.key, ties.start_unix_nano, ties.end_unix_nano, ties.execution_id "
        "FROM wanted CROSS JOIN ties WHERE ties.slot = wanted.slot AND ties.key = wanted.key "
        "AND ties.start_unix_nano <= wanted.until AND ties.end_unix_nano >= wanted.since"
    )


_LOOKS = {
    dialect: [(size, _look(size, place)) for size in (128, 16, 1)]
    for dialect, place in (("sqlite", "(?, ?, ?, ?)"), ("postgresql", f"({', '.join(['%s::bigint'] * 4)})"))
}
"""Few sizes, so that the statements stay prepared."""
