"""What errors of PostgreSQL mean for those who use the store."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.stores.sql.backend import UnfitError


class LostError(StoreUnavailableError):
    """There is no connection, or it broke. Another one may be had."""


class ConflictError(StoreUnavailableError):
    """Another transaction was in the way. The same again may pass at once."""


_CONFLICTS = {"40001", "40P01", "55P03", "CR000"}
"""Serialisation failure, deadlock, lock not available; CockroachDB's own for the first."""

_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25006")
"""Connection errors, the server going down or coming up, and a read-only server: what a fail-over leaves behind, so
that a new connection finds the one that writes.
"""

_UNAVAILABLE = {
    "53": "the server has run out of disk, memory or connections",
    "57014": "the server has cancelled the work",
    "58": "the server's disk or system has failed",
    "40": "the server has rolled the work back",
    "57": "the server was told to stop the work",
}
_FOR_GOOD = {
    "28": "the server refuses this user or password",
    "3D": "the server has no such database",
    "42501": "this user may not do that",
    "42P01": "its tables are gone",
    "XX002": "an index of the database is damaged",
}
_NO_ENTRY = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "authentication failed",
    "does not exist",
    "is not permitted to log in",
    "invalid connection option",
    "invalid integer value",
    "invalid sslmode",
    "invalid port",
)
"""Of an attempt to connect only the text tells why it failed."""


def fault_of(error: BaseException, name: str) -> Exception | None:
    """Return what an error means, None where it is none of the database."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailableError(f"{name}: all connections are in use")
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, (psycopg.DataError, OverflowError, UnicodeEncodeError)):
        return UnfitError(str(error))
    if not isinstance(error, psycopg.Error):
        return None
    text = " ".join(str(error).split())
    code = error.sqlstate
    if code is None:
        return _without_code(error, text, name)
    if code in _CONFLICTS:
        return ConflictError(f"{name}: other transactions are in the way ({text})")
    if code.startswith(_LOST):
        return LostError(f"{name}: {text}")
    for table, kind in ((_FOR_GOOD, StoreError), (_UNAVAILABLE, StoreUnavailableError)):
        for known in sorted(table, key=len, reverse=True):
            if code.startswith(known):
                return kind(f"{name}: {table[known]} ({text})")
    return StoreError(f"{name}: {text} ({code})")


def _without_code(error: psycopg.Error, text: str, name: str) -> Exception:
    """Judge an error that came from the driver itself: above all that there is no connection."""
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        if any(part in text.lower() for part in _NO_ENTRY):
            return StoreError(f"{name}: {text}")
        return LostError(f"{name}: {text}")
    return StoreError(f"{name}: {text}")
