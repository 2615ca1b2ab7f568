"""Load executions whole, and find them by id."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, select

from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.stores.sql.ids import id_bytes, id_of
from otel_agentcost.stores.sql.rows import call_of, stored_of
from otel_agentcost.stores.sql.schema import calls, executions, segments

_MANY = 200
"""Executions asked for at a time: statements with that many keys are prepared once."""

_HEX_DIGITS = 32


def load(connection: Connection, execution_ids: Collection[int]) -> dict[int, Stored]:
    """Return those of the executions that there are."""
    ids = [id_bytes(execution_id) for execution_id in execution_ids]
    found: dict[int, Stored] = {}
    for start in range(0, len(ids), _MANY):
        found.update(_load_some(connection, ids[start : start + _MANY]))
    return found


def _load_some(connection: Connection, ids: list[bytes]) -> dict[int, Stored]:
    heads = connection.execute(select(executions).where(executions.c.execution_id.in_(ids))).fetchall()
    bodies: dict[bytes, list[bytes]] = {bytes(row[0]): [] for row in heads}
    of_each: dict[bytes, list[Call]] = {bytes(row[0]): [] for row in heads}
    for execution_id, body in connection.execute(
        select(segments.c.execution_id, segments.c.body)
        .select_from(executions)
        .join(
            segments,
            and_(
                segments.c.born_unix_nano == executions.c.born_unix_nano,
                segments.c.execution_id == executions.c.execution_id,
            ),
        )
        .where(executions.c.execution_id.in_(ids))
        .order_by(segments.c.execution_id, segments.c.version)
    ):
        bodies[bytes(execution_id)].append(bytes(body))
    for row in connection.execute(
        select(calls)
        .select_from(executions)
        .join(
            calls,
            and_(calls.c.born_unix_nano == executions.c.born_unix_nano, calls.c.trace_id == executions.c.execution_id),
        )
        .where(executions.c.execution_id.in_(ids))
    ):
        call = call_of(row)
        of_each[bytes(row[1])].append(call)
    return {id_of(row[0]): stored_of(row, bodies[bytes(row[0])], of_each[bytes(row[0])]) for row in heads}


def open_executions(connection: Connection, seen_before_unix_nano: int, limit: int) -> list[int]:
    """Return executions that are not settled and were last seen before then, the longest quiet first."""
    seen = executions.c.seen_unix_nano
    query = (
        select(executions.c.execution_id)
        .where(executions.c.is_settled == 0, seen < seen_before_unix_nano)
        .order_by(seen, executions.c.execution_id)
        .limit(limit)
    )
    return [id_of(row[0]) for row in connection.execute(query)]


def find(connection: Connection, id_prefix: str, limit: int) -> list[int]:
    """Return the ids that begin with these hexadecimal digits, in their order."""
    between = prefix_range(id_prefix)
    if between is None:
        return []
    column: Any = executions.c.execution_id
    query = select(column).where(column.between(*map(id_bytes, between))).order_by(column).limit(limit)
    return [id_of(row[0]) for row in connection.execute(query)]


def prefix_range(id_prefix: str) -> tuple[int, int] | None:
    """Return the first and the last id that begins so; None where these are no digits of an id."""
    digits = id_prefix.lower()
    if len(digits) > _HEX_DIGITS or not set(digits) <= set("0123456789abcdef"):
        return None
    return int(digits.ljust(_HEX_DIGITS, "0"), 16), int(digits.ljust(_HEX_DIGITS, "f"), 16)
