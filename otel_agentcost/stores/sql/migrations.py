"""Bring a database to the schema that this version knows: create it, migrate an older one, refuse a newer one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection, Table, inspect, select, update
from sqlalchemy.exc import DBAPIError

from otel_agentcost.engine.store import StoreError
from otel_agentcost.stores.sql.backend import Backend, check_version
from otel_agentcost.stores.sql.meta import put_new, put_what_a_new_one_has, read_meta
from otel_agentcost.stores.sql.schema import SCHEMA_VERSION, TIME_ZONE, VERSION, meta, metadata

Migration: TypeAlias = Callable[[Connection], None]

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version that each leads to, from the one before. Forwards only, and never changed once released.

Each is one transaction. It must bear being run again, with `IF NOT EXISTS` and the like, since some databases commit
each change of a table by itself. A new database is created as `schema.py` says, so a migration must lead to just that.
"""


_NOTHING_YET = "0"
"""The version of a database that has the table `meta` and no other."""


class Prepared(NamedTuple):
    """A database that is ready."""

    time_zone: str


def prepare(
    backend: Backend, time_zone: str, migrations: Mapping[int, Migration] = MIGRATIONS, newest: int = SCHEMA_VERSION
) -> Prepared:
    """Make the database ready, whatever is in it; many processes may do so at once.

    Raises: StoreError where a newer version has migrated it, or where its table `meta` is not ours.
    """
    found = _look(backend)
    if found is None or int(found.get(VERSION, 0)) < newest:
        backend.create()
        _create_meta(backend)
        while not _step(backend, time_zone, migrations, newest):
            pass
        found = _look(backend) or {}
    check_version(found, backend.name, newest)
    return Prepared(found[TIME_ZONE])


def _look(backend: Backend) -> dict[str, str] | None:
    """Return what `meta` holds; None where there is no such table."""
    with backend.reading() as connection:
        if not _has_ours(connection, meta, backend.name):
            return None
        known = read_meta(connection)
        if known and TIME_ZONE not in known and known != {VERSION: _NOTHING_YET}:
            raise _not_ours(backend.name, meta)  # so common a name and so common columns
        return known


def _has_ours(connection: Connection, table: Table, name: str) -> bool:
    """Return whether there is a table.

    Raises: StoreError where there is one of that name that is not ours.
    """
    looked = inspect(connection)
    if not looked.has_table(table.name):
        return False
    if {column["name"] for column in looked.get_columns(table.name)} != {column.name for column in table.columns}:
        raise _not_ours(name, table)
    return True


def _not_ours(name: str, table: Table) -> StoreError:
    return StoreError(
        f"{name} has a table named {table.name!r} that is not otel-agentcost's: "
        "give the store a database or a schema of its own"
    )


def _create_meta(backend: Backend) -> None:
    """Create the table whose row is the lock for all else."""
    try:
        with backend.writing() as connection:
            meta.create(connection, checkfirst=True)
    except (StoreError, DBAPIError):
        if _look(backend) is None:  # else another process has created it at this moment
            raise
    with backend.writing() as connection:
        put_new(connection, VERSION, _NOTHING_YET)


def _step(backend: Backend, time_zone: str, migrations: Mapping[int, Migration], newest: int) -> bool:
    """Go one version further, in one transaction; return whether the database is at the newest version or beyond."""
    with backend.writing() as connection:
        # Whoever comes second waits here, and then finds the version that the first one left.
        connection.execute(update(meta).where(meta.c.key == VERSION).values(value=meta.c.value))
        version = int(connection.scalar(select(meta.c.value).where(meta.c.key == VERSION)) or 0)
        if version >= newest:
            return True
        if version == 0:
            for table in metadata.tables.values():
                _has_ours(connection, table, backend.name)
            metadata.create_all(connection, checkfirst=True)
            put_what_a_new_one_has(connection, time_zone)
            version = newest
        else:
            version += 1
            migrations[version](connection)
        connection.execute(update(meta).where(meta.c.key == VERSION).values(value=str(version)))
        return version >= newest
