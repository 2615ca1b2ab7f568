"""A report for spreadsheets and scripts: CSV, a row a key, plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from otel_agentcost.cli.csv_rows import usd_text, write_csv_rows
from otel_agentcost.cli.report_rows import SpendRow
from otel_agentcost.cli.report_value import Report

COLUMNS = (
    "cost_usd", "cost_nano_usd", "calls", "unpriced_calls", "estimated_calls", "executions", "input_tokens",
    "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "tool_calls", "tool_cost_nano_usd",
    "previous_cost_usd", "previous_cost_nano_usd",
)  # fmt: skip


def write_csv(out: TextIO, report: Report) -> None:
    """Write the rows, the key under the name of what was asked for. What no period before tells is an empty field."""
    write_csv_rows(out, (report.question.by, *COLUMNS), map(_row, report.shown))


def _row(row: SpendRow) -> Sequence[str | int | None]:
    sums = row.sums
    previous = None if row.previous is None else row.previous.cost_nano_usd
    return (
        row.key,
        usd_text(sums.cost_nano_usd),
        sums.cost_nano_usd,
        sums.calls,
        sums.unpriced_calls,
        sums.estimated_calls,
        sums.executions,
        sums.input_tokens,
        sums.cache_read_tokens,
        sums.cache_write_tokens,
        sums.output_tokens,
        sums.reasoning_tokens,
        sums.tool_calls,
        sums.tool_cost_nano_usd,
        None if previous is None else usd_text(previous),
        previous,
    )
