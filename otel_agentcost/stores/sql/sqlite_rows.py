"""Write many rows to SQLite: a few long statements instead of one for each row.

A statement with 32 rows takes a quarter less time for each than 32 runs of a statement with one, and while it works
SQLite needs no interpreter lock, so that the program's other threads run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Table

from otel_agentcost.stores.sql.rows import Row
from otel_agentcost.stores.sql.statements import names

_MOST_VARIABLES = 32_766 if sqlite3.sqlite_version_info >= (3, 32) else 999
_MOST_ROWS = 32


class ManyRows:
    """Inserts rows into a table; `tail` says what to do where one is already there."""

    def __init__(self, table: Table, tail: str = "") -> None:
        columns = names(table)
        head = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "  # noqa: S608 - our own names only
        one = f"({', '.join('?' * len(columns))})"
        size = _MOST_ROWS
        while size * len(columns) > _MOST_VARIABLES:
            size //= 2
        sizes = [size >> shift for shift in range(size.bit_length())]
        self._statements = [(size, head + ", ".join([one] * size) + tail) for size in sizes]

    def insert(self, cursor: sqlite3.Cursor, rows: Sequence[Row]) -> None:
        """Insert the rows, in their order. The statements come in few sizes, so that they stay prepared."""
        start, count = 0, len(rows)
        for size, statement in self._statements:
            while count - start >= size:
                cursor.execute(statement, tuple(chain.from_iterable(rows[start : start + size])))
                start += size


class ManyKeys:
    """Selects by one key column, many keys at a time. The statement ends in `IN `."""

    def __init__(self, select: str) -> None:
        self._statements = [(size, f"{select} ({', '.join('?' * size)})") for size in (64, 8, 1)]

    def select(self, cursor: sqlite3.Cursor, keys: Sequence[Any]) -> list[Row]:
        """Return the rows that have one of the keys."""
        rows: list[Row] = []
        start, count = 0, len(keys)
        for size, statement in self._statements:
            while count - start >= size:
                rows.extend(cursor.execute(statement, keys[start : start + size]))
                start += size
        return rows
