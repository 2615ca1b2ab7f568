"""What the SQL store needs of a database, and what all databases have in common about a commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.model.books import Change
from otel_agentcost.stores.sql.ages import start_of
from otel_agentcost.stores.sql.schema import SCHEMA_VERSION, VERSION

_T = TypeVar("_T")


class UnfitError(Exception):
    """The database refuses a value: a number out of range, or a character that it cannot hold. Nothing was written."""


class ReplacedError(StoreUnavailableError):
    """The database is another one than it was. Nothing was written; it must be made ready anew."""


class Outcome(NamedTuple):
    """What became of a commit."""

    left_out: set[int]
    horizon_unix_nano: int


class Backend(Protocol):
    """One database. Thread-safe and fork-safe.

    All but `close` raise `StoreError` and `StoreUnavailableError`, never an error of the driver.
    """

    name: str
    """What error messages call it: its address without a password."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Return a connection that sees one state of the database throughout."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Return a connection in a transaction that is committed at the end, or rolled back on an error."""
        ...

    def commit(self, changes: Sequence[Change]) -> Outcome:
        """Write the changes whose base version is still the stored one, in one transaction.

        Raises: UnfitError, beside what all raise.
        """
        ...

    def persist(self, work: Callable[[], _T]) -> _T:
        """Do work that reads or writes, and once more where a fresh connection may help."""
        ...

    def create(self) -> None:
        """Make the database ready for its first table: what must happen before any transaction."""
        ...

    def close(self) -> None: ...


def in_order(changes: Sequence[Change], horizon_unix_nano: int) -> tuple[list[Change], set[int]]:
    """Return the changes that may be tried, by id, and the executions that started too long ago.

    The order is the same for everybody: so no two transactions wait for each other.
    """
    tried: list[Change] = []
    left_out: set[int] = set()
    for change in changes:
        if change.base_version == 0 and start_of(change) < horizon_unix_nano:
            left_out.add(change.execution_id)
        else:
            tried.append(change)
    return sorted(tried, key=_execution_id), left_out


def _execution_id(change: Change) -> int:
    return change.execution_id


def check_version(meta: Mapping[str, str], name: str, newest: int = SCHEMA_VERSION) -> None:
    """Refuse a database that a later version of this package has migrated, also while it is in use.

    Raises: StoreError.
    """
    stored = int(meta.get(VERSION, 0))
    if stored > newest:
        raise StoreError(
            f"{name} has schema version {stored}, and this otel-agentcost knows versions up to {newest}: "
            "a newer otel-agentcost has migrated it; install that one here too"
        )
