"""A model's prices over time: from one date to the next, and where the data says so, over the hours of a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timezone
from typing import NamedTuple

from otel_agentcost.pricing.data import Constraint, DatedPrices, Model, Prices
from otel_agentcost.pricing.row import Row

NANOS_PER_DAY = 86_400 * 10**9
_ALWAYS, _FOREVER = -(2**200), 2**200
"""Further than any clock, however wrong."""
_EPOCH = date(1970, 1, 1)


class ActivePrices(NamedTuple):
    """The prices that hold at one instant, and where they come from."""

    prices: Prices
    start: str | None
    """The UTC date from which the standard prices hold; None where the data gives none."""
    variant: str | None
    """The variant that replaced some of them, such as `batch`."""
    variant_start: str | None = None
    """The UTC date from which the variant holds; None where the data gives none."""
    hours: str | None = None
    """The UTC hours of that day in which all of this holds, such as `16:30-00:30`; None: the whole day."""

    @property
    def row_name(self) -> str:
        """How a price id names these prices among the model's."""
        hours = f"[{self.hours}]" if self.hours else ""
        return f"{self.start or 'any'}{hours}{f'+{self.variant}' if self.variant else ''}"


class Span(NamedTuple):
    """A row and the time in which it holds, `start` included, `end` not (Unix nanoseconds)."""

    start: int
    end: int
    row: Row | None


class Hours:
    """The rows of one day; every day of a segment repeats it."""

    __slots__ = ("cuts", "rows")

    def __init__(self, cuts: Sequence[int], rows: Sequence[Row | None]) -> None:
        """`rows[i]` holds from `cuts[i]` (nanoseconds after midnight, the first is 0) to the next cut."""
        self.cuts = tuple(cuts)
        self.rows = tuple(rows)

    def at(self, unix_nano: int) -> Span:
        now = unix_nano % NANOS_PER_DAY
        place = bisect_right(self.cuts, now)
        midnight = unix_nano - now
        end = self.cuts[place] if place < len(self.cuts) else NANOS_PER_DAY
        return Span(midnight + self.cuts[place - 1], midnight + end, self.rows[place - 1])


class Timeline:
    """Rows by the instant of a call. `rows[i]` holds from `starts[i - 1]` on; `rows[0]` before all of them."""

    __slots__ = ("constant", "rows", "starts")

    def __init__(self, starts: Sequence[int], rows: Sequence[Row | Hours | None]) -> None:
        self.starts = tuple(starts)
        self.rows = tuple(rows)
        only = self.rows[0] if len(self.rows) == 1 else None
        self.constant = only if isinstance(only, Row) else None
        """The one row that holds at all times, where that is so."""

    def at(self, unix_nano: int) -> Span:
        """Return the row that prices a call at this instant, None where the data cannot price it then, and until when.

        The next call is nearly always within the same span, so that its caller need not ask again.
        """
        place = bisect_right(self.starts, unix_nano)
        row = self.rows[place]
        start = self.starts[place - 1] if place else _ALWAYS
        end = self.starts[place] if place < len(self.starts) else _FOREVER
        if isinstance(row, Hours):
            hours = row.at(unix_nano)
            return Span(max(start, hours.start), min(end, hours.end), hours.row)
        return Span(start, end, row)


def build_timeline(instants: Sequence[int], hours: Sequence[int], row_at: Callable[[int], Row | None]) -> Timeline:
    """Build a timeline from the instants and times of day at which something changes."""
    starts = sorted(set(instants))
    cuts = sorted({0, *hours})
    rows: list[Row | Hours | None] = []
    for start in [starts[0] - NANOS_PER_DAY if starts else 0, *starts]:
        if len(cuts) > 1:
            midnight = start - start % NANOS_PER_DAY
            rows.append(Hours(cuts, [row_at(midnight + cut) for cut in cuts]))
        else:
            rows.append(row_at(start))
    return Timeline(starts, rows)


