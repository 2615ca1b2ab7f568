"""SQLite: one file in WAL mode that several processes of a host share.

One connection writes, guarded by a lock, since SQLite has one writer anyhow; a pool of others reads, and never waits
for it. A transaction that writes begins with the lock for writing (BEGIN IMMEDIATE): one that began by reading could
not wait for it, and would have to start over.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

from otel_agentcost.engine.store import StoreError, StoreUnavailableError
from otel_agentcost.model.books import Change
from otel_agentcost.stores.settings import Synchronous
from otel_agentcost.stores.sql import forks, sqlite_commit
from otel_agentcost.stores.sql.backend import Outcome, ReplacedError
from otel_agentcost.stores.sql.sqlite_faults import fault_of, is_locked

_T = TypeVar("_T")

BUSY_SECONDS = 5.0
"""So long a transaction waits for another process that writes."""
_CACHE_KIBIBYTES = 16_384
_LONGEST_WAL_BYTES = 64 << 20
_READERS = 4
_FORK_SECONDS = 10.0
"""So long a fork waits for what is under way: more than a transaction waits for another process."""


class SqliteBackend:
    """A file, or a database in memory where `path` is None.

    Args:
        synchronous: `full` waits at each commit until the disk has it, so that it outlives a loss of power; `normal`
            does not, and then the last commits may be lost with the power, never with a process.

    Raises: StoreError where SQLite itself is too old.
    """

    def __init__(self, path: Path | None, synchronous: Synchronous = "full") -> None:
        if sqlite3.sqlite_version_info < (3, 24):
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old: this Python needs one of 3.24 or newer")
        self.name = "SQLite in memory" if path is None else f"SQLite file {path}"
        self._path = path
        self._synchronous = synchronous
        self._file: tuple[int, int] | None = None
        self._open()
        forks.watch(self)
        forks.stop(self)

    def _open(self) -> None:
        self._lock = threading.RLock()
        self._is_still = False
        self._reading = 0
        self._readings = threading.Condition()
        self._writer = self._engine(self._connect_writer, StaticPool, "BEGIN IMMEDIATE")
        if self._path is None:
            self._readers = self._writer
        else:
            self._readers = self._engine(
                self._connect_reader, QueuePool, "BEGIN", pool_size=_READERS, max_overflow=4 * _READERS
            )

    def _engine(self, connect: Any, pool: type[Any], begin: str, **options: Any) -> Engine:
        engine = create_engine("sqlite://", creator=connect, poolclass=pool, **options)

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - SQLAlchemy calls it
            connection.exec_driver_sql(begin)

        return engine

    def _connect(self, *, is_at_rest: bool = False) -> sqlite3.Connection:
        # isolation_level=None: no transaction begins by itself. Threads take turns by our lock and the pool.
        connection = sqlite3.connect(
            ":memory:" if self._path is None else self._path.as_uri() + ("?immutable=1" if is_at_rest else ""),
            uri=self._path is not None,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        return connection

    def _connect_writer(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute(f"PRAGMA synchronous = {self._synchronous.upper()}")
        connection.execute(f"PRAGMA journal_size_limit = {_LONGEST_WAL_BYTES}")
        self._file = self._file_on_disk()
        return connection

    def _connect_reader(self) -> sqlite3.Connection:
        connection = self._connect(is_at_rest=self._path is not None and _is_at_rest(self._path))
        connection.execute("PRAGMA query_only = ON")
        return connection

    def create(self) -> None:
        """Switch the file to WAL mode, which it keeps."""
        if self._path is None:
            return
        until = time.monotonic() + BUSY_SECONDS
        with self._lock, self._told():
            while True:
                try:
                    with self._writer.connect() as connection:
                        _driver(connection).execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as error:  # noqa: PERF203 - rare
                    # SQLite waits for no lock here: another process is switching at this moment.
                    if not is_locked(error) or time.monotonic() > until:
                        raise
                    time.sleep(0.01)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Return a connection that sees one state of the database throughout."""
        with self._told():
            if self._readers is self._writer:
                with self._lock, self._writer.begin() as connection:
                    yield connection
            else:
                with self._counted(), self._readers.begin() as connection:
                    yield connection

    @contextmanager
    def _counted(self) -> Generator[None]:
        readings = self._readings
        with readings:
            self._reading += 1
        try:
            yield
        finally:
            with readings:
                if readings is self._readings:
                    self._reading -= 1
                    readings.notify_all()

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Return a connection in a transaction that has the lock for writing."""
        with self._told(), self._lock, self._writer.begin() as connection:
            yield connection

    def commit(self, changes: Sequence[Change]) -> Outcome:
        """Write the changes that hold, in one transaction."""
        with self._told(), self._lock:
            self._look_for_file()
            with self._writer.connect() as connection:
                driver = _driver(connection)
                cursor = driver.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    outcome = sqlite_commit.write(cursor, changes, self.name)
                    cursor.execute("COMMIT")
                except BaseException:
                    if driver.in_transaction:  # on a full disk SQLite may have ended it itself
                        driver.rollback()
                    raise
                return outcome

    def persist(self, work: Callable[[], _T]) -> _T:
        """Do the work: a connection to a file is not lost."""
        return work()

    def _look_for_file(self) -> None:
        """Notice that the file was deleted or replaced: what is written into one without a name is lost."""
        if self._file is not None and self._file_on_disk() != self._file:
            self._drop_connections()
            raise ReplacedError(f"{self.name} was deleted or replaced while it was in use; it is opened anew")

    def _file_on_disk(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_dev, status.st_ino)

    def _drop_connections(self) -> None:
        self._file = None
        self._writer.dispose()
        self._readers.dispose()

    def hold_still(self) -> None:
        """Close all connections before a fork, once nothing is under way, and keep others from being opened.

        SQLite keeps account of a process's locks in its memory, and a child inherits that, but not the locks: it would
        think itself the holder of locks that it has not, write into a WAL that others take for unused and delete, and
        wait for ever for a transaction that was under way in another thread.
        """
        self._is_still = self._path is not None and self._lock.acquire(timeout=_FORK_SECONDS)
        if self._is_still:
            self._readings.acquire()
            self._readings.wait_for(lambda: not self._reading, _FORK_SECONDS)
            self._writer.dispose()
            self._readers.dispose()

    def go_on(self) -> None:
        """Let connections be opened again, after a fork in the parent."""
        if self._is_still:
            self._readings.release()
            self._lock.release()

    def begin_again(self) -> None:
        """Forget what is left of connections, in the child of a fork: SQLite forbids to touch or close them here."""
        forks.abandon(self._writer, self._readers)
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
        """Close the connections. The last one to a file also empties the WAL into it."""
        with self._lock:
            self._drop_connections()


def _is_at_rest(path: Path) -> bool:
    """Return whether a file may not be written here, and nobody else is at it: SQLite must be told, since to read from
    a WAL it wants to make files beside it.
    """
    wal = path.with_name(path.name + "-wal")
    return path.exists() and not os.access(path.parent, os.W_OK) and not wal.exists()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("the pool holds connections of sqlite3 only")
    return driver
