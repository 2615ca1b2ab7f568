"""SqlStore: the books in a database, as `engine.store` asks for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from otel_agentcost.engine.store import StoreError
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.query import ExecutionQuery, ReportQuery, ReportRow
from otel_agentcost.model.sums import Sums
from otel_agentcost.stores.settings import RetentionSettings
from otel_agentcost.stores.sql import loading, searching
from otel_agentcost.stores.sql.backend import Backend, ReplacedError, UnfitError
from otel_agentcost.stores.sql.fitting import fitted
from otel_agentcost.stores.sql.meta import horizon_of, read_meta
from otel_agentcost.stores.sql.migrations import prepare
from otel_agentcost.stores.sql.reading_calls import PAGE, Mark, mark_of, page_of_calls
from otel_agentcost.stores.sql.report import report
from otel_agentcost.stores.sql.report_plan import MOST_UNIX_NANO, Span
from otel_agentcost.stores.sql.retention import Retention
from otel_agentcost.stores.sql.rows import call_of
from otel_agentcost.stores.sql.ties import tied

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class SqlStore:
    """Implements `Writer` and `Reader` on a database. Thread-safe, and usable in the child of a fork.

    Args:
        time_zone: the IANA name of the zone of its days, where the database is new. One that has another zone keeps it.

    Raises:
        StoreError: the database is of a newer version, is none of ours, or refuses us.
        StoreUnavailableError: it cannot be reached now.
    """

    def __init__(self, backend: Backend, time_zone: str = "UTC", retention: RetentionSettings | None = None) -> None:
        self._backend = backend
        self._retention = Retention(backend, retention or RetentionSettings())
        self._horizon = 0
        self._preparing = threading.Lock()
        self._is_ready = False
        self.time_zone = time_zone
        self._calendar = _calendar(time_zone)
        self._make_ready()
        if self.time_zone != time_zone:
            _log.warning(
                "%s: its days are those of %s, the zone it was created with, not of %s",
                backend.name, self.time_zone, time_zone,
            )  # fmt: skip

    @property
    def horizon_unix_nano(self) -> int:
        """The time before which retention keeps no calls; 0 where it has dropped none."""
        return self._horizon

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        """Write what holds in one transaction; return the ids of the executions that were left out."""
        if not changes:
            return ()
        self._make_ready()
        try:
            outcome = self._backend.commit(changes)
        except ReplacedError:
            self._is_ready = False
            raise
        except UnfitError:
            try:
                outcome = self._backend.commit([fitted(change) for change in changes])
            except UnfitError as error:
                raise StoreError(f"{self._backend.name}: a value fits no column ({error})") from error
        self._horizon = max(self._horizon, outcome.horizon_unix_nano)
        return outcome.left_out

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        """Return those of the executions that the database has."""

        def look(connection: Connection) -> dict[int, Stored]:
            self._horizon = max(self._horizon, horizon_of(read_meta(connection)))
            return loading.load(connection, execution_ids)

        return self._read(look) if execution_ids else {}

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        """Return the stored ties that have the key of one of these and may overlap it."""
        return self._read(lambda connection: tied(connection, ties)) if ties else ()

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        """Return executions that are not settled and were last seen before then, the longest quiet first."""
        before = min(seen_before_unix_nano, MOST_UNIX_NANO)
        return self._read(lambda connection: loading.open_executions(connection, before, limit))

    def executions(self, query: ExecutionQuery) -> list[ExecutionSummary]:
        """Return the executions that match, in the order asked for; equal ones by id."""
        return self._read(lambda connection: searching.search(connection, query))

    def executions_total(self, query: ExecutionQuery) -> Sums:
        """Return the sums over all that match, whatever the limit."""
        return self._read(lambda connection: searching.total(connection, query))

    def find(self, id_prefix: str, limit: int = 10) -> list[int]:
        """Return the ids of executions whose 32 hexadecimal digits begin so, the smallest first."""
        return self._read(lambda connection: loading.find(connection, id_prefix, limit))

    def report(self, query: ReportQuery) -> list[ReportRow]:
        """Return the rows; whole days come from the daily sums where those tell enough, all else from calls."""
        return self._read(lambda connection: report(connection, query, self._calendar))

    def calls(self, since_unix_nano: int, until_unix_nano: int) -> Iterator[Call]:
        """Return the calls that started in that time, duplicates too, by start, then trace id and span id."""
        span = Span(max(since_unix_nano, 0), min(until_unix_nano, MOST_UNIX_NANO))
        rows = self._read(lambda connection: page_of_calls(connection, span, None))
        return self._pages(span, rows)

    def trim(self, now_unix_nano: int) -> None:
        """Drop what retention no longer keeps, in steps that others can write between."""
        self._make_ready()
        self._horizon = max(self._horizon, self._retention.trim(now_unix_nano, self._calendar))

    def close(self) -> None:
        """Close the connections. What was committed is durable before that."""
        self._backend.close()

    def _pages(self, span: Span, rows: Sequence[object]) -> Iterator[Call]:
        while rows:
            yield from map(call_of, rows)  # pyright: ignore[reportArgumentType] - a row is a sequence
            if len(rows) < PAGE:
                return
            rows = self._next_page(span, mark_of(rows[-1]))

    def _next_page(self, span: Span, after: Mark) -> Sequence[object]:
        return self._read(lambda connection: page_of_calls(connection, span, after))

    def _read(self, look: Callable[[Connection], _T]) -> _T:
        def work() -> _T:
            with self._backend.reading() as connection:
                return look(connection)

        self._make_ready()
        return self._backend.persist(work)

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        with self._preparing:
            if not self._is_ready:
                wanted = self.time_zone
                self.time_zone = self._backend.persist(lambda: prepare(self._backend, wanted)).time_zone
                self._calendar = _calendar(self.time_zone)
                self._is_ready = True


def _calendar(time_zone: str) -> Calendar:
    try:
        return Calendar(time_zone)
    except ValueError as error:
        raise StoreError(str(error)) from error
