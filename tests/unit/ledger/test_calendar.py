"""Windows are what people in a time zone call an hour, a day, a week and a month."""

from __future__ import annotations

import pytest

from otel_agentcost.ledger.calendar import Calendar, Window
from tests.unit.ledger.expected_windows import EXPECTED, Expected, nano

HOUR = 3_600 * 1_000_000_000
DAY = 24 * HOUR


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: f"{row.zone} {row.at}")
def test_traffic_across_a_change_of_clocks_and_a_months_end_lands_in_the_windows_of_its_zone(
    expected: Expected,
) -> None:
    calendar = Calendar(expected.zone)
    at = expected.at_unix_nano
    keys = {kind: calendar.key_of(calendar.window(kind, at)) for kind in ("hour", "day", "week", "month")}
    assert keys == {"hour": expected.hour, "day": expected.day, "week": expected.week, "month": expected.month}
    assert calendar.key_of_hour(at) == expected.hour
    assert calendar.key_of_day(calendar.day_of(at)) == expected.day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28 12:00", 24),
        ("Europe/Berlin", "2024-03-31 12:00", 23),
        ("Europe/Berlin", "2021-10-31 12:00", 25),
        ("America/New_York", "2020-11-01 12:00", 25),
        ("Asia/Kolkata", "2020-11-01 12:00", 24),
        ("Australia/Lord_Howe", "2023-10-01 06:00", 23.5),
        ("Australia/Lord_Howe", "2024-04-07 06:00", 24.5),
        ("America/Sao_Paulo", "2018-11-04 12:00", 23),  # no midnight: clocks went from 00:00 to 01:00
        ("America/Sao_Paulo", "2018-02-17 12:00", 25),  # 23:00 came twice
        ("Africa/Cairo", "2023-04-28 12:00", 23),
        ("Africa/Cairo", "2023-10-26 12:00", 25),
        ("Asia/Beirut", "2019-03-31 12:00", 23),
        ("Pacific/Apia", "2011-12-30 05:00", 24),  # the 29th, the last before the skipped one
        ("America/St_Johns", "2010-11-06 12:00", 24),  # clocks went back at 00:01: the 6th had ended already
        ("America/St_Johns", "2010-11-07 12:00", 25),
    ],
)
def test_a_day_lasts_as_long_as_clocks_make_it(zone: str, day: str, hours: float) -> None:
    window = Calendar(zone).window("day", nano(day))
    assert window.end_unix_nano - window.start_unix_nano == hours * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "starts"),
    [
        ("America/Sao_Paulo", "2018-11-04 12:00", "2018-11-04T01:00-02:00"),
        ("Africa/Cairo", "2023-04-28 12:00", "2023-04-28T01:00+03:00"),
        ("Asia/Beirut", "2019-03-31 12:00", "2019-03-31T01:00+03:00"),
        ("Africa/Cairo", "2023-10-27 12:00", "2023-10-27T00:00+02:00"),
        ("Europe/London", "2024-07-01 12:00", "2024-07-01T00:00+01:00"),
    ],
)
def test_a_day_without_a_midnight_starts_at_its_first_hour(zone: str, day: str, starts: str) -> None:
    calendar = Calendar(zone)
    assert calendar.key_of_hour(calendar.window("day", nano(day)).start_unix_nano) == starts


def test_a_skipped_date_is_no_window() -> None:
    apia = Calendar("Pacific/Apia")
    days = [apia.key_of(day) for day in apia.windows("day", nano("2011-12-29 12:00"), nano("2011-12-31 12:00"))]
    assert days == ["2011-12-29", "2011-12-31", "2012-01-01"]
    skipped = apia.day_of(nano("2011-12-31 12:00")) - 1
    assert apia.key_of_day(skipped) == "2011-12-31"
    start, end = apia.day_bounds(skipped - 1)
    assert start == end == apia.day_bounds(skipped)[0]


def test_an_hour_that_occurs_twice_is_two_windows() -> None:
    berlin = Calendar("Europe/Berlin")
    hours = list(berlin.windows("hour", nano("2021-10-31 00:00"), nano("2021-10-31 02:00")))
    assert [berlin.key_of(hour) for hour in hours] == ["2021-10-31T02:00+02:00", "2021-10-31T02:00+01:00"]
    assert all(hour.end_unix_nano - hour.start_unix_nano == HOUR for hour in hours)


