"""How a window compares with those before, and where it is heading: worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agentcost.ledger.calendar import Calendar, WindowKind
from otel_agentcost.ledger.trends import (
    Trend,
    average,
    change_percent,
    forecast,
    forecast_by_days,
    same_point,
    trend,
    windows_before,
)
from tests.unit.ledger.expected_windows import nano

BERLIN = Calendar("Europe/Berlin")
UTC = Calendar("UTC")
NOVEMBER = UTC.window("month", nano("2026-11-10 00:00"))
KINDS: tuple[WindowKind, ...] = ("hour", "day", "week", "month")


@pytest.mark.parametrize(
    ("kind", "now", "point"),
    [
        ("month", "2024-05-05 08:30", "2024-04-05 08:30"),
        ("month", "2024-05-01 00:00", "2024-04-01 00:00"),
        ("month", "2024-04-10 10:00", "2024-03-10 11:00"),  # noon in both, before and after clocks changed
        ("month", "2024-03-30 12:00", "2024-02-29 23:00"),  # February has no 30th: all of it
        ("month", "2024-05-31 12:00", "2024-04-30 22:00"),
        ("month", "2024-06-02 12:00", "2024-04-30 22:00"),  # May is over: all of April
        ("week", "2024-04-03 10:00", "2024-03-27 11:00"),  # Wednesday noon, and the Wednesday before
        ("day", "2024-04-02 10:00", "2024-04-01 10:00"),
        ("day", "2024-04-01 21:30", "2024-03-31 22:00"),  # 23.5 hours into a day; the one before had 23
        ("hour", "2024-04-01 10:20", "2024-04-01 09:20"),
        ("hour", "2021-10-31 01:20", "2021-10-31 00:20"),  # the second 02:20, and the first
    ],
)
def test_a_point_has_its_like_in_the_window_before(kind: WindowKind, now: str, point: str) -> None:
    window = BERLIN.window(kind, nano("2024-05-31 12:00" if now.startswith("2024-06") else now))
    assert same_point(BERLIN, window, nano(now)) == nano(point)


@given(st.sampled_from(KINDS), st.integers(0, 2**61), st.integers(0, 2**61))
def test_the_like_of_a_point_lies_in_the_window_before_and_never_goes_back(
    kind: WindowKind, now: int, later: int
) -> None:
    window = BERLIN.window(kind, now)
    before = BERLIN.previous(window)
    point = same_point(BERLIN, window, now)
    assert before.start_unix_nano <= point <= before.end_unix_nano
    then = window.start_unix_nano + later % (window.end_unix_nano - window.start_unix_nano)
    assert (same_point(BERLIN, window, then) >= point) or then < now


def test_the_windows_before_come_latest_first() -> None:
    windows = windows_before(BERLIN, BERLIN.window("month", nano("2024-05-05 12:00")), 3)
    assert [BERLIN.key_of(window) for window in windows] == ["2024-04", "2024-03", "2024-02"]


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [
        (150, 100, 50.0),
        (100, 100, 0.0),
        (0, 100, -100.0),
        (1, 3, -200 / 3),
        (5, 0, None),
        (0, 0, None),
        (2**80, 2**79, 100.0),
    ],
)
def test_a_change_is_told_in_percent_of_what_was_before(now: int, before: int, percent: float | None) -> None:
    assert change_percent(now, before) == percent


@pytest.mark.parametrize(
    ("amounts", "mean"),
    [([], None), ([7], 7), ([1, 2], 2), ([2, 3], 2), ([1, 1, 2], 1), ([2**70, 2**70 + 2], 2**70 + 1)],
)
def test_an_average_is_exact_and_rounds_half_even(amounts: list[int], mean: int | None) -> None:
    assert average(amounts) == mean


@pytest.mark.parametrize(
    ("now", "spent", "expected"),
    [
        ("2026-11-01 00:00", 0, None),
        ("2026-11-03 23:59", 300, None),  # a tenth of 30 days has not passed
        ("2026-11-04 00:00", 300, 3_000),
        ("2026-11-16 00:00", 500, 1_000),
        ("2026-11-16 00:00", 0, 0),
        ("2026-11-21 00:00", 1, 2),  # 1.5
        ("2026-11-21 00:00", 3, 4),  # 4.5
        ("2026-11-30 00:00", 10**18, 1_034_482_758_620_689_655),
        ("2026-12-01 00:00", 777, 777),
        ("2027-01-05 00:00", 777, 777),
        ("2026-10-20 00:00", 5, None),
    ],
)
def test_a_forecast_goes_on_as_it_went(now: str, spent: int, expected: int | None) -> None:
    assert forecast(NOVEMBER, nano(now), spent) == expected


@pytest.mark.parametrize(
    ("now", "by_day", "expected"),
    [
        ("2026-11-01 12:00", [9], None),
        ("2026-11-03 12:00", [10, 20, 5], None),  # two days are over: less than a tenth of thirty
        ("2026-11-04 00:00", [10, 20, 30, 0], 60 + 20 * 27),
        ("2026-11-04 12:00", [10, 20, 30, 0], 60 + 20 * 26 + 10),  # half of today is to come
        ("2026-11-04 12:00", [10, 20, 30, 15], 75 + 20 * 26 + 10),
        ("2026-11-04 06:00", [0, 0, 0, 7], 7),
        ("2026-11-04 00:00", [1, 0, 0, 0], 1 + 9),
        ("2026-11-05 12:00", [1, 0, 0, 0, 0], 1 + 6),  # 6.375
        ("2026-11-30 12:00", [*[2] * 29, 5], 58 + 5 + 1),
        ("2026-11-30 23:59:59.999999", [*[2] * 29, 5], 63),
        ("2026-12-01 00:00", [2] * 30, 60),
    ],
)
def test_a_forecast_by_days_gives_each_day_to_come_a_mean_day(
    now: str, by_day: list[int], expected: int | None
) -> None:
    assert forecast_by_days(UTC, NOVEMBER, nano(now), by_day) == expected


def test_a_forecast_by_days_knows_that_a_day_has_25_hours() -> None:
    week = BERLIN.window("week", nano("2021-10-31 12:00"))
    now = week.end_unix_nano - 5 * 3_600 * 1_000_000_000  # a fifth of Sunday is left
    assert forecast_by_days(BERLIN, week, now, [100] * 6 + [0]) == 620


def test_a_forecast_by_days_refuses_days_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="3 days, but 4 have begun"):
        forecast_by_days(UTC, NOVEMBER, nano("2026-11-04 00:00"), [1, 2, 3])


@given(st.integers(1, 2**60), st.integers(0, 10**15))
def test_a_forecast_is_never_below_what_was_spent(now: int, spent: int) -> None:
    expected = forecast(NOVEMBER, now, spent)
    assert expected is None or expected >= spent


def test_a_trend_gathers_what_can_be_said() -> None:
    assert trend(150, 100, [400, 200, 301], 600) == Trend(150, 400, 100, 50.0, 300, 600)
    assert trend(150) == Trend(150, None, None, None, None, None)
    assert trend(150, 0, [0]) == Trend(150, 0, 0, None, 0, None)
