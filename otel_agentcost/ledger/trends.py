"""How a calendar window compares with those before it, and what it is heading for. All of it is exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from otel_agentcost.ledger.calendar import Calendar, Window
from otel_agentcost.model.money import NanoUsd

MIN_SHARE = Fraction(1, 10)
"""So much of a window must have passed before a forecast says anything: three days of a month, 2.4 hours of a day."""

MIN_WHOLE_DAYS = 2
"""So many days must be over before a forecast goes by days: one alone may be a Sunday."""


class Trend(NamedTuple):
    """What a window has cost so far, beside the windows before it.

    None stands for what cannot be said: there were no windows before, or it is too early in this one.
    """

    spent_nano_usd: NanoUsd
    before_nano_usd: NanoUsd | None
    """The whole window before."""
    before_by_now_nano_usd: NanoUsd | None
    """The window before, up to the point at which this one is now."""
    change_percent: float | None
    """From `before_by_now_nano_usd` to `spent_nano_usd`; -100 where nothing was spent this time."""
    average_nano_usd: NanoUsd | None
    """Of the windows before, each whole."""
    forecast_nano_usd: NanoUsd | None
    """At the window's end; what was spent, once that has come."""


def windows_before(calendar: Calendar, window: Window, count: int) -> list[Window]:
    """Return the windows of the same kind that came right before, the latest first."""
    found: list[Window] = []
    for _ in range(count):
        window = calendar.previous(window)
        found.append(window)
    return found


def same_point(calendar: Calendar, window: Window, unix_nano: int) -> int:
    """Return the point of the window before at which a time is in this window.

    That is as many days after its first, at as long after that day's start: 10:30 on the 5th is compared with 10:30 on
    the 5th, also where a change of clocks lies in between. A day or month that is shorter ends before such a point, and
    then its end is the point; so is the end of the whole window for a time beyond this window's.
    """
    before = calendar.previous(window)
    if window.kind == "hour":
        return min(before.start_unix_nano + unix_nano - window.start_unix_nano, before.end_unix_nano)
    today = calendar.day_of(unix_nano)
    days_in = today - calendar.day_of(window.start_unix_nano)
    start, end = calendar.day_bounds(calendar.day_of(before.start_unix_nano) + days_in)
    return min(start + unix_nano - calendar.day_bounds(today)[0], end, before.end_unix_nano)


def change_percent(now: NanoUsd, before: NanoUsd) -> float | None:
    """Return by how many percent an amount has grown; None where there was nothing before."""
    return None if before <= 0 else float(Fraction(100 * (now - before), before))


def average(amounts: Sequence[NanoUsd]) -> NanoUsd | None:
    """Return the mean, rounded half-even; None of nothing."""
    return round(Fraction(sum(amounts), len(amounts))) if amounts else None


def forecast(window: Window, now_unix_nano: int, spent_nano_usd: NanoUsd) -> NanoUsd | None:
    """Return what a window will have cost at its end, if the rest of it goes as it went so far.

    Formula: spent / elapsed share, where the share is (now - start) / (end - start), rounded half-even. None before
    `MIN_SHARE` of it has passed.
    """
    length, elapsed = window.end_unix_nano - window.start_unix_nano, now_unix_nano - window.start_unix_nano
    if elapsed >= length:
        return spent_nano_usd
    if elapsed < MIN_SHARE * length:
        return None
    return round(Fraction(spent_nano_usd * length, elapsed))


def forecast_by_days(
    calendar: Calendar, window: Window, now_unix_nano: int, spent_by_day: Sequence[NanoUsd]
) -> NanoUsd | None:
    """Return what a week or month will have cost at its end, if the days to come are like those that are over.

    Formula: spent + mean day * days to come, where the mean is over the days that are over, and the days to come are
    those not begun and the rest of the running one, as a share of it; rounded half-even at the end. Unlike `forecast`
    it does not take a quiet night for a cheap month. None before `MIN_WHOLE_DAYS`, and `MIN_SHARE` of all, are over.

    Args:
        spent_by_day: from the window's first day to the one that now is in, in order; days without cost are 0.
    """
    spent = sum(spent_by_day)
    if now_unix_nano >= window.end_unix_nano:
        return spent
    begun = list(calendar.windows("day", window.start_unix_nano, now_unix_nano + 1))
    if len(spent_by_day) != len(begun):
        raise ValueError(f"spent_by_day: {len(spent_by_day)} days, but {len(begun)} have begun")
    running = begun[-1]
    not_begun = sum(1 for _ in calendar.windows("day", running.end_unix_nano, window.end_unix_nano))
    over = len(begun) - 1
    if over < MIN_WHOLE_DAYS or over < MIN_SHARE * (over + 1 + not_begun):
        return None
    rest = Fraction(running.end_unix_nano - now_unix_nano, running.end_unix_nano - running.start_unix_nano)
    return round(spent + Fraction(spent - spent_by_day[-1], over) * (not_begun + rest))


def trend(
    spent_nano_usd: NanoUsd,
    before_by_now_nano_usd: NanoUsd | None = None,
    before_nano_usd: Sequence[NanoUsd] = (),
    forecast_nano_usd: NanoUsd | None = None,
) -> Trend:
    """Return a window's trend.

    Args:
        before_by_now_nano_usd: what the window before had cost at `same_point`; None where there was none.
        before_nano_usd: what each of `windows_before` cost. Leave out those from before there were books: they would
            count as windows without cost.
        forecast_nano_usd: of `forecast` or `forecast_by_days`.
    """
    by_now = before_by_now_nano_usd
    return Trend(
        spent_nano_usd=spent_nano_usd,
        before_nano_usd=before_nano_usd[0] if before_nano_usd else None,
        before_by_now_nano_usd=by_now,
        change_percent=None if by_now is None else change_percent(spent_nano_usd, by_now),
        average_nano_usd=average(before_nano_usd),
        forecast_nano_usd=forecast_nano_usd,
    )