def changes(model: Model, context: Mapping[str, str]) -> tuple[list[int], list[int]]:
    """Return the instants and the times of day (both in nanoseconds) at which the model's prices change."""
    constraints = [each.constraint for each in _conditional(model)]
    constraints += [each.constraint for each in model.price_variants or () if _applies(each.when, context)]
    dates = [day_nano(each.start_date) for each in constraints if each and each.start_date]
    times: list[int] = []
    for each in constraints:
        if each and each.start_time and each.end_time:
            times += [_time_nano(each.start_time), _time_nano(each.end_time)]
    return dates, times


def active_prices(model: Model, context: Mapping[str, str], unix_nano: int) -> ActivePrices:
    """Return the prices that hold at an instant for a request context.

    The last listed price whose constraint holds is the standard one, the first listed where none holds; each variant
    that the context selects replaces single prices, the first that names a price wins.
    """
    active = _active(model, context, unix_nano)
    _, times = changes(model, context)
    if not times:
        return active
    midnight = unix_nano - unix_nano % NANOS_PER_DAY
    cuts = sorted({0, *times})
    same = [_active(model, context, midnight + cut) == active for cut in cuts]
    return active if all(same) else active._replace(hours=_hours(cuts, same))


def _active(model: Model, context: Mapping[str, str], unix_nano: int) -> ActivePrices:
    conditional = _conditional(model)
    standard = conditional[0]
    for each in reversed(conditional):
        if _holds(each.constraint, unix_nano):
            standard = each
            break
    start = standard.constraint.start_date if standard.constraint else None
    if not context:
        return ActivePrices(standard.prices, start, None)
    replaced: Prices = {}
    names: list[str] = []
    starts: list[str] = []
    for variant in model.price_variants or ():
        if _applies(variant.when, context) and _holds(variant.constraint, unix_nano):
            fresh = {k: v for k, v in variant.prices.items() if v is not None and k not in replaced}
            if fresh:
                names.append("+".join(variant.when.values()))
                starts += [variant.constraint.start_date or ""] if variant.constraint else []
            replaced.update(fresh)
    return ActivePrices(
        {**standard.prices, **replaced}, start, "+".join(names) or None, max(starts, default="") or None
    )


def _hours(cuts: Sequence[int], held: Sequence[bool]) -> str:
    """Return the intervals of the day that hold, one that passes midnight as one."""
    count = len(cuts)
    found: list[str] = []
    for first in range(count):
        if held[first] and not held[first - 1]:
            end = next(later % count for later in range(first + 1, first + count) if not held[later % count])
            found.append(f"{_clock(cuts[first])}-{_clock(cuts[end])}")
    return ",".join(found)


def _clock(time_nano: int) -> str:
    minutes, rest = divmod(time_nano, 60 * 10**9)
    seconds = f":{rest // 10**9:02}" if rest else ""
    return f"{minutes // 60:02}:{minutes % 60:02}{seconds}"


def day_nano(iso_date: str) -> int:
    """Return the Unix nanoseconds of a date's midnight in UTC."""
    return (date.fromisoformat(iso_date) - _EPOCH).days * NANOS_PER_DAY


def _conditional(model: Model) -> list[DatedPrices]:
    return model.prices if isinstance(model.prices, list) else [DatedPrices(model.prices)]


def _applies(when: Mapping[str, str], context: Mapping[str, str]) -> bool:
    return all(context.get(key) == value for key, value in when.items())


def _holds(constraint: Constraint | None, unix_nano: int) -> bool:
    if constraint is None:
        return True
    if constraint.start_date is not None:
        return unix_nano >= day_nano(constraint.start_date)
    if constraint.start_time is None or constraint.end_time is None:
        return True
    start, end = _time_nano(constraint.start_time), _time_nano(constraint.end_time)
    now = unix_nano % NANOS_PER_DAY
    if end < start:
        return now >= start or now < end
    return start <= now < end


def _time_nano(iso_time: str) -> int:
    """Return the UTC time of day in nanoseconds. A time without a zone is UTC."""
    value = time.fromisoformat(iso_time.replace("Z", "+00:00"))
    if value.tzinfo is not None:
        value = datetime.combine(_EPOCH, value).astimezone(timezone.utc).time()
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000
