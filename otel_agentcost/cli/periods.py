"""Periods: the time that a question is about, the one before it, and how people call them."""

from __future__ import annotations

import argparse
from textwrap import wrap
from typing import NamedTuple

from otel_agentcost.cli.moments import ALLOWED, ALLOWED_WINDOWS, Moment, clock, local_time, read_moment, season_of
from otel_agentcost.ledger.calendar import Calendar, Window, WindowKind
from otel_agentcost.ledger.trends import same_point

_KINDS: tuple[WindowKind, ...] = ("day", "week", "month", "hour")


class Period(NamedTuple):
    """From `since` on and before `until`. `window` is the calendar window that it is, where it is one.

    A window that `now` is in still runs: its end lies ahead, and there are no calls yet after `now`.
    """

    since_unix_nano: int
    until_unix_nano: int
    now_unix_nano: int
    window: Window | None = None

    @property
    def is_running(self) -> bool:
        return self.since_unix_nano <= self.now_unix_nano < self.until_unix_nano

    @property
    def seen_until_unix_nano(self) -> int:
        """The end of what can have been recorded by now."""
        return min(self.until_unix_nano, max(self.now_unix_nano, self.since_unix_nano))


class PeriodError(ValueError):
    """A period that cannot be meant. The text names the argument and says what is allowed."""


def add_period_arguments(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare which time a command is about."""
    group = parser.add_argument_group("time", "\n".join(wrap(f"Default: {default}. TIME is {ALLOWED}.", 100)))
    group.add_argument("--since", metavar="TIME", help="from then on; a word or date is the moment at which it begins")
    group.add_argument("--until", metavar="TIME", help="before then; now by default")
    group.add_argument(
        "--period",
        metavar="WINDOW",
        help="a whole day, week, month, quarter or year: yesterday, last-month, 2026-10, 2026-W47, 2026-Q3, 2026",
    )
    group.add_argument("--time-zone", metavar="ZONE", help="such as Europe/Berlin; the store's own by default")


def read_period(args: argparse.Namespace, now_unix_nano: int, calendar: Calendar, default: str | None) -> Period | None:
    """Return the period that the arguments name; `default` is a word for `--period`, and None allows all time.

    Raises:
        PeriodError: they contradict each other, or one is no moment.
    """
    since: str | None = args.since
    until: str | None = args.until
    whole: str | None = args.period
    if whole is not None and (since is not None or until is not None):
        raise PeriodError("--period: names a whole window; use either it or --since and --until")
    if whole is None and since is None and until is None:
        whole = default
    if whole is not None:
        return _whole(whole, now_unix_nano, calendar)
    if since is None and until is None:
        return None
    if since is None and default is not None:
        raise PeriodError("--until: needs --since beside it")
    start = Moment(0) if since is None else _moment("--since", since, now_unix_nano, calendar)
    end = None if until is None else _moment("--until", until, now_unix_nano, calendar).unix_nano
    if end is not None and end <= start.unix_nano:
        bounds = _bounds(start.unix_nano, end, calendar)
        raise PeriodError(f"--until: {until!r} is not after --since {since!r}: {bounds}")
    window = _window_of(start, end, now_unix_nano, calendar)
    if window is not None:
        return Period(window.start_unix_nano, window.end_unix_nano, now_unix_nano, window)
    if end is None and start.unix_nano >= now_unix_nano:
        raise PeriodError(f"--since: {since!r} is not past yet ({clock(start.unix_nano, calendar.time_zone)})")
    return Period(start.unix_nano, now_unix_nano if end is None else end, now_unix_nano)


def period_before(period: Period, calendar: Calendar) -> Period:
    """Return what a period is fairly compared with.

    For a calendar window it is the window before; while it still runs, that one's part up to the same day and time of
    day. Otherwise it is as much time right before: whole days where the period is whole days.
    """
    since, until, now, window = period
    if window is None:
        first, last = calendar.day_of(since), calendar.day_of(until)
        if calendar.day_bounds(first)[0] == since and calendar.day_bounds(last)[0] == until:
            return Period(calendar.day_bounds(2 * first - last)[0], since, now)
        return Period(since - (until - since), since, now)
    before = calendar.previous(window)
    if not period.is_running:
        return Period(before.start_unix_nano, before.end_unix_nano, now, before)
    return Period(before.start_unix_nano, same_point(calendar, window, now), now, before)


def name_of(period: Period, calendar: Calendar) -> str:
    """Return how people call a period: `November 2026 so far`, `24 November 2026`, or its bounds."""
    window = period.window
    if window is None:
        return _bounds(period.since_unix_nano, period.until_unix_nano, calendar)
    name = window_name(window, calendar)
    if period.is_running:
        return f"{name} so far"
    if period.until_unix_nano < window.end_unix_nano:
        return f"{name} up to {clock(period.until_unix_nano, calendar.time_zone, with_seconds=False)}"
    return name


def window_name(window: Window, calendar: Calendar) -> str:
    """Return `November 2026`, `week 2026-W48`, `Tuesday 2026-11-24` or `2026-11-24 13:00`."""
    start = local_time(window.start_unix_nano, calendar.time_zone)
    if window.kind == "month":
        return f"{start:%B %Y}"
    if window.kind == "week":
        return f"week {calendar.key_of(window)}"
    if window.kind == "day":
        return f"{start:%A} {calendar.key_of(window)}"
    return f"{start:%Y-%m-%d %H:%M}"


def _whole(text: str, now_unix_nano: int, calendar: Calendar) -> Period:
    try:
        season = season_of(text, calendar)
        start = Moment(season[0]) if season is not None else read_moment(text, now_unix_nano, calendar)
    except (ValueError, OverflowError):
        season, start = None, Moment(0)
    if season is not None:
        since, until = season
        # Of one that runs, only what is over: so it is compared with as much time before.
        return Period(since, now_unix_nano if since < now_unix_nano < until else until, now_unix_nano)
    if start.kind is None:
        raise PeriodError(f"--period: {text!r} is no window; allowed: {ALLOWED_WINDOWS}")
    window = calendar.window(start.kind, start.unix_nano)
    return Period(window.start_unix_nano, window.end_unix_nano, now_unix_nano, window)


def _moment(option: str, text: str, now_unix_nano: int, calendar: Calendar) -> Moment:
    try:
        return read_moment(text, now_unix_nano, calendar)
    except ValueError as error:
        raise PeriodError(f"{option}: {error}") from None


def _window_of(start: Moment, end: int | None, now_unix_nano: int, calendar: Calendar) -> Window | None:
    """Return the calendar window that these bounds are; without an end, one that runs now."""
    for kind in dict.fromkeys((start.kind, *_KINDS)):
        if kind is None or not start.unix_nano:
            continue
        window = calendar.window(kind, start.unix_nano)
        is_it = now_unix_nano < window.end_unix_nano if end is None else end == window.end_unix_nano
        if window.start_unix_nano == start.unix_nano and is_it and start.unix_nano <= now_unix_nano:
            return window
    return None


def _bounds(since: int, until: int, calendar: Calendar) -> str:
    zone = calendar.time_zone
    start = "the beginning" if not since else clock(since, zone, with_seconds=False)
    return f"{start} to {clock(until, zone, with_seconds=False)}"
