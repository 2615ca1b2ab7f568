"""The machine's view of calls priced again: one JSON object, schema 1."""

from __future__ import annotations

from typing import Any, TextIO

from otel_agentcost.cli.json_rows import SCHEMA, encode, write_rows
from otel_agentcost.cli.report_json import period_row
from otel_agentcost.cli.reprice_differences import Aim, DifferenceRow, Differences
from otel_agentcost.cli.reprice_prices import OtherPrices
from otel_agentcost.cli.reprice_remarks import estimates, unmatched_overrides


def write_json(out: TextIO, found: Differences, aim: Aim, prices: OtherPrices, limit: int | None) -> None:
    """Write the rows; `totals` are over all of them, whatever the limit."""
    head = {
        "by": aim.by,
        "only": dict(aim.only),
        "time_zone": aim.calendar.time_zone,
        "period": period_row(aim.period, aim.calendar),
        "prices": {
            "version": prices.table.version,
            "source": prices.table.source,
            "as_of": prices.table.as_of,
            "configuration": prices.source,
            "overrides": prices.overrides,
            "unmatched_overrides": unmatched_overrides(found, prices),
        },
        "estimates": dict(estimates(found, prices)),
    }
    out.write(f'{{"schema":{SCHEMA},\n{encode(head)[1:-1]},\n"rows":[')
    write_rows(out, ({"key": row.key, **_sums(row)} for row in found.rows[:limit]))
    totals = {
        **_sums(found.total),
        "executions": found.executions,
        "kept_executions": found.kept_executions,
        "uncharged_tool_calls": found.uncharged_tool_calls,
    }
    out.write(f'],\n"totals":{encode(totals)}}}\n')


def _sums(row: DifferenceRow) -> dict[str, Any]:
    return {
        "cost_nano_usd": row.before.cost_nano_usd,
        "repriced_cost_nano_usd": row.after.cost_nano_usd,
        "difference_nano_usd": row.difference_nano_usd,
        "calls": row.before.calls,
        "repriced_calls": row.after.calls,
        "unpriced_calls": row.before.unpriced_calls,
        "repriced_unpriced_calls": row.after.unpriced_calls,
        "estimated_calls": row.before.estimated_calls,
        "repriced_estimated_calls": row.after.estimated_calls,
        "input_tokens": row.before.input_tokens,
        "output_tokens": row.before.output_tokens,
    }
