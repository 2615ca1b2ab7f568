"""Read the moments that people type: `2026-11-24T13:00`, `2h`, `yesterday`, `last-month`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from otel_agentcost.ledger.calendar import Calendar, WindowKind
from otel_agentcost.ledger.time_zone import zone_of

NANO = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-?[Ww]([0-9]{2})")
_SEASON = re.compile(r"([0-9]{4})(?:-?[Qq]([1-4]))?")
_WORDS: dict[str, tuple[WindowKind, bool]] = {
    "this-hour": ("hour", False),
    "last-hour": ("hour", True),
    "today": ("day", False),
    "yesterday": ("day", True),
    "this-week": ("week", False),
    "last-week": ("week", True),
    "this-month": ("month", False),
    "last-month": ("month", True),
}
"""Each word names a calendar window; the flag says that it is the one before now's."""

WORDS = tuple(_WORDS)
ALLOWED = (
    "a date such as 2026-11-24, 2026-W48, 2026-11, 2026-Q4 or 2026, a time such as 2026-11-24T13:00, 30m (minutes), "
    "2h or 7d for so long ago, now, " + ", ".join(WORDS)
)
ALLOWED_WINDOWS = "2026-11-24, 2026-W48, 2026-11, 2026-Q4, 2026, " + ", ".join(WORDS)


class Moment(NamedTuple):
    """A moment, and the kind of calendar window that its text named by its beginning, where it did."""

    unix_nano: int
    kind: WindowKind | None = None


def read_moment(text: str, now_unix_nano: int, calendar: Calendar) -> Moment:
    """Return the moment that a text means, in the calendar's time zone where it names none.

    A word, a date or a month means the moment at which that day, week or month begins.

    Raises:
        ValueError: it is none; the text says what is allowed.
    """
    word = text.strip().lower()
    if word[:-1].isdigit() and text.strip().endswith("M"):
        raise ValueError(f"{text!r} may be minutes or months: write {word} for minutes, or a date such as 2026-11")
    if word == "now":
        return Moment(now_unix_nano)
    if word in _WORDS:
        kind, is_last = _WORDS[word]
        window = calendar.window(kind, now_unix_nano)
        return Moment((calendar.previous(window) if is_last else window).start_unix_nano, kind)
    ago = _AGO.fullmatch(word)
    if ago is not None:
        return Moment(now_unix_nano - int(ago[1]) * _UNIT_SECONDS[ago[2]] * NANO)
    try:
        season = season_of(text, calendar)
        return _written(text.strip(), calendar) if season is None else Moment(season[0])
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no moment; allowed: {ALLOWED}") from None


def season_of(text: str, calendar: Calendar) -> tuple[int, int] | None:
    """Return the bounds of a year or of a quarter (`2026`, `2026-Q3`), None where the text is neither.

    Raises:
        ValueError, OverflowError: there is no such year.
    """
    match = _SEASON.fullmatch(text.strip())
    if match is None:
        return None
    year, quarter = int(match[1]), int(match[2] or 0)
    first = date(year, 3 * quarter - 2 if quarter else 1, 1)
    after = date(year, 3 * quarter + 1, 1) if 0 < quarter < 4 else date(year + 1, 1, 1)
    return _start_of(first, calendar), _start_of(after, calendar)


def local_time(unix_nano: int, time_zone: str) -> datetime:
    """Return a time as clocks of a zone show it.

    Raises:
        ValueError, OverflowError: it is beyond what a date can hold.
    """
    return (_EPOCH + timedelta(microseconds=unix_nano // 1000)).astimezone(zone_of(time_zone))


def clock(unix_nano: int, time_zone: str, *, with_seconds: bool = True) -> str:
    """Return a time as `2026-11-24 13:00:05`, and `-` where there is none."""
    if not unix_nano:
        return "-"
    try:
        local = local_time(unix_nano, time_zone)
    except (ValueError, OverflowError):
        return "-"
    return local.strftime("%Y-%m-%d %H:%M:%S" if with_seconds else "%Y-%m-%d %H:%M")


def _written(text: str, calendar: Calendar) -> Moment:
    month = _MONTH.fullmatch(text)
    if month is not None:
        return Moment(_start_of(date(int(month[1]), int(month[2]), 1), calendar), "month")
    week = _WEEK.fullmatch(text)
    if week is not None:
        return Moment(_start_of(date.fromisocalendar(int(week[1]), int(week[2]), 1), calendar), "week")
    if len(text) == 10:
        return Moment(_start_of(date.fromisoformat(text), calendar), "day")
    moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(calendar.time_zone))
    since_epoch = moment - _EPOCH
    return Moment((since_epoch.days * 86_400 + since_epoch.seconds) * NANO + since_epoch.microseconds * 1000)


def _start_of(day: date, calendar: Calendar) -> int:
    return calendar.day_bounds(day.toordinal() - _EPOCH.toordinal())[0]
