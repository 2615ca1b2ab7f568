"""Open the store that an address names."""

from __future__ import annotations

import importlib
from typing import Protocol

from otel_agentcost.engine.store import Reader, StoreError, Writer
from otel_agentcost.stores.settings import RetentionSettings, Synchronous

_MEMORY = "memory:"


class Store(Writer, Reader, Protocol):
    """Both sides of a store."""


def open_store(
    url: str,
    time_zone: str = "UTC",
    retention: RetentionSettings | None = None,
    *,
    synchronous: Synchronous = "full",
    create: bool = True,
) -> Store:
    """Open a store, and make its tables where they are missing.

    Args:
        url: `memory:`; `sqlite:///FILE` with a relative path, `sqlite:////FILE` with an absolute one, or `sqlite://`
            for one in memory; `postgresql://…`, or the address of any dialect of SQLAlchemy that speaks PostgreSQL.
        time_zone: the IANA name of the zone whose days are added up. A store that exists keeps its own.
        retention: for how long rows are kept; `trim` drops the others.
        synchronous: of SQLite only: see `StoreSettings`.
        create: whether a SQLite file that is not there is made, or refused, since nothing can be asked of it.

    Raises:
        StoreError: the address is wrong, a package is missing, or the store refuses for good.
        StoreUnavailableError: it cannot be reached now.
    """
    if url == _MEMORY:
        from otel_agentcost.stores.memory.store import MemoryStore  # noqa: PLC0415 - only where it is used

        try:
            return MemoryStore(time_zone)
        except ValueError as error:
            raise StoreError(str(error)) from error
    _need_sqlalchemy(url)
    from otel_agentcost.stores.sql.addresses import backend_of  # noqa: PLC0415 - SQLAlchemy loads with it
    from otel_agentcost.stores.sql.store import SqlStore  # noqa: PLC0415

    backend = backend_of(url, synchronous, create=create)
    try:
        return SqlStore(backend, time_zone, retention)
    except BaseException:
        backend.close()
        raise


def _need_sqlalchemy(url: str) -> None:
    try:
        importlib.import_module("sqlalchemy")  # an extra: only those who keep their books in SQL have it
    except ImportError as error:
        extra = "sql" if url.startswith("sqlite") else "postgres"
        raise StoreError(
            f"this store needs SQLAlchemy, which is not installed: pip install 'otel-agentcost[{extra}]'"
        ) from error
