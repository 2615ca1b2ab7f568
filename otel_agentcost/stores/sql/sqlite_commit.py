"""One commit to SQLite, inside a transaction that nobody else can write in."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from otel_agentcost.model.books import Change
from otel_agentcost.stores.sql.backend import Outcome, check_version, in_order
from otel_agentcost.stores.sql.ids import id_bytes, id_of, signed
from otel_agentcost.stores.sql.rows import Row, call_rows, day_rows, execution_row
from otel_agentcost.stores.sql.schema import HORIZON, OPEN, calls, days, executions, segments, ties
from otel_agentcost.stores.sql.sqlite_rows import ManyKeys, ManyRows
from otel_agentcost.stores.sql.statements import ADD_TO_DAY, KEEP_TIE, NEXT_VERSION, REPLACE_CALL
from otel_agentcost.stores.sql.ties import tie_rows

_META = "SELECT key, value FROM meta"
_known = ManyKeys("SELECT execution_id, version, closed, born_unix_nano FROM executions WHERE execution_id IN")
_executions = ManyRows(executions, NEXT_VERSION)
_segments = ManyRows(segments)
_calls = ManyRows(calls, REPLACE_CALL)
_days = ManyRows(days, ADD_TO_DAY)
_ties = ManyRows(ties, KEEP_TIE)
_WITHDRAW = "DELETE FROM calls WHERE born_unix_nano = ? AND trace_id = ? AND span_id = ?"


def write(cursor: sqlite3.Cursor, changes: Sequence[Change], name: str) -> Outcome:
    """Write the changes that hold. The cursor is in a transaction that began with the lock for writing.

    Raises: StoreError where a newer version has migrated the file meanwhile.
    """
    meta = dict(cursor.execute(_META).fetchall())
    check_version(meta, name)
    horizon = int(meta.get(HORIZON, 0))
    tried, left_out = in_order(changes, horizon)
    ids = [bytearray(id_bytes(change.execution_id)) for change in tried]  # see below
    known = {id_of(row[0]): row for row in _known.select(cursor, ids)} if ids else {}
    execution_rows: list[Row] = []
    segment_rows: list[Row] = []
    rows: list[Row] = []
    withdrawn: list[Row] = []
    tied: list[Row] = []
    held: list[Change] = []
    for change, trace_id in zip(tried, ids, strict=True):
        stored = known.get(change.execution_id)
        version, closed, born = (0, OPEN, change.summary.start_unix_nano) if stored is None else stored[1:]
        if version != change.base_version or closed != OPEN or (held and held[-1].execution_id == change.execution_id):
            left_out.add(change.execution_id)
            continue
        held.append(change)
        execution_rows.append(execution_row(change, trace_id))
        if change.segment:
            segment_rows.append((born, trace_id, change.base_version + 1, bytearray(change.segment)))
        if change.withdrawn:
            withdrawn.extend((born, trace_id, signed(span_id)) for span_id in change.withdrawn)
        rows.extend(call_rows(change.calls, born, trace_id))
        tied.extend(tie_rows(change.ties, trace_id))
    _executions.insert(cursor, execution_rows)
    _segments.insert(cursor, segment_rows)
    if withdrawn:
        cursor.executemany(_WITHDRAW, withdrawn)
    _calls.insert(cursor, rows)
    _ties.insert(cursor, sorted(tied))  # their keys are random: in order, each page is touched once
    _days.insert(cursor, day_rows(change.days for change in held))
    return Outcome(left_out, horizon)


# Why bytearray: `sqlite3` binds exact int, float, str and bytearray at once, and asks a registry of adapters about all
# else, bytes among it, which takes five times as long.
