"""Ties of calls: kept by slots of time, so that those written together lie together, and dropped after a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, select

from otel_agentcost.model.books import Tie, Tied
from otel_agentcost.stores.sql.ids import id_of
from otel_agentcost.stores.sql.rows import Row
from otel_agentcost.stores.sql.schema import ties

_SLOT_NANO = 600_000_000_000
"""A call that takes longer than this may not be found by one that starts in its later part."""

KEPT_SLOTS = 24 * 6
_MANY = 200


def slot_of(unix_nano: int) -> int:
    """Return the slot of a time."""
    return unix_nano // _SLOT_NANO


def tie_rows(new: Iterable[Tie], trace_id: Any) -> list[Row]:
    """Return the rows of an execution's new ties, in the order of their columns."""
    return [(slot_of(start), key, trace_id, start, end) for key, start, end in new]


def tied(connection: Connection, wanted: Collection[Tie]) -> list[Tied]:
    """Return the stored ties that have the key of one of these and begin when it may overlap them."""
    keys: defaultdict[int, set[int]] = defaultdict(set)
    for key, start, end in wanted:
        for slot in range(slot_of(start) - 1, slot_of(min(end, start + 2 * _SLOT_NANO)) + 1):
            keys[slot].add(key)
    found: list[Tied] = []
    for slot, of_slot in keys.items():
        in_order = sorted(of_slot)
        for first in range(0, len(in_order), _MANY):
            query = select(ties.c.key, ties.c.start_unix_nano, ties.c.end_unix_nano, ties.c.execution_id).where(
                ties.c.slot == slot, ties.c.key.in_(in_order[first : first + _MANY])
            )
            found += [Tied(Tie(row[0], row[1], row[2]), id_of(row[3])) for row in connection.execute(query)]
    return found
