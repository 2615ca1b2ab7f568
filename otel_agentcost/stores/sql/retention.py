"""Retention: drop what is older than was asked for, in steps short enough that others write between.

An execution ages by its end. First it is closed: from then on the store takes no more of it, so that a span which comes
again cannot count again. Then its calls and spans go, and its row says that they have. Later the row goes too; what
started before the horizon is refused, known or not. The daily sums stay, unless they too were given an age.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, bindparam, delete, select, update

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.stores.settings import RetentionSettings
from otel_agentcost.stores.sql.ages import heard_unix_nano
from otel_agentcost.stores.sql.backend import Backend
from otel_agentcost.stores.sql.meta import advance, horizon_of, read_meta
from otel_agentcost.stores.sql.schema import (
    CLOSED,
    CLOSING,
    DAYS_HORIZON,
    HORIZON,
    OPEN,
    calls,
    days,
    executions,
    segments,
    ties,
)
from otel_agentcost.stores.sql.ties import KEPT_SLOTS, slot_of

_NANO = 1_000_000_000
_STEP_SECONDS = 0.006
"""What a step should take before it is committed, so that a pause stays below 20 ms."""
_SMALLEST_STEP = 20
_LARGEST_STEP = 2_000
_LONGEST_REST_SECONDS = 0.02

_c = executions.c


class Retention:
    """Drops rows by their age. Several processes may do so at once."""

    def __init__(self, backend: Backend, settings: RetentionSettings) -> None:
        self._backend = backend
        self._settings = settings

    def trim(self, now_unix_nano: int, calendar: Calendar) -> int:
        """Drop what is too old now; return the horizon.

        It is too old only where it also was when the store last heard a span: so the clock of a process that is ahead
        and records nothing does not close the books of all others.
        """
        settings = self._settings
        with self._backend.reading() as connection:
            heard = heard_unix_nano(connection, now_unix_nano)
        oldest_execution = _before(heard, settings.executions_seconds)
        oldest_call = max(_before(heard, settings.calls_seconds), oldest_execution)
        if oldest_call > 0 and self._has_settled(oldest_call):
            self._write(lambda connection: advance(connection, HORIZON, oldest_call))
            self._in_steps(lambda connection, size: _close(connection, oldest_call, size))
        self._in_steps(_drop_calls)
        if oldest_execution > 0:
            self._in_steps(lambda connection, size: _drop_executions(connection, oldest_execution, size))
        if settings.days_seconds is not None:
            oldest_day = calendar.day_of(max(_before(heard, settings.days_seconds), 0))
            self._write(lambda connection: advance(connection, DAYS_HORIZON, oldest_day))
            self._in_steps(lambda connection, size: _drop_days(connection, oldest_day, size))
        oldest_slot = slot_of(now_unix_nano) - KEPT_SLOTS
        self._in_steps(lambda connection, size: _drop_ties(connection, oldest_slot, size))
        with self._backend.reading() as connection:
            return horizon_of(read_meta(connection))

    def _has_settled(self, before_unix_nano: int) -> bool:
        with self._backend.reading() as connection:
            old = select(_c.execution_id).where(*_settled_and_old(before_unix_nano)).limit(1)
            return connection.scalar(old) is not None

    def _write(self, work: Callable[[Connection], None]) -> None:
        def once() -> None:
            with self._backend.writing() as connection:
                work(connection)

        self._backend.persist(once)

    def _in_steps(self, drop: Callable[[Connection, int], int]) -> None:
        """Let `drop` drop about so many rows, again and again until it finds none, each time in its own transaction."""
        size = _SMALLEST_STEP

        def once() -> tuple[int, float]:
            with self._backend.writing() as connection:
                started = time.perf_counter()  # not before: others may have had to be waited for
                return drop(connection, size), time.perf_counter() - started

        while True:
            began = time.perf_counter()
            dropped, took = self._backend.persist(once)
            if not dropped:
                return
            fitting = int(size * _STEP_SECONDS / max(took, 1e-4))
            size = max(_SMALLEST_STEP, min(_LARGEST_STEP, 2 * size, fitting))
            # Else other processes, which wait by asking now and then, would hardly get a turn.
            time.sleep(min(time.perf_counter() - began, _LONGEST_REST_SECONDS))


def _before(now_unix_nano: int, seconds: float | None) -> int:
    return 0 if seconds is None else now_unix_nano - int(seconds * _NANO)


def _settled_and_old(before_unix_nano: int) -> tuple[ColumnElement[bool], ...]:
    return _c.closed == OPEN, _c.is_settled == 1, _c.last_unix_nano < before_unix_nano


def _close(connection: Connection, before_unix_nano: int, size: int) -> int:
    old = _settled_and_old(before_unix_nano)
    ids = connection.scalars(select(_c.execution_id).where(*old).order_by(_c.last_unix_nano).limit(size)).all()
    if ids:
        # Asked again: on PostgreSQL one of them may have got a late span since.
        connection.execute(update(executions).where(_c.execution_id.in_(ids), *old).values(closed=CLOSING))
    return len(ids)


def _drop_calls(connection: Connection, size: int) -> int:
    """Drop about so many calls and segments of executions that are closing."""
    closing = select(_c.execution_id).where(_c.closed == CLOSING).order_by(_c.last_unix_nano).limit(size)
    ids = connection.scalars(closing).all()
    if not ids:
        return 0
    dropped = _drop_of(connection, calls, calls.c.trace_id, ids, size)
    if dropped < size:
        dropped += _drop_of(connection, segments, segments.c.execution_id, ids, size - dropped)
    if dropped < size:
        connection.execute(update(executions).where(_c.execution_id.in_(ids)).values(closed=CLOSED))
    return len(ids) + dropped


def _drop_of(
    connection: Connection, table: Table, execution_id: Column[Any], ids: Sequence[bytes], at_most: int
) -> int:
    keys = list(table.primary_key.columns)
    of_these = and_(_c.born_unix_nano == table.c.born_unix_nano, _c.execution_id == execution_id)
    found = select(*keys).select_from(executions).join(table, of_these).where(_c.execution_id.in_(ids)).limit(at_most)
    return _delete(connection, table, connection.execute(found).all())


def _drop_executions(connection: Connection, before_unix_nano: int, size: int) -> int:
    old = select(_c.execution_id).where(_c.closed == CLOSED, _c.last_unix_nano < before_unix_nano).limit(size)
    return _delete(connection, executions, connection.execute(old).all())


def _drop_days(connection: Connection, before: int, size: int) -> int:
    old = select(*days.primary_key.columns).where(days.c.day < before).limit(size)
    return _delete(connection, days, connection.execute(old).all())


def _drop_ties(connection: Connection, before: int, size: int) -> int:
    old = select(*ties.primary_key.columns).where(ties.c.slot < before).limit(size)
    return _delete(connection, ties, connection.execute(old).all())


def _delete(connection: Connection, table: Table, keys: Sequence[Any]) -> int:
    """Delete rows by their full keys: so that each is found at once, wherever a table is spread to."""
    if keys:
        columns = list(table.primary_key.columns)
        these = [column == bindparam(f"key_{column.name}") for column in columns]
        connection.execute(
            delete(table).where(*these),
            [{f"key_{column.name}": value for column, value in zip(columns, key, strict=True)} for key in keys],
        )
    return len(keys)
