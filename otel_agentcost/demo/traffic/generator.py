"""Plan all requests of some days, from a seed.

What is asked and what it costs depends on the seed and the number of days alone; when it was asked follows the clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import tzinfo
from typing import NamedTuple

from otel_agentcost.demo.traffic.company import someone
from otel_agentcost.demo.traffic.features import (
    FEATURES,
    REQUESTS_PER_DAY,
    RUNAWAY,
    RUNAWAY_SECOND_OF_DAY,
    RUNAWAY_USER,
    Feature,
)
from otel_agentcost.demo.traffic.plan import Request, Work
from otel_agentcost.demo.traffic.rhythm import DAY_SECONDS, NANO, moment, second_of_day
from otel_agentcost.demo.traffic.timeline import place
from otel_agentcost.demo.traffic.work import Scene

_MARGIN_NANO = NANO


class Days(NamedTuple):
    """Which days: so many times 24 hours before `until`. Clocks show the times of `zone`."""

    seed: int
    days: int
    until_unix_nano: int
    zone: tzinfo

    @property
    def since_unix_nano(self) -> int:
        return self.until_unix_nano - self.days * DAY_SECONDS * NANO

    @property
    def expected(self) -> int:
        """How many requests there are."""
        return self.days * REQUESTS_PER_DAY + 1


def requests(days: Days) -> Iterator[Request]:
    """Yield the requests, one day after the other, in the order of their start."""
    for day in range(1, days.days + 1):
        planned = [request for feature in FEATURES for request in _of_feature(days, day, feature)]
        if day == days.days:
            planned.append(_runaway(days))
        yield from sorted(planned, key=lambda request: request.start_unix_nano)


def _of_feature(days: Days, day: int, feature: Feature) -> Iterator[Request]:
    """Yield a feature's requests of one day. Each has its own dice: one feature more leaves the others as they are."""
    dice = random.Random(f"{days.seed} {day} {feature.name}")  # noqa: S311 - a plan, not a secret
    scene = Scene(dice, is_released=day == days.days > 1)
    for _ in range(feature.requests_per_day):
        second, user = second_of_day(feature.rhythm, dice), someone(feature.team, dice)
        yield _request(days, day, feature, user, second, feature.work(scene))


def _runaway(days: Days) -> Request:
    dice = random.Random(f"{days.seed} runaway")  # noqa: S311
    work = RUNAWAY.work(Scene(dice, is_released=days.days > 1))
    return _request(days, days.days, RUNAWAY, RUNAWAY_USER, RUNAWAY_SECOND_OF_DAY, work)


def _request(days: Days, day: int, feature: Feature, user: str, second: float, work: Work) -> Request:
    day_start = days.until_unix_nano - (days.days - day + 1) * DAY_SECONDS * NANO
    lasts_nano = place(work.steps, 0)[1] + _MARGIN_NANO
    # Whoever reads the books up to `until` shall find whole executions, and each in the day that it was planned for.
    latest = day_start + DAY_SECONDS * NANO - lasts_nano
    start = min(moment(second, day_start, days.zone), latest)
    return Request(feature.name, feature.team, user, feature.stack, start, work)
