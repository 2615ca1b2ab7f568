"""Find executions by what they were, and sum them up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, or_, select

from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.query import ExecutionOrder, ExecutionQuery
from otel_agentcost.model.sums import Sums
from otel_agentcost.stores.sql.ids import part_needles
from otel_agentcost.stores.sql.rows import summary_of
from otel_agentcost.stores.sql.schema import executions

_MOST = 2**63 - 1

_c = executions.c
_TEXTS: dict[str, Column[Any]] = {
    "user": _c.user_id,
    "team": _c.team,
    "organization": _c.organization,
    "feature": _c.feature,
    "environment": _c.environment,
    "conversation": _c.conversation,
    "state": _c.state,
}
_PARTS: dict[str, Column[Any]] = {"agent": _c.agents, "model": _c.models}
_ORDER: dict[ExecutionOrder, ColumnElement[Any]] = {
    "cost": _c.cost_nano_usd,
    "start": _c.start_unix_nano,
    "duration": _c.end_unix_nano - _c.start_unix_nano,
    "calls": _c.calls,
}
_SUMS = (
    _c.cost_nano_usd, _c.calls, _c.unpriced_calls, _c.estimated_calls, _c.input_tokens, _c.cache_read_tokens,
    _c.cache_write_tokens, _c.output_tokens, _c.reasoning_tokens, _c.tool_calls, _c.tool_cost_nano_usd,
)  # fmt: skip


def search(connection: Connection, query: ExecutionQuery) -> list[ExecutionSummary]:
    """Return the executions that match, in the order asked for; equal ones by id."""
    by = _ORDER[query.order]
    found: Select[Any] = (
        select(executions)
        .where(*_conditions(connection, query))
        .order_by(by.desc() if query.descending else by.asc(), _c.execution_id)
        .offset(query.offset)
    )
    # SQLite has no OFFSET without a LIMIT.
    found = found.limit(_MOST if query.limit is None else query.limit)
    return [summary_of(row) for row in connection.execute(found)]


def total(connection: Connection, query: ExecutionQuery) -> Sums:
    """Return the sums over all executions that match."""
    sums = (*(func.coalesce(func.sum(column), 0) for column in _SUMS), func.count())
    row = connection.execute(select(*sums).select_from(executions).where(*_conditions(connection, query))).one()
    return Sums._make(map(int, row))


def _conditions(connection: Connection, query: ExecutionQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.since_unix_nano is not None:
        found.append(_c.start_unix_nano >= max(query.since_unix_nano, 0))
    if query.until_unix_nano is not None:
        found.append(_c.start_unix_nano < min(query.until_unix_nano, _MOST))
    for name, column in _TEXTS.items():
        value: str | None = getattr(query, name)
        if value is not None:
            found.append(column == value)
    for name, column in _PARTS.items():
        part: str | None = getattr(query, name)
        if part is not None:
            found.append(or_(*(_contains(connection, column, needle) for needle in part_needles(part))))
    if query.min_cost_nano_usd is not None:
        found.append(_c.cost_nano_usd >= query.min_cost_nano_usd)
    if query.max_cost_nano_usd is not None:
        found.append(_c.cost_nano_usd <= query.max_cost_nano_usd)
    return found


def _contains(connection: Connection, column: Column[Any], text: str) -> ColumnElement[bool]:
    """Return whether a column contains a text, exactly: LIKE would ignore case in SQLite."""
    position = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return position(column, text) > 0
