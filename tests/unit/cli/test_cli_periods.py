"""The times that people type, and the period that a period is compared with."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone

import pytest

from otel_agentcost.cli.moments import WORDS, clock, read_moment
from otel_agentcost.cli.periods import Period, PeriodError, name_of, period_before, read_period
from otel_agentcost.ledger.calendar import Calendar

SECOND = 10**9
BERLIN = Calendar("Europe/Berlin")


def nano(text: str) -> int:
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return round(moment.timestamp()) * SECOND


NOW = nano("2026-11-24T13:30:00+01:00")  # a Tuesday


def iso(unix_nano: int) -> str:
    return datetime.fromtimestamp(unix_nano // SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-24T12:30:00Z"),
        ("today", "2026-11-23T23:00:00Z"),
        ("yesterday", "2026-11-22T23:00:00Z"),
        ("Last-Month", "2026-09-30T22:00:00Z"),
        ("this-week", "2026-11-22T23:00:00Z"),
        ("last-week", "2026-11-15T23:00:00Z"),
        ("this-hour", "2026-11-24T12:00:00Z"),
        ("last-hour", "2026-11-24T11:00:00Z"),
        ("this-month", "2026-10-31T23:00:00Z"),
        ("2h", "2026-11-24T10:30:00Z"),
        ("7d", "2026-11-17T12:30:00Z"),
        ("2w", "2026-11-10T12:30:00Z"),
        ("90s", "2026-11-24T12:28:30Z"),
        ("2026-07", "2026-06-30T22:00:00Z"),
        ("2026-07-04", "2026-07-03T22:00:00Z"),
        ("2026-W47", "2026-11-15T23:00:00Z"),
        ("2026-q3", "2026-06-30T22:00:00Z"),
        ("2026", "2025-12-31T23:00:00Z"),
        ("2026-07-04T13:00", "2026-07-04T11:00:00Z"),
        ("2026-07-04 13:00:30", "2026-07-04T11:00:30Z"),
        ("2026-07-04T13:00Z", "2026-07-04T13:00:00Z"),
        ("2026-07-04T13:00-07:00", "2026-07-04T20:00:00Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z"),
        ("2026-03-30", "2026-03-29T22:00:00Z"),  # the day before had 23 hours
    ],
)
def test_a_moment_is_read_in_the_zone_that_is_asked_for(text: str, moment: str) -> None:
    assert iso(read_moment(text, NOW, BERLIN).unix_nano) == moment


@pytest.mark.parametrize(
    "text",
    [
        "tomorow",
        "",
        "7",
        "7y",
        "-7d",
        "2026-13",
        "2026-02-30",
        "2026-11-24T25:00",
        "99999-01",
        "2026-W54",
        "2026-Q5",
        "0000",
        "\u0661d",
    ],
)
def test_what_is_no_moment_is_told_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is no moment; allowed: a date such as 2026-11-24") as refused:
        read_moment(text, NOW, BERLIN)
    assert repr(text) in str(refused.value)
    assert all(word in str(refused.value) for word in WORDS)


def arguments(since: str | None = None, until: str | None = None, period: str | None = None) -> argparse.Namespace:
    return argparse.Namespace(since=since, until=until, period=period)


def read(
    since: str | None = None,
    until: str | None = None,
    period: str | None = None,
    now: int = NOW,
    default: str | None = "this-month",
) -> Period:
    found = read_period(arguments(since, until, period), now, BERLIN, default)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "name", "bounds", "before", "bounds_before"),
    [
        (
            {},
            "November 2026 so far", ("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            "October 2026 up to 2026-10-24 13:30", ("2026-09-30T22:00:00Z", "2026-10-24T11:30:00Z"),
        ),
        (
            {"since": "2026-11-01"},
            "November 2026 so far", ("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
            "October 2026 up to 2026-10-24 13:30", ("2026-09-30T22:00:00Z", "2026-10-24T11:30:00Z"),
        ),
        (
            {"period": "last-month"},
            "October 2026", ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
            "September 2026", ("2026-08-31T22:00:00Z", "2026-09-30T22:00:00Z"),
        ),
        (
            {"since": "2026-10", "until": "2026-11"},
            "October 2026", ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
            "September 2026", ("2026-08-31T22:00:00Z", "2026-09-30T22:00:00Z"),
        ),
        (
            {"since": "last-week", "until": "this-week"},
            "week 2026-W47", ("2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"),
            "week 2026-W46", ("2026-11-08T23:00:00Z", "2026-11-15T23:00:00Z"),
        ),
        (
            {"period": "today"},
            "Tuesday 2026-11-24 so far", ("2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z"),
            "Monday 2026-11-23 up to 2026-11-23 13:30", ("2026-11-22T23:00:00Z", "2026-11-23T12:30:00Z"),
        ),
        (
            {"since": "2h"},
            "2026-11-24 11:30 to 2026-11-24 13:30", ("2026-11-24T10:30:00Z", "2026-11-24T12:30:00Z"),
            "2026-11-24 09:30 to 2026-11-24 11:30", ("2026-11-24T08:30:00Z", "2026-11-24T10:30:00Z"),
        ),
        (
            {"since": "2026-10-24", "until": "2026-10-28"},  # four days with a change of clocks: 97 hours
            "2026-10-24 00:00 to 2026-10-28 00:00", ("2026-10-23T22:00:00Z", "2026-10-27T23:00:00Z"),
            "2026-10-20 00:00 to 2026-10-24 00:00", ("2026-10-19T22:00:00Z", "2026-10-23T22:00:00Z"),
        ),
        (
            {"period": "2026-W47"},
            "week 2026-W47", ("2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z"),
            "week 2026-W46", ("2026-11-08T23:00:00Z", "2026-11-15T23:00:00Z"),
        ),
        (
            {"period": "2026-Q3"},  # 92 days
            "2026-07-01 00:00 to 2026-10-01 00:00", ("2026-06-30T22:00:00Z", "2026-09-30T22:00:00Z"),
            "2026-03-31 00:00 to 2026-07-01 00:00", ("2026-03-30T22:00:00Z", "2026-06-30T22:00:00Z"),
        ),
        (
            {"period": "2025"},
            "2025-01-01 00:00 to 2026-01-01 00:00", ("2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z"),
            "2024-01-02 00:00 to 2025-01-01 00:00", ("2024-01-01T23:00:00Z", "2024-12-31T23:00:00Z"),
        ),
        (
            {"period": "2026-03"},  # the month of the spring change
            "March 2026", ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
            "February 2026", ("2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z"),
        ),
    ],
)  # fmt: skip
def test_a_period_is_compared_with_the_like_of_it_before(
    given: dict[str, str], name: str, bounds: tuple[str, str], before: str, bounds_before: tuple[str, str]
) -> None:
    period = read(**given)
    earlier = period_before(period, BERLIN)
    assert name_of(period, BERLIN) == name
    assert (iso(period.since_unix_nano), iso(period.until_unix_nano)) == bounds
    assert name_of(earlier, BERLIN) == before
    assert (iso(earlier.since_unix_nano), iso(earlier.until_unix_nano)) == bounds_before


def test_a_running_month_that_is_longer_than_the_one_before_is_compared_with_all_of_it() -> None:
    period = read(now=nano("2026-03-30T13:30:00+02:00"))
    earlier = period_before(period, BERLIN)
    assert name_of(earlier, BERLIN) == "February 2026"
    assert (iso(earlier.since_unix_nano), iso(earlier.until_unix_nano)) == (
        "2026-01-31T23:00:00Z",
        "2026-02-28T23:00:00Z",
    )


def test_a_year_that_runs_is_only_what_is_over_of_it() -> None:
    period = read(period="2026")
    assert (iso(period.since_unix_nano), period.until_unix_nano) == ("2025-12-31T23:00:00Z", NOW)
    earlier = period_before(period, BERLIN)
    assert NOW - period.since_unix_nano == earlier.until_unix_nano - earlier.since_unix_nano


def test_today_on_the_first_of_a_month_is_the_day_and_not_the_month() -> None:
    now = nano("2026-11-01T10:00:00+01:00")
    assert name_of(read("today", now=now), BERLIN) == "Sunday 2026-11-01 so far"
    assert name_of(read("this-month", now=now), BERLIN) == "November 2026 so far"


def test_without_any_argument_and_without_a_default_all_time_is_meant() -> None:
    assert read_period(arguments(), NOW, BERLIN, None) is None
    until = read(until="2026-11-01", default=None)
    assert (until.since_unix_nano, iso(until.until_unix_nano)) == (0, "2026-10-31T23:00:00Z")
    assert name_of(until, BERLIN) == "the beginning to 2026-11-01 00:00"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"since": "today", "until": "yesterday"}, "--until: 'yesterday' is not after --since 'today'"),
        ({"since": "today", "until": "today"}, "--until: 'today' is not after --since 'today'"),
        ({"until": "today"}, "--until: needs --since"),
        ({"since": "today", "period": "last-month"}, "--period: names a whole window"),
        ({"period": "3h"}, "--period: '3h' is no window"),
        ({"period": "soon"}, "--period: 'soon' is no window; allowed: 2026-11-24, 2026-W48, 2026-11, 2026-Q4, 2026, "),
        ({"since": "3M"}, "--since: '3M' may be minutes or months: write 3m for minutes"),
        ({"period": "2026-11-24T12:00"}, "--period: '2026-11-24T12:00' is no window"),
        ({"since": "2026-12-01"}, "--since: '2026-12-01' is not past yet (2026-12-01 00:00:00)"),
        ({"since": "soon"}, "--since: 'soon' is no moment; allowed: "),
        ({"since": "today", "until": "soon"}, "--until: 'soon' is no moment; allowed: "),
    ],
)
def test_periods_that_cannot_be_meant_name_the_argument_and_its_value(given: dict[str, str], why: str) -> None:
    with pytest.raises(PeriodError) as refused:
        read(**given)
    assert str(refused.value).startswith(why)


def test_a_time_beyond_every_date_is_shown_as_none() -> None:
    assert clock(0, "UTC") == "-"
    assert clock(2**63 * 1000, "UTC") == "-"
