"""PostgreSQL, and what speaks its protocol and SQL: Citus, CockroachDB, YugabyteDB, Aurora. Through psycopg 3."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import ArgumentError

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.model.books import Change
from otel_agentcost.stores.sql import forks, postgres_commit
from otel_agentcost.stores.sql.backend import Outcome
from otel_agentcost.stores.sql.postgres_commit import HorizonMovedError
from otel_agentcost.stores.sql.postgres_faults import ConflictError, LostError, fault_of

_T = TypeVar("_T")

_ATTEMPTS = 6
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "otel-agentcost",
}
"""So that a network that swallows packets is noticed within a minute. What the address says of these holds instead."""


class PostgresBackend:
    """A database that speaks PostgreSQL's protocol.

    Args:
        url: of a dialect of SQLAlchemy that speaks PostgreSQL, with psycopg as the driver.

    Raises: StoreError where the address says something that the driver does not understand.
    """

    def __init__(self, url: URL) -> None:
        self.name = url.render_as_string(hide_password=True)
        self._url = url
        self._horizon = 0
        self._open()
        forks.watch(self)

    def _open(self) -> None:
        arguments = {key: value for key, value in _PATIENCE.items() if key not in self._url.query}
        url = self._url
        threshold = url.query.get("prepare_threshold")
        if threshold is not None:
            # Of the driver, not of libpq, so it must be a number; a pooler between us may not know prepared statements.
            url = url.difference_update_query(["prepare_threshold"])
            arguments["prepare_threshold"] = int(str(threshold)) if str(threshold).isdigit() else None
        try:
            self._engine = create_engine(
                url, connect_args=arguments, pool_size=5, max_overflow=10, pool_timeout=30, pool_use_lifo=True
            )
        except (ArgumentError, ImportError) as error:
            raise StoreError(f"{self.name}: {error}") from error

    def create(self) -> None:
        """Do nothing: the database is there."""

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Return a connection that sees one state of the database throughout."""
        with self._told(), self._engine.connect() as connection:
            # Not read-only: SQLAlchemy would put the connection back into the pool as one that writes whatever the
            # server's default, and a standby refuses even to hear of that.
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Return a connection in a transaction."""
        with self._told(), self._engine.begin() as connection:
            yield connection

    def commit(self, changes: Sequence[Change]) -> Outcome:
        """Write the changes that hold, in one transaction."""
        return self.persist(lambda: self._commit_once(changes))

    def _commit_once(self, changes: Sequence[Change]) -> Outcome:
        with self._told():
            pooled = self._engine.raw_connection()
            try:
                driver: psycopg.Connection[Any] = cast("Any", pooled.driver_connection)
                while True:
                    try:
                        return postgres_commit.write(driver, changes, self._horizon, self.name)
                    except HorizonMovedError as error:  # noqa: PERF203 - rare
                        driver.rollback()
                        self._horizon = error.horizon_unix_nano
            except BaseException:
                _roll_back(pooled)
                raise
            finally:
                pooled.close()

    def persist(self, work: Callable[[], _T]) -> _T:
        """Do the work again where it met somebody else's, or where its connection was lost.

        Once for a lost connection: what was idle in the pool while the server restarted is lost, and the next is fresh.
        """
        was_lost = False
        for attempt in range(_ATTEMPTS):
            try:
                return work()
            except LostError:  # noqa: PERF203 - rare
                self._engine.dispose()
                if was_lost:
                    raise
                was_lost = True
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311 - only to part those who collide
        raise StoreUnavailableError(f"{self.name}: given up after {_ATTEMPTS} attempts")

    def begin_again(self) -> None:
        """Leave the connections to the parent, in the child of a fork."""
        forks.abandon(self._engine)
        self._engine.dispose(close=False)
        self._open()

    @contextmanager
    def _told(self) -> Generator[None]:
        """Tell errors of the driver in the store's own words."""
        try:
            yield
        except (StoreError, StoreUnavailableError):
            raise
        except Exception as error:
            fault = fault_of(error, self.name)
            if fault is None:
                raise
            raise fault from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _roll_back(pooled: Any) -> None:
    """Roll back, or let go of a connection that cannot even do that."""
    try:
        pooled.driver_connection.rollback()
    except Exception:  # noqa: BLE001 - whatever it is, the error under way tells more
        pooled.invalidate()
