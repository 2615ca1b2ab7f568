"""One commit to PostgreSQL: two messages, however many rows there are.

The first tries the executions and learns which of them held; the second writes what belongs to those. Rows are touched
in one order by everybody: executions by id, then what only their owner touches, then the days that all share, last, so
that these are locked for the shortest time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg

from otel_agentcost.engine.store import AnswerLostError
from otel_agentcost.model.books import Change
from otel_agentcost.stores.sql.backend import Outcome, check_version, in_order
from otel_agentcost.stores.sql.ids import id_bytes, id_of, signed
from otel_agentcost.stores.sql.meta import horizon_of
from otel_agentcost.stores.sql.postgres_rows import delete_from_json, insert_from_json, rows_as_json
from otel_agentcost.stores.sql.rows import Row, call_rows, day_rows, execution_row
from otel_agentcost.stores.sql.schema import calls, days, executions, segments, ties
from otel_agentcost.stores.sql.statements import ADD_TO_DAY, KEEP_TIE, NEXT_VERSION, REPLACE_CALL
from otel_agentcost.stores.sql.ties import tie_rows

_TRY = insert_from_json(
    executions,
    NEXT_VERSION + " RETURNING execution_id, born_unix_nano",
    # An execution that is gone must not come back with a part of what it was.
    " WHERE v->>1 = '1' OR EXISTS (SELECT 1 FROM executions AS e WHERE e.execution_id = decode(v->>0, 'hex'))",
)
_META = "SELECT key, value FROM meta"
_SEGMENTS = insert_from_json(segments)
_CALLS = insert_from_json(calls, REPLACE_CALL)
_WITHDRAW = delete_from_json(calls, 3)
_DAYS = insert_from_json(days, ADD_TO_DAY)
_TIES = insert_from_json(ties, KEEP_TIE)


class HorizonMovedError(Exception):
    """Retention has moved on while a commit was under way; nothing was written."""

    def __init__(self, horizon_unix_nano: int) -> None:
        super().__init__(horizon_unix_nano)
        self.horizon_unix_nano = horizon_unix_nano


def write(connection: psycopg.Connection[Any], changes: Sequence[Change], horizon: int, name: str) -> Outcome:
    """Write the changes that hold, in a transaction of their own.

    Args:
        horizon: as far as it is known. Whether it moved is asked after the executions are locked: from then on
            retention cannot drop one that this commit takes for new.

    Raises:
        AnswerLostError: the connection broke once COMMIT was sent. Tried again it would find its own versions there,
            and take them for another process's.
        HorizonMovedError: the same must be tried with the horizon that it tells.
        StoreError: a newer version has migrated the database meanwhile.
    """
    tried, left_out = in_order(changes, horizon)
    ids = {change.execution_id: id_bytes(change.execution_id).hex() for change in tried}
    held: list[Change] = []
    born: dict[int, int] = {}
    with _doubting(connection, name) as doubt, _pipeline(connection) as pipeline:
        for changes_once in _once_each(tried):
            some = [change for change in changes_once if change.execution_id not in born]
            answer = connection.execute(_TRY.encode(), [rows_as_json([_row(change, ids) for change in some])])
            answer_of_meta = connection.execute(_META)
            if pipeline is not None:
                # Not only fetched: psycopg 3.1.0 skips a commit while libpq has not heard that a transaction is open.
                pipeline.sync()
            meta = dict(answer_of_meta.fetchall())
            check_version(meta, name)
            if horizon_of(meta) > horizon:
                raise HorizonMovedError(horizon_of(meta))
            won = {id_of(row[0]): int(row[1]) for row in answer.fetchall()}
            held.extend(change for change in some if change.execution_id in won)
            left_out.update(change.execution_id for change in changes_once if change.execution_id not in won)
            born.update(won)
        for statement, parameter in _statements(held, born, ids):
            if parameter:
                connection.execute(statement.encode(), [rows_as_json(parameter)])
        doubt.begins = True
        connection.commit()
    return Outcome(left_out, horizon)


class _Doubt:
    """Whether a connection that breaks now leaves open what became of the commit."""

    begins = False


@contextmanager
def _doubting(connection: psycopg.Connection[Any], name: str) -> Generator[_Doubt]:
    doubt = _Doubt()
    try:
        yield doubt
    except psycopg.Error as error:
        if doubt.begins and connection.broken:
            raise AnswerLostError(f"{name}: the connection was lost during a commit ({error})") from error
        raise


def _row(change: Change, ids: Mapping[int, str]) -> Row:
    return execution_row(change, ids[change.execution_id])


def _once_each(changes: Sequence[Change]) -> Sequence[Sequence[Change]]:
    """Return the changes as one list, or as several where an execution has more than one: a statement may not touch a
    row twice.
    """
    lists: list[list[Change]] = [[]]
    seen = Counter[int]()
    for change in changes:
        times = seen[change.execution_id]
        seen[change.execution_id] += 1
        if times == len(lists):
            lists.append([])
        lists[times].append(change)
    return lists


def _statements(
    held: Sequence[Change], born: dict[int, int], ids: dict[int, str]
) -> Sequence[tuple[str, Sequence[Row]]]:
    segment_rows: list[Row] = []
    withdrawn: list[Row] = []
    rows: list[Row] = []
    tied: list[Row] = []
    for change in held:
        at, trace_id = born[change.execution_id], ids[change.execution_id]
        if change.segment:
            segment_rows.append((at, trace_id, change.base_version + 1, change.segment.hex()))
        withdrawn.extend((at, trace_id, signed(span_id)) for span_id in change.withdrawn)
        rows.extend(call_rows(change.calls, at, trace_id))
        tied.extend(tie_rows(change.ties, trace_id))
    return (
        (_SEGMENTS, segment_rows),
        (_WITHDRAW, withdrawn),
        (_CALLS, rows),
        (_TIES, tied),
        (_DAYS, day_rows(change.days for change in held)),
    )


def _pipeline(connection: psycopg.Connection[Any]) -> AbstractContextManager[psycopg.Pipeline | None]:
    """Return a pipeline, where libpq has them (from 14 on); without, each statement waits for its answer."""
    return connection.pipeline() if psycopg.Pipeline.is_supported() else nullcontext()
