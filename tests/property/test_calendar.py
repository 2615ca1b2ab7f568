"""In every time zone, windows of every kind tile time, and are where clocks there say."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.ledger.calendar import Calendar, WindowKind

from .examples import examples

ZONES = sorted(available_timezones())
KINDS: tuple[WindowKind, ...] = ("hour", "day", "week", "month")
NANO = 1_000_000_000
DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

zones = st.sampled_from(ZONES)
years = st.integers(1890, 2100)


def local(zone: ZoneInfo, unix_nano: int) -> datetime:
    return (EPOCH + timedelta(seconds=unix_nano // NANO)).astimezone(zone)


def changes(zone: ZoneInfo, year: int) -> list[int]:
    """Return the seconds of that year at which the zone's offset changes, found without the calendar."""
    start = int((datetime(year, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds())
    found: list[int] = []
    for left in range(start, start + 366 * DAY, DAY // 2):
        low, high = left, left + DAY // 2
        before = local(zone, low * NANO).utcoffset()
        if local(zone, high * NANO).utcoffset() == before:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if local(zone, middle * NANO).utcoffset() == before else (low, middle)
        found.append(high)
    return found


@settings(max_examples=examples(150), deadline=None)
@given(zones, years, st.integers(0, 366 * DAY * NANO), st.data())
def test_windows_tile_time_and_nest(name: str, year: int, within: int, data: st.DataObject) -> None:
    zone, calendar = ZoneInfo(name), Calendar(name)
    around = [second * NANO for second in changes(zone, year)]
    january = int((datetime(year, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds()) * NANO
    at = data.draw(st.sampled_from([january + within, *(change + within % (2 * DAY * NANO) for change in around)]))
    for kind in KINDS:
        window = calendar.window(kind, at)
        assert window.start_unix_nano <= at < window.end_unix_nano
        assert calendar.previous(window).end_unix_nano == window.start_unix_nano
        assert calendar.following(window).start_unix_nano == window.end_unix_nano
        for inside in (window.start_unix_nano, window.end_unix_nano - 1):
            assert calendar.window(kind, inside) == window
    hour, day, week, month = (calendar.window(kind, at) for kind in KINDS)
    for outer, inner in ((day, hour), (week, day), (month, day)):
        assert outer.start_unix_nano <= inner.start_unix_nano < inner.end_unix_nano <= outer.end_unix_nano
    until = at + 5 * DAY * NANO
    for kind in KINDS:
        tiles = list(calendar.windows(kind, at, until))
        assert tiles[0] == calendar.window(kind, at)
        assert all(a.end_unix_nano == b.start_unix_nano for a, b in pairwise(tiles))
        assert tiles[-1].start_unix_nano < until <= tiles[-1].end_unix_nano
        assert len({calendar.key_of(tile) for tile in tiles}) == len(tiles)


@settings(max_examples=examples(150), deadline=None)
@given(zones, years)
def test_windows_are_where_clocks_say(name: str, year: int) -> None:
    zone, calendar = ZoneInfo(name), Calendar(name)
    for change in changes(zone, year):
        for at in range((change - 2 * DAY) * NANO, (change + 2 * DAY) * NANO, 5 * 3_571 * NANO):
            _check_hour(zone, calendar, at)
            _check_day(zone, calendar, at)


def _check_hour(zone: ZoneInfo, calendar: Calendar, at: int) -> None:
    window = calendar.window("hour", at)
    shown = local(zone, at)
    key = (shown.date(), shown.hour, shown.utcoffset())
    for inside in (window.start_unix_nano, window.end_unix_nano - 1):
        then = local(zone, inside)
        assert (then.date(), then.hour, then.utcoffset()) == key
    for outside in (window.start_unix_nano - 1, window.end_unix_nano):
        then = local(zone, outside)
        assert (then.date(), then.hour, then.utcoffset()) != key


def _check_day(zone: ZoneInfo, calendar: Calendar, at: int) -> None:
    day = calendar.day_of(at)
    shown = date.fromordinal(day + date(1970, 1, 1).toordinal())
    start, end = calendar.day_bounds(day)
    assert start <= at < end
    assert local(zone, start).date() == shown
    assert local(zone, end).date() > shown  # at once, or after a date that was skipped
    step = max((end - start) // 97, 1)
    assert all(local(zone, inside).date() <= shown for inside in range(start, end, step))
    assert all(local(zone, start - back * 900 * NANO - 1).date() < shown for back in range(100))


@settings(max_examples=examples(100), deadline=None)
@given(zones, st.lists(st.integers(0, 4_102_444_800 * NANO), min_size=2, max_size=50))
def test_what_was_asked_before_changes_no_answer(name: str, times: list[int]) -> None:
    warm = Calendar(name)
    days = [warm.day_of(at) for at in times]
    assert days == [Calendar(name).day_of(at) for at in times]
    assert days == [warm.day_of(at) for at in times]
