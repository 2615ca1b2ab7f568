"""The machine's view of a report: one JSON object, schema 1 of docs/cli.md."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, TextIO

from otel_agentcost.cli.json_rows import SCHEMA, encode, write_rows
from otel_agentcost.cli.periods import Period, name_of
from otel_agentcost.cli.report_rows import SpendRow
from otel_agentcost.cli.report_value import Report
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.sums import Sums

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def write_json(out: TextIO, report: Report) -> None:
    """Write the report. `totals` are over all rows, whatever the limit."""
    spend, calendar = report.spend, report.calendar
    head = {
        "by": report.question.by,
        "only": dict(report.question.only),
        "time_zone": calendar.time_zone,
        "period": period_row(report.period, calendar),
        "previous_period": None if report.before is None else period_row(report.before, calendar),
        "no_comparison": report.no_comparison,
        "trend": _trend(report),
    }
    out.write(f'{{"schema":{SCHEMA},\n{encode(head)[1:-1]},\n"rows":[')
    write_rows(out, ({"key": row.key, **_sums(row, spend.total)} for row in report.shown))
    totals = _sums(SpendRow("", spend.total, spend.previous), spend.total)
    out.write(f'],\n"totals":{encode({**totals, "rows": len(spend.rows)})}}}\n')


def _sums(row: SpendRow, total: Sums) -> dict[str, Any]:
    return {
        **row.sums._asdict(),
        "share": row.sums.cost_nano_usd / total.cost_nano_usd if total.cost_nano_usd else None,
        "previous_cost_nano_usd": None if row.previous is None else row.previous.cost_nano_usd,
        "previous_unpriced_calls": None if row.previous is None else row.previous.unpriced_calls,
    }


def _trend(report: Report) -> dict[str, Any] | None:
    found = report.trend
    if found is None:
        return None
    return {
        "window": found.window.kind,
        "windows_before": found.before,
        "average_nano_usd": found.trend.average_nano_usd,
        "whole_window_before_nano_usd": found.trend.before_nano_usd,
        "forecast_nano_usd": found.trend.forecast_nano_usd,
    }


def period_row(period: Period, calendar: Calendar) -> dict[str, Any]:
    """Return a period as a JSON row: its name, its bounds as text and as numbers, and whether it still runs."""
    return {
        "name": name_of(period, calendar),
        "since": _iso(period.since_unix_nano),
        "until": _iso(period.until_unix_nano),
        "since_unix_nano": period.since_unix_nano,
        "until_unix_nano": period.until_unix_nano,
        "running": period.is_running,
    }


def _iso(unix_nano: int) -> str | None:
    try:
        return (_EPOCH + timedelta(microseconds=unix_nano // 1000)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None
