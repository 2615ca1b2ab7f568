"""Calendar windows in a time zone: hours, days, weeks and months as people there count them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from otel_agentcost.ledger.time_zone import zone_of

_T = TypeVar("_T")

WindowKind: TypeAlias = Literal["hour", "day", "week", "month"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_NANO = 1_000_000_000
_HOUR = 3_600 * _NANO
_DAY = 24 * _HOUR
_MAX_CACHED_DAYS = 4_096


class Window(NamedTuple):
    """One calendar window, from `start` on and before `end` (Unix nanoseconds)."""

    kind: WindowKind
    start_unix_nano: int
    end_unix_nano: int


class _Piece(NamedTuple):
    """A time, from `start` on and before `end`, in which the zone's offset from UTC stays the same."""

    start: int
    end: int
    offset: int


class _Day(NamedTuple):
    start: int
    end: int
    day: int


class Calendar:
    """The windows of one time zone, which tile all time: each instant is in exactly one of each kind.

    A day begins at the first instant when clocks show its date, and ends where the next begins. So a midnight that a
    change skips or repeats moves nothing else, days last 23 or 25 hours where clocks change, and a date that a zone
    skipped (Apia, 2011-12-30) is no window. Weeks begin on Monday and months on the first, where those days begin. An
    hour is what clocks show as one under one offset: an hour that occurs twice is two windows, and a change in the
    middle of an hour parts it.

    Thread-safe: what is kept between calls can be made anew from the zone at any time.
    """

    __slots__ = ("_days", "_latest", "_latest_hour", "_pieces", "_starts", "_zone", "time_zone")

    def __init__(self, time_zone: str) -> None:
        """Raises: ValueError where there is no such zone; the text names it and the nearest names that exist."""
        self._zone = zone_of(time_zone)
        self.time_zone = time_zone
        self._latest = _Day(0, 0, 0)
        self._latest_hour = Window("hour", 0, 0)
        self._days: dict[int, tuple[_Day, ...]] = {}
        self._pieces: dict[int, tuple[_Piece, ...]] = {}
        self._starts: dict[int, int] = {}

    def day_of(self, unix_nano: int) -> int:
        """Return the day, counted from 1970-01-01, that a time is in."""
        start, end, day = self._latest
        if start <= unix_nano < end:
            return day
        latest = self._latest = self._find_day(unix_nano)
        return latest.day

    def day_bounds(self, day: int) -> tuple[int, int]:
        """Return when a day starts and when the next does: the same instant where the zone skipped that day."""
        return self._start_of(day), self._start_of(day + 1)

    def window(self, kind: WindowKind, unix_nano: int) -> Window:
        """Return the window that a time is in."""
        if kind == "hour":
            return self._hour(unix_nano)
        return self._window_of_day(kind, self.day_of(unix_nano))

    def previous(self, window: Window) -> Window:
        """Return the window that ends where this one starts."""
        return self.window(window.kind, window.start_unix_nano - 1)

    def following(self, window: Window) -> Window:
        """Return the window that starts where this one ends."""
        return self.window(window.kind, window.end_unix_nano)

    def windows(self, kind: WindowKind, since_unix_nano: int, until_unix_nano: int) -> Iterator[Window]:
        """Yield, in order, the windows that any time from `since` on and before `until` is in."""
        if since_unix_nano >= until_unix_nano:
            return
        window = self.window(kind, since_unix_nano)
        while window.start_unix_nano < until_unix_nano:
            yield window
            window = self.following(window)

    def key_of(self, window: Window) -> str:
        """Return a window's name: `2026-03-29T03:00+02:00`, `2026-03-29`, `2026-W13` or `2026-03`."""
        if window.kind == "hour":
            return self.key_of_hour(window.start_unix_nano)
        day = _date_of(self.day_of(window.start_unix_nano))
        if window.kind == "day":
            return day.isoformat()
        if window.kind == "month":
            return f"{day.year:04d}-{day.month:02d}"
        week = day.isocalendar()
        return f"{week[0]:04d}-W{week[1]:02d}"

    def key_of_day(self, day: int) -> str:
        """Return `2026-03-29`."""
        return _date_of(day).isoformat()

    def key_of_hour(self, unix_nano: int) -> str:
        """Return the hour that clocks show, with its offset, since it may occur twice: `2026-03-29T03:00+02:00`."""
        local = (_EPOCH + timedelta(seconds=unix_nano // _NANO)).astimezone(self._zone)
        offset = timezone(local.utcoffset() or timedelta())  # then, which need not be the one at the full hour
        return local.replace(minute=0, second=0, tzinfo=offset).isoformat(timespec="minutes")

    def _window_of_day(self, kind: WindowKind, day: int) -> Window:
        if kind == "day":
            first, after = day, day + 1
        elif kind == "week":
            first = day - (day + 3) % 7  # day 0 was a Thursday
            after = first + 7
        else:
            start = _date_of(day).replace(day=1)
            first = start.toordinal() - _EPOCH_ORDINAL
            after = (start + timedelta(31)).replace(day=1).toordinal() - _EPOCH_ORDINAL
        return Window(kind, self._start_of(first), self._start_of(after))

    def _hour(self, unix_nano: int) -> Window:
        latest = self._latest_hour
        if latest.start_unix_nano <= unix_nano < latest.end_unix_nano:
            return latest
        for piece in self._pieces_around(unix_nano // _DAY):
            if unix_nano < piece.end:
                start = unix_nano - (unix_nano + piece.offset) % _HOUR
                latest = Window("hour", max(start, piece.start), min(start + _HOUR, piece.end))
                self._latest_hour = latest
                return latest
        raise AssertionError("pieces reach a day further")  # pragma: no cover

    def _find_day(self, unix_nano: int) -> _Day:
        utc_day = unix_nano // _DAY
        days = self._days.get(utc_day)
        if days is None:
            days = tuple(
                _Day(*self.day_bounds(day), day) for day in (utc_day - 1, utc_day, utc_day + 1)
            )  # no clock is a day or more away from UTC
            _keep(self._days, utc_day, days)
        before, same, after = days
        if unix_nano < before.end:
            return before
        return same if unix_nano < same.end else after

    def _start_of(self, day: int) -> int:
        """Return the first instant at which clocks show midnight of this day or later."""
        start = self._starts.get(day)
        if start is None:
            midnight = day * _DAY
            start = next(
                max(piece.start, midnight - piece.offset)
                for piece in self._pieces_around(day)
                if midnight < piece.end + piece.offset
            )
            _keep(self._starts, day, start)
        return start

    def _pieces_around(self, utc_day: int) -> tuple[_Piece, ...]:
        """Return the pieces of this day of UTC, the one before and the one after, in order.

        One look a day finds every change: no two in the database are closer than 95 hours (Freetown, 1939), so equal
        offsets at both ends of a day mean that nothing changed in between.
        """
        pieces = self._pieces.get(utc_day)
        if pieces is None:
            start, end = (utc_day - 1) * _DAY, (utc_day + 2) * _DAY
            found: list[_Piece] = []
            piece_start, offset = start, self._offset(start)
            for left in range(start, end, _DAY):
                right = left + _DAY
                offset_then = self._offset(right)
                if offset_then != offset:
                    change = self._change(left, right, offset)
                    found.append(_Piece(piece_start, change, offset))
                    piece_start, offset = change, offset_then
            if piece_start < end:
                found.append(_Piece(piece_start, end, offset))
            pieces = tuple(found)
            _keep(self._pieces, utc_day, pieces)
        return pieces

    def _change(self, left: int, right: int, offset: int) -> int:
        """Return the first instant after `left`, to the second, at which the offset is no longer this one."""
        low, high = left // _NANO, right // _NANO
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle * _NANO) == offset:
                low = middle
            else:
                high = middle
        return high * _NANO

    def _offset(self, unix_nano: int) -> int:
        local = (_EPOCH + timedelta(seconds=unix_nano // _NANO)).astimezone(self._zone)
        offset = local.utcoffset()
        return 0 if offset is None else (offset.days * 86_400 + offset.seconds) * _NANO


def _date_of(day: int) -> date:
    return date.fromordinal(day + _EPOCH_ORDINAL)


def _keep(cache: dict[int, _T], key: int, value: _T) -> None:
    """Keep a value, and bound the cache: times are mostly close together, so that starting anew costs little."""
    if len(cache) >= _MAX_CACHED_DAYS:
        cache.clear()
    cache[key] = value
