"""Calendar windows in a time zone: hours, days, weeks and months as people there count them."""

from __future__ import annotations

import bisect
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

WindowKind: TypeAlias = Literal["hour", "day", "week", "month"]

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_NANO = 1_000_000_000


class Window(NamedTuple):
    """One calendar window, from `start` on and before `end` (Unix nanoseconds)."""

    kind: WindowKind
    start_unix_nano: int
    end_unix_nano: int
