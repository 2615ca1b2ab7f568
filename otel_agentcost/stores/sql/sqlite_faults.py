"""What errors of SQLite mean for those who use the store."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.stores.sql.backend import UnfitError

_NOW = {
    "SQLITE_BUSY": "another process has locked it",
    "SQLITE_LOCKED": "another thread has locked it",
    "SQLITE_FULL": "the disk is full, or the file may not grow",
    "SQLITE_IOERR": "the disk has failed to read or write",
    "SQLITE_CANTOPEN": "it cannot be opened now",
    "SQLITE_NOMEM": "there is no memory left",
    "SQLITE_INTERRUPT": "the work was interrupted",
    "SQLITE_PROTOCOL": "too many processes begin at once",
    "SQLITE_SCHEMA": "its tables change at this moment",
    "SQLITE_READONLY_DBMOVED": "the file was moved while it was in use",
    "SQLITE_READONLY_RECOVERY": "its WAL must be recovered first, by a process that may write",
    "SQLITE_READONLY_CANTLOCK": "its WAL is in use by a process that may write",
}
"""What may pass by itself. The longest name that fits holds: `SQLITE_IOERR_WRITE` is an `SQLITE_IOERR`."""

_FOR_GOOD = {
    "SQLITE_READONLY": "it is read-only for this process",
    "SQLITE_NOTADB": "it is no SQLite database",
    "SQLITE_CORRUPT": "it is damaged; restore it, or move it away and a new one is made",
    "SQLITE_PERM": "this process may not use it",
    "SQLITE_AUTH": "this process may not use it",
}

_BY_TEXT = {
    "database is locked": "SQLITE_BUSY",
    "database table is locked": "SQLITE_LOCKED",
    "database or disk is full": "SQLITE_FULL",
    "disk i/o error": "SQLITE_IOERR",
    "unable to open database file": "SQLITE_CANTOPEN",
    "attempt to write a readonly database": "SQLITE_READONLY",
    "file is not a database": "SQLITE_NOTADB",
    "file is encrypted": "SQLITE_NOTADB",
    "malformed": "SQLITE_CORRUPT",
    "access permission denied": "SQLITE_PERM",
    "out of memory": "SQLITE_NOMEM",
    "locking protocol": "SQLITE_PROTOCOL",
    "interrupted": "SQLITE_INTERRUPT",
    "schema has changed": "SQLITE_SCHEMA",
}
"""Python tells the name of an error from 3.11 on; before, only SQLite's text tells it."""


def fault_of(error: BaseException, name: str) -> Exception | None:
    """Return what an error means, None where it is none of the database."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailableError(f"{name}: all connections that read are in use")
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return UnfitError(str(error))
    if not isinstance(error, sqlite3.Error):
        return None
    code = _code(error)
    parts = code.split("_")
    for length in range(len(parts), 1, -1):
        known = "_".join(parts[:length])
        if known in _NOW:
            return StoreUnavailableError(f"{name}: {_NOW[known]} ({error})")
        if known in _FOR_GOOD:
            return StoreError(f"{name}: {_FOR_GOOD[known]} ({error})")
    return StoreError(f"{name}: {error}")


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether somebody else holds a lock that is in the way."""
    return _code(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _code(error: sqlite3.Error) -> str:
    code: str | None = getattr(error, "sqlite_errorname", None)
    if code:
        return code
    text = str(error).lower()
    return next((code for part, code in _BY_TEXT.items() if part in text), "")
