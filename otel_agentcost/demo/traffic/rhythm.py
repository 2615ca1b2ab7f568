"""When people work: how many requests come in each hour of a day, and when in a given day that is."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Literal, TypeAlias

Rhythm: TypeAlias = Literal["office", "evening", "always"]

NANO = 1_000_000_000
DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_HOURS: dict[Rhythm, tuple[int, ...]] = {
    #          0           4           8              12             16             20
    "office": (1, 0, 0, 0, 0, 1, 3, 12, 40, 70, 80, 75, 45, 60, 75, 70, 55, 30, 10, 6, 4, 3, 2, 1),
    "evening": (6, 3, 1, 1, 1, 2, 6, 15, 30, 40, 45, 45, 40, 40, 45, 50, 55, 60, 70, 75, 70, 50, 30, 14),
    "always": (10,) * 24,
}
"""Weight of each hour of the day, as clocks there show it: nights are quiet."""


def second_of_day(rhythm: Rhythm, dice: random.Random) -> float:
    """Return a time of day, in seconds since midnight."""
    hour = dice.choices(range(24), _HOURS[rhythm])[0]
    return 3_600 * (hour + dice.random())


def moment(second: float, day_start_unix_nano: int, zone: tzinfo) -> int:
    """Return when, in the 24 hours from `day_start` on, clocks show that time of day.

    The zone's offset at the start holds for all of them: a change of clocks shifts the rhythm, and matters to nobody.
    """
    start = (_EPOCH + timedelta(seconds=day_start_unix_nano // NANO)).astimezone(zone)
    passed = start.hour * 3_600 + start.minute * 60 + start.second
    return day_start_unix_nano + int((second - passed) % DAY_SECONDS * NANO)
