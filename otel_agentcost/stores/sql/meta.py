"""What the database knows of itself: rows of the table `meta`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, cast, select, update
from sqlalchemy.dialects import postgresql, sqlite

from otel_agentcost.stores.sql.schema import DAYS_HORIZON, HORIZON, TIME_ZONE, meta

FIRST_DAY = -719_162
"""0001-01-01, counted from 1970-01-01."""


def read_meta(connection: Connection) -> dict[str, str]:
    """Return all of it."""
    return {row[0]: row[1] for row in connection.execute(select(meta.c.key, meta.c.value))}


def put_new(connection: Connection, key: str, value: str) -> None:
    """Write a row unless it is there already, by this process or another one."""
    of_dialect = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(of_dialect(meta).values(key=key, value=value).on_conflict_do_nothing())


def put_what_a_new_one_has(connection: Connection, time_zone: str) -> None:
    """Write the rows of a database that has just been created."""
    put_new(connection, TIME_ZONE, time_zone)
    put_new(connection, HORIZON, "0")
    put_new(connection, DAYS_HORIZON, str(FIRST_DAY))


def horizon_of(known: Mapping[str, str]) -> int:
    """Return the time before which retention keeps no calls; 0 where it has dropped none."""
    return int(known.get(HORIZON, 0))


def days_horizon_of(known: Mapping[str, str]) -> int:
    """Return the day before which retention keeps no daily sums; before all days where it has dropped none."""
    return int(known.get(DAYS_HORIZON, FIRST_DAY))


def advance(connection: Connection, key: str, value: int) -> None:
    """Move a horizon forwards, never back."""
    is_behind = cast(meta.c.value, BigInteger) < value
    connection.execute(update(meta).where(meta.c.key == key, is_behind).values(value=str(value)))
