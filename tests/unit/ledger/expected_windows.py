"""24 hours of traffic across a change of clocks and a month's end, as people in several time zones would book it.

Written by hand from the zones' rules, all in the past, so that no later change of a law moves them. The tests of the
calendar, of the stores and of the engine share this table.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Expected(NamedTuple):
    """Where a call that starts `at` (UTC) belongs in a time zone."""

    zone: str
    at: str
    hour: str
    day: str
    week: str
    month: str

    @property
    def at_unix_nano(self) -> int:
        return nano(self.at)


def nano(at: str) -> int:
    """Return Unix nanoseconds of a time of UTC such as `2024-03-31 00:59:59.999999`, exactly."""
    since = datetime.fromisoformat(at).replace(tzinfo=timezone.utc) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


SPRING = ("2024-03-30 22:30", "2024-03-31 22:30")
"""Berlin's clocks go from 02:00 to 03:00 on the last day of March, a Sunday; Cairo's and New York's do not change."""
AUTUMN = ("2021-10-30 23:30", "2021-10-31 23:30")
"""Berlin's clocks go from 03:00 back to 02:00 on the last day of October, a Sunday."""
NOVEMBER = ("2020-10-31 12:00", "2020-11-01 12:00")
"""New York's clocks go from 02:00 back to 01:00 on the first day of November, a Sunday."""

EXPECTED = tuple(
    Expected(*(cell.strip() for cell in row.split("|")))
    for row in """
Europe/Berlin    | 2024-03-30 22:59:59.999999 | 2024-03-30T23:00+01:00 | 2024-03-30 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-30 23:00           | 2024-03-31T00:00+01:00 | 2024-03-31 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-31 00:59:59.999999 | 2024-03-31T01:00+01:00 | 2024-03-31 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-31 01:00           | 2024-03-31T03:00+02:00 | 2024-03-31 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-31 12:15           | 2024-03-31T14:00+02:00 | 2024-03-31 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-31 21:59:59.999999 | 2024-03-31T23:00+02:00 | 2024-03-31 | 2024-W13 | 2024-03
Europe/Berlin    | 2024-03-31 22:00           | 2024-04-01T00:00+02:00 | 2024-04-01 | 2024-W14 | 2024-04
America/New_York | 2024-03-30 22:59:59.999999 | 2024-03-30T18:00-04:00 | 2024-03-30 | 2024-W13 | 2024-03
America/New_York | 2024-03-31 01:00           | 2024-03-30T21:00-04:00 | 2024-03-30 | 2024-W13 | 2024-03
America/New_York | 2024-03-31 03:59:59.999999 | 2024-03-30T23:00-04:00 | 2024-03-30 | 2024-W13 | 2024-03
America/New_York | 2024-03-31 04:00           | 2024-03-31T00:00-04:00 | 2024-03-31 | 2024-W13 | 2024-03
America/New_York | 2024-03-31 22:00           | 2024-03-31T18:00-04:00 | 2024-03-31 | 2024-W13 | 2024-03
Asia/Kolkata     | 2024-03-30 22:59:59.999999 | 2024-03-31T04:00+05:30 | 2024-03-31 | 2024-W13 | 2024-03
Asia/Kolkata     | 2024-03-31 01:00           | 2024-03-31T06:00+05:30 | 2024-03-31 | 2024-W13 | 2024-03
Asia/Kolkata     | 2024-03-31 18:29:59.999999 | 2024-03-31T23:00+05:30 | 2024-03-31 | 2024-W13 | 2024-03
Asia/Kolkata     | 2024-03-31 18:30           | 2024-04-01T00:00+05:30 | 2024-04-01 | 2024-W14 | 2024-04
Asia/Kolkata     | 2024-03-31 22:00           | 2024-04-01T03:00+05:30 | 2024-04-01 | 2024-W14 | 2024-04
Europe/Berlin    | 2021-10-30 23:59:59.999999 | 2021-10-31T01:00+02:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 00:30           | 2021-10-31T02:00+02:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 01:00           | 2021-10-31T02:00+01:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 01:30           | 2021-10-31T02:00+01:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 02:00           | 2021-10-31T03:00+01:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 22:59:59.999999 | 2021-10-31T23:00+01:00 | 2021-10-31 | 2021-W43 | 2021-10
Europe/Berlin    | 2021-10-31 23:00           | 2021-11-01T00:00+01:00 | 2021-11-01 | 2021-W44 | 2021-11
America/New_York | 2021-10-31 01:00           | 2021-10-30T21:00-04:00 | 2021-10-30 | 2021-W43 | 2021-10
America/New_York | 2021-10-31 04:00           | 2021-10-31T00:00-04:00 | 2021-10-31 | 2021-W43 | 2021-10
America/New_York | 2021-10-31 23:00           | 2021-10-31T19:00-04:00 | 2021-10-31 | 2021-W43 | 2021-10
Asia/Kolkata     | 2021-10-31 01:00           | 2021-10-31T06:00+05:30 | 2021-10-31 | 2021-W43 | 2021-10
Asia/Kolkata     | 2021-10-31 18:29:59.999999 | 2021-10-31T23:00+05:30 | 2021-10-31 | 2021-W43 | 2021-10
Asia/Kolkata     | 2021-10-31 18:30           | 2021-11-01T00:00+05:30 | 2021-11-01 | 2021-W44 | 2021-11
America/New_York | 2020-10-31 12:00           | 2020-10-31T08:00-04:00 | 2020-10-31 | 2020-W44 | 2020-10
America/New_York | 2020-11-01 03:59:59.999999 | 2020-10-31T23:00-04:00 | 2020-10-31 | 2020-W44 | 2020-10
America/New_York | 2020-11-01 04:00           | 2020-11-01T00:00-04:00 | 2020-11-01 | 2020-W44 | 2020-11
America/New_York | 2020-11-01 05:30           | 2020-11-01T01:00-04:00 | 2020-11-01 | 2020-W44 | 2020-11
America/New_York | 2020-11-01 06:00           | 2020-11-01T01:00-05:00 | 2020-11-01 | 2020-W44 | 2020-11
America/New_York | 2020-11-01 07:00           | 2020-11-01T02:00-05:00 | 2020-11-01 | 2020-W44 | 2020-11
Europe/Berlin    | 2020-10-31 22:59:59.999999 | 2020-10-31T23:00+01:00 | 2020-10-31 | 2020-W44 | 2020-10
Europe/Berlin    | 2020-10-31 23:00           | 2020-11-01T00:00+01:00 | 2020-11-01 | 2020-W44 | 2020-11
Europe/Berlin    | 2020-11-01 06:00           | 2020-11-01T07:00+01:00 | 2020-11-01 | 2020-W44 | 2020-11
Asia/Kolkata     | 2020-10-31 18:29:59.999999 | 2020-10-31T23:00+05:30 | 2020-10-31 | 2020-W44 | 2020-10
Asia/Kolkata     | 2020-10-31 18:30           | 2020-11-01T00:00+05:30 | 2020-11-01 | 2020-W44 | 2020-11
Asia/Kolkata     | 2020-11-01 06:00           | 2020-11-01T11:00+05:30 | 2020-11-01 | 2020-W44 | 2020-11
""".strip().splitlines()
)
