"""The traffic's plan: the same from the same seed, whatever the clock says, and as a company's days are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from otel_agentcost.demo.traffic.company import TEAMS
from otel_agentcost.demo.traffic.features import FEATURES, RUNAWAY_USER
from otel_agentcost.demo.traffic.generator import Days, requests
from otel_agentcost.demo.traffic.plan import ModelCall, Request
from otel_agentcost.demo.traffic.rhythm import NANO, moment
from otel_agentcost.demo.traffic.stacks import STACKS
from otel_agentcost.demo.traffic.timeline import flat, place

BERLIN = ZoneInfo("Europe/Berlin")
NOON = int(datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN).timestamp()) * NANO
HOUR = 3_600 * NANO
DAY = 24 * HOUR


def days(count: int = 2, *, seed: int = 4, until: int = NOON) -> Days:
    return Days(seed, count, until, BERLIN)


@pytest.fixture(scope="module")
def planned() -> list[Request]:
    return list(requests(days()))


def calls_of(request: Request) -> list[ModelCall]:
    steps, _ = place(request.work.steps, 0)
    return [placed.step for placed in flat(steps) if isinstance(placed.step, ModelCall)]


def of_feature(planned: Sequence[Request], feature: str) -> list[Request]:
    return [request for request in planned if request.feature == feature]


def test_the_same_seed_plans_the_same_requests(planned: list[Request]) -> None:
    assert list(requests(days())) == planned


def test_another_seed_plans_others(planned: list[Request]) -> None:
    others = list(requests(days(seed=5)))
    assert len(others) == len(planned)
    assert {request.work for request in others}.isdisjoint(request.work for request in planned)


def test_the_clock_moves_the_times_and_nothing_else(planned: list[Request]) -> None:
    def content(found: Sequence[Request]) -> Counter[Request]:
        return Counter(request._replace(start_unix_nano=0) for request in found)

    assert content(list(requests(days(until=NOON + 7 * HOUR + 31 * 60 * NANO)))) == content(planned)


def test_every_request_is_over_within_the_day_that_it_was_planned_for(planned: list[Request]) -> None:
    first, second = days().since_unix_nano, days().since_unix_nano + DAY
    per_day: Counter[int] = Counter()
    for request in planned:
        end = place(request.work.steps, request.start_unix_nano)[1]
        assert first <= request.start_unix_nano < end < NOON
        assert not request.start_unix_nano < second <= end
        per_day[request.start_unix_nano >= second] += 1
    assert per_day[True] == per_day[False] + 1  # the outlier
    assert sum(per_day.values()) == days().expected


def test_requests_come_in_the_order_of_their_start(planned: list[Request]) -> None:
    starts = [request.start_unix_nano for request in planned]
    assert starts == sorted(starts)


def test_nights_are_quiet(planned: list[Request]) -> None:
    by_hour = Counter(
        datetime.fromtimestamp(request.start_unix_nano / 1e9, BERLIN).hour
        for request in planned
        if request.feature != "incident"
    )
    night, morning = (sum(by_hour[hour] for hour in hours) for hours in (range(5), range(9, 14)))
    assert night * 20 < morning


@pytest.mark.parametrize("start_hour", [0, 7, 23])
def test_a_time_of_day_is_found_once_in_the_24_hours_from_any_moment_on(start_hour: int) -> None:
    start = int(datetime(2026, 11, 23, start_hour, 30, 15, tzinfo=BERLIN).timestamp()) * NANO
    found = moment(2 * 3_600 + 41 * 60, start, BERLIN)
    assert start <= found < start + DAY
    assert f"{datetime.fromtimestamp(found / 1e9, BERLIN):%H:%M:%S}" == "02:41:00"


def test_the_release_makes_supports_prompts_longer_and_no_others(planned: list[Request]) -> None:
    def longest_prompt(feature: str, *, last: bool) -> float:
        border = days().since_unix_nano + DAY
        found = [r for r in of_feature(planned, feature) if (r.start_unix_nano >= border) == last]
        return sum(calls_of(request)[-1].usage.input_tokens for request in found) / len(found)

    for feature in ("triage", "answers"):
        assert longest_prompt(feature, last=True) > 1.7 * longest_prompt(feature, last=False)
    for feature in ("letters", "review", "quotes"):
        assert 0.8 < longest_prompt(feature, last=True) / longest_prompt(feature, last=False) < 1.25


def test_a_single_day_has_no_release_and_is_the_first_of_two() -> None:
    border = days().since_unix_nano + DAY
    first = [request.work for request in requests(days(2)) if request.start_unix_nano < border]
    only = list(requests(days(1)))
    assert Counter(request.work for request in only if request.user != RUNAWAY_USER) <= Counter(first)
    assert len(only) == len(first) + 1


def test_one_execution_runs_away_at_night(planned: list[Request]) -> None:
    by_tokens = sorted(planned, key=lambda request: sum(call.usage.input_tokens for call in calls_of(request)))
    assert by_tokens[-1].user == RUNAWAY_USER
    assert f"{datetime.fromtimestamp(by_tokens[-1].start_unix_nano / 1e9, BERLIN):%H:%M}" == "02:41"
    tokens = [sum(call.usage.input_tokens for call in calls_of(request)) for request in by_tokens]
    assert tokens[-1] > 20 * tokens[-2]
    turns = [call.usage.input_tokens for call in calls_of(by_tokens[-1]) if call.model.requested == "gpt-4.1"]
    assert turns == sorted(turns)
    assert len(turns) > 100


def test_some_requests_to_models_fail_and_some_users_get_no_answer(planned: list[Request]) -> None:
    failed = [call for request in planned for call in calls_of(request) if call.error is not None]
    assert len(failed) > 10
    assert all(not any(call.usage.counts) and not call.response_id for call in failed)
    assert any(request.work.error is not None for request in planned)


def test_no_response_id_is_given_twice(planned: list[Request]) -> None:
    ids = [call.response_id for request in planned for call in calls_of(request) if call.response_id]
    assert len(ids) == len(set(ids)) > 5_000


def test_usage_is_what_a_provider_can_bill(planned: list[Request]) -> None:
    for request in planned:
        for call in calls_of(request):
            usage = call.usage
            assert usage.cache_read_tokens + usage.cache_write_tokens <= usage.input_tokens
            assert usage.reasoning_tokens <= usage.output_tokens
            if call.model.caching == "prefix":
                assert usage.cache_read_tokens % 128 == 0
            if call.model.caching == "none":
                assert not usage.cache_read_tokens
    cached = sum(call.usage.cache_read_tokens for request in planned for call in calls_of(request))
    assert cached > 0


def test_features_name_teams_and_stacks_that_there_are() -> None:
    assert {feature.team for feature in FEATURES} == set(TEAMS)
    assert {feature.stack for feature in FEATURES} == set(STACKS)
    assert RUNAWAY_USER in TEAMS["research"].split()