def test_a_change_of_half_an_hour_parts_an_hour() -> None:
    lord_howe = Calendar("Australia/Lord_Howe")
    hours = list(lord_howe.windows("hour", nano("2024-04-06 14:00"), nano("2024-04-06 16:30")))
    lengths = [(lord_howe.key_of(hour), (hour.end_unix_nano - hour.start_unix_nano) * 60 // HOUR) for hour in hours]
    assert lengths == [
        ("2024-04-07T01:00+11:00", 60),
        ("2024-04-07T01:00+10:30", 30),
        ("2024-04-07T02:00+10:30", 60),
    ]


def test_weeks_start_on_monday_and_are_numbered_as_iso_does() -> None:
    berlin = Calendar("Europe/Berlin")
    week = berlin.window("week", nano("2027-01-01 12:00"))  # a Friday
    assert berlin.key_of(week) == "2026-W53"
    assert berlin.key_of_hour(week.start_unix_nano) == "2026-12-28T00:00+01:00"
    assert berlin.key_of(berlin.following(week)) == "2027-W01"


def test_months_have_their_own_lengths() -> None:
    berlin = Calendar("Europe/Berlin")
    months = list(berlin.windows("month", nano("2024-02-15 00:00"), nano("2024-05-01 00:00")))
    assert [berlin.key_of(month) for month in months] == ["2024-02", "2024-03", "2024-04", "2024-05"]
    lengths = [(month.end_unix_nano - month.start_unix_nano) // HOUR for month in months]
    assert lengths == [29 * 24, 31 * 24 - 1, 30 * 24, 31 * 24]


def test_the_window_before_and_the_one_after_adjoin() -> None:
    berlin = Calendar("Europe/Berlin")
    march = berlin.window("month", nano("2024-03-15 00:00"))
    assert berlin.key_of(berlin.previous(march)) == "2024-02"
    assert berlin.following(berlin.previous(march)) == march


def test_no_time_has_no_windows() -> None:
    assert list(Calendar("UTC").windows("day", 5, 5)) == []
    assert list(Calendar("UTC").windows("day", 6, 5)) == []


def test_utc_days_are_plain() -> None:
    utc = Calendar("UTC")
    assert utc.day_of(0) == 0
    assert utc.day_of(DAY - 1) == 0
    assert utc.day_of(DAY) == 1
    assert utc.day_of(-1) == -1
    assert utc.day_bounds(20_000) == (20_000 * DAY, 20_001 * DAY)
    assert utc.key_of_day(20_000) == "2024-10-04"
    assert utc.window("week", 0) == Window("week", -3 * DAY, 4 * DAY)


def test_any_time_that_telemetry_can_state_has_a_day() -> None:
    berlin = Calendar("Europe/Berlin")
    for at in (0, 2**63 - 1, 2**64 - 1):
        start, end = berlin.day_bounds(berlin.day_of(at))
        assert start <= at < end


def test_more_days_than_are_kept_are_still_right() -> None:
    berlin = Calendar("Europe/Berlin")
    for day in range(0, 200_000, 40):
        assert berlin.day_of(berlin.day_bounds(day)[0]) == day


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Europe/Berln", "time_zone: 'Europe/Berln' is no IANA time zone; did you mean Europe/Berlin"),
        ("europe/berlin", "time_zone: 'europe/berlin' is no IANA time zone; did you mean Europe/Berlin"),
        ("berlin", "time_zone: 'berlin' is no IANA time zone; did you mean Europe/Berlin?"),
        ("New York", "time_zone: 'New York' is no IANA time zone; did you mean America/New_York?"),
        ("Nowhere/At_All", "time_zone: 'Nowhere/At_All' is no IANA time zone; names are such as Europe/Berlin"),
        ("../etc/passwd", "time_zone: '../etc/passwd' is no IANA time zone"),
        ("Europe", "time_zone: 'Europe' is no IANA time zone"),
        ("", "time_zone: '' is no IANA time zone"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_names(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="time_zone") as caught:
        Calendar(name)
    assert str(caught.value).startswith(text)
