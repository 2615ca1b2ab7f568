"""Read the address of a database. It may hold a password, so no error shows more of it than a file's path."""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from otel_agentcost.engine.store import StoreError
from otel_agentcost.stores.settings import Synchronous
from otel_agentcost.stores.sql.backend import Backend
from otel_agentcost.stores.sql.sqlite import SqliteBackend

_ALLOWED = "memory:, sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/DATABASE"


def backend_of(url: str, synchronous: Synchronous = "full", *, create: bool = True) -> Backend:
    """Return the database that an address names, not yet opened.

    Raises: StoreError where there can be none.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # not `from error`: its text is the address
        raise StoreError(f"the store's address cannot be read; allowed: {_ALLOWED}") from None
    if address.get_backend_name() == "sqlite":
        return SqliteBackend(_file_of(address, create=create), synchronous)
    return _postgres(address)


def _file_of(address: URL, *, create: bool) -> Path | None:
    if address.query or address.host:
        raise StoreError("the address of a SQLite file is sqlite:///FILE, or sqlite:////FOLDER/FILE, and no more")
    if address.get_driver_name() != "pysqlite":
        raise StoreError(f"{address.drivername} is not allowed: SQLite is reached through Python's own sqlite3 only")
    if address.database in (None, "", ":memory:"):
        return None
    path = Path(str(address.database)).absolute()
    try:
        fault = _fault_of_path(path, create=create)
    except OSError as error:  # a folder on the way that may not be entered
        fault = str(error.strerror)
    if fault is not None:
        raise StoreError(f"SQLite file {path}: {fault}")
    return path


def _fault_of_path(path: Path, *, create: bool) -> str | None:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return None if create or path.is_file() else "there is no such file"


def _postgres(address: URL) -> Backend:
    if "+" not in address.drivername:
        address = address.set(drivername=f"{address.drivername}+psycopg")
    _check_dialect(address)
    try:
        importlib.import_module("psycopg")  # an extra of its own
    except ImportError as error:
        raise StoreError(
            f"{address.drivername} needs psycopg, which is not installed: pip install 'otel-agentcost[postgres]'"
        ) from error
    from otel_agentcost.stores.sql.postgres import PostgresBackend  # noqa: PLC0415 - needs psycopg

    return PostgresBackend(address)


def _check_dialect(address: URL) -> None:
    try:
        dialect = address.get_dialect()
    except NoSuchModuleError:
        name = address.get_backend_name()
        raise StoreError(
            f"{name}: is not allowed, or needs a package that makes SQLAlchemy know it; allowed: {_ALLOWED}"
        ) from None
    if not issubclass(dialect, PGDialect) or dialect.driver != "psycopg":
        raise StoreError(f"{address.drivername}: is not reached through psycopg; allowed: {_ALLOWED}")
