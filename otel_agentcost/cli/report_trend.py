"""What a calendar window is heading for, and what those before it cost on average."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from otel_agentcost.cli.periods import Period
from otel_agentcost.cli.report_rows import Question, Spend
from otel_agentcost.engine.store import Reader, TooOldError
from otel_agentcost.ledger.calendar import Calendar, Window, WindowKind
from otel_agentcost.ledger.trends import Trend, forecast, forecast_by_days, trend, windows_before
from otel_agentcost.model.money import NanoUsd
from otel_agentcost.model.sums import NO_SUMS, Sums

_COUNTS: Mapping[WindowKind, int] = {"hour": 24, "day": 7, "week": 4, "month": 3}
"""Of how many windows before the average is."""


class WindowTrend(NamedTuple):
    """The trend of a window, and of how many windows before it the average is."""

    window: Window
    trend: Trend
    before: int


def read_trend(
    reader: Reader, question: Question, period: Period, spend: Spend, calendar: Calendar, *, compares: bool
) -> WindowTrend | None:
    """Return the trend of a period; None where it is no calendar window.

    Windows from before the first recorded call are left out of the average, and so are those whose calls are gone.
    """
    window = period.window
    if window is None or period.until_unix_nano < window.end_unix_nano:
        return None
    before = _costs_before(reader, question, period, window, calendar) if compares else []
    previous = None if spend.previous is None else spend.previous.cost_nano_usd
    ahead = None
    if period.is_running and not _is_unpriced(spend.total):
        ahead = _forecast(reader, question, period, window, spend, calendar)
    return WindowTrend(window, trend(spend.total.cost_nano_usd, previous, before, ahead), len(before))


def _costs_before(
    reader: Reader, question: Question, period: Period, window: Window, calendar: Calendar
) -> list[NanoUsd]:
    sums: list[Sums] = []
    for each in windows_before(calendar, window, _COUNTS[window.kind]):
        bounds = period._replace(since_unix_nano=each.start_unix_nano, until_unix_nano=each.end_unix_nano)
        try:
            rows = reader.report(question.query(bounds, "total"))
        except TooOldError:
            break
        sums.append(rows[0].sums if rows else NO_SUMS)
    while sums and sums[-1] == NO_SUMS:
        sums.pop()
    if all(_is_unpriced(each) or each == NO_SUMS for each in sums):
        return []  # on average they cost nobody knows what
    return [each.cost_nano_usd for each in sums]


def _is_unpriced(sums: Sums) -> bool:
    return not sums.cost_nano_usd and 0 < sums.calls == sums.unpriced_calls


def _forecast(
    reader: Reader, question: Question, period: Period, window: Window, spend: Spend, calendar: Calendar
) -> NanoUsd | None:
    now = period.now_unix_nano
    if window.kind not in ("week", "month"):
        return forecast(window, now, spend.total.cost_nano_usd)
    costs = {row.key: row.sums.cost_nano_usd for row in reader.report(question.query(period, "day"))}
    begun = calendar.windows("day", window.start_unix_nano, now + 1)
    return forecast_by_days(calendar, window, now, [costs.get(calendar.key_of(day), 0) for day in begun])
