"""Texts of the statements that both databases understand: what to do where a row is already there."""

from __future__ import annotations

from sqlalchemy import Table

from otel_agentcost.stores.sql.schema import OPEN, calls, days, executions


def names(table: Table) -> list[str]:
    """Return the names of a table's columns, in their order."""
    return [column.name for column in table.columns]


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


def _on_conflict(table: Table, assignments: dict[str, str], where: str = "") -> str:
    changes = ", ".join(f"{name} = {value}" for name, value in assignments.items())
    return f" ON CONFLICT ({', '.join(_keys(table))}) DO UPDATE SET {changes}{where}"


def _taken(table: Table) -> dict[str, str]:
    return {name: f"excluded.{name}" for name in names(table) if name not in _keys(table)}


def _kept_and_taken() -> dict[str, str]:
    taken = _taken(executions)
    del taken["born_unix_nano"], taken["closed"]
    taken["last_unix_nano"] = (
        "CASE WHEN excluded.last_unix_nano > executions.last_unix_nano "
        "THEN excluded.last_unix_nano ELSE executions.last_unix_nano END"
    )
    return taken


KEEP_TIE = " ON CONFLICT DO NOTHING"

REPLACE_CALL = _on_conflict(calls, _taken(calls))

NEXT_VERSION = _on_conflict(
    executions,
    _kept_and_taken(),
    f" WHERE executions.version = excluded.version - 1 AND executions.closed = {OPEN}",
)
"""The compare-and-set: it leaves a row alone whose version is another than the one before."""

_MOST = 2**63 - 1


def _added() -> dict[str, str]:
    """Return the sums to come: of money at most what a column holds, so that nonsense at one time blocks no others."""
    added = {name: f"days.{name} + excluded.{name}" for name in _taken(days)}
    for name, sum_ in added.items():
        if name.endswith("_nano_usd"):
            full = f"CASE WHEN days.{name} > {_MOST} - excluded.{name} THEN {_MOST} ELSE {sum_} END"
            added[name] = f"CASE WHEN excluded.{name} > 0 THEN {full} ELSE {sum_} END"
    return added


ADD_TO_DAY = _on_conflict(days, _added())
