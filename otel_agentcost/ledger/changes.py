"""The difference between two states of an execution's calls: what a commit writes, and what it adds to each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from otel_agentcost.model.books import DayChange
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

_ONE_EXECUTION = Sums(executions=1)
_ONE_LESS = Sums(executions=-1)


class CallChanges(NamedTuple):
    """`before` stands beside `calls`, None where a call is new. `withdrawn` are calls that are none any more."""

    calls: tuple[Call, ...]
    before: tuple[Call | None, ...]
    withdrawn: tuple[Call, ...]


def call_changes(booked: Mapping[int, Call], now: Mapping[int, Call]) -> CallChanges:
    """Return what has changed from the calls as booked to the calls as they stand now, by span id each."""
    calls = [call for span_id, call in now.items() if booked.get(span_id) != call]
    before = tuple(booked.get(call.span_id) for call in calls)
    withdrawn = () if booked.keys() <= now.keys() else tuple(c for s, c in booked.items() if s not in now)
    return CallChanges(tuple(calls), before, withdrawn)


def day_changes(
    changes: CallChanges, booked: Mapping[int, Call], now: Mapping[int, Call], day_of: Callable[[int], int]
) -> tuple[DayChange, ...]:
    """Return what the changes add to each key of each dimension, on the calendar day of each call's start.

    An execution counts for a key on the day of its first call there that pays.
    """
    if not changes.calls and not changes.withdrawn:
        return ()
    combined: dict[tuple[int, tuple[str, ...]], Sums] = {}
    for call, before in zip(changes.calls, changes.before, strict=True):
        _add(combined, call, day_of, negative=False)
        if before is not None:
            _add(combined, before, day_of, negative=True)
    for call in changes.withdrawn:
        _add(combined, call, day_of, negative=True)
    sums: dict[tuple[int, Dimension, str], Sums] = {}
    for (day, keys), amount in combined.items():
        for dimension, key in zip(DIMENSIONS, keys, strict=True):
            place = (day, dimension, key)
            known = sums.get(place)
            sums[place] = amount if known is None else known.plus(amount)
    first_then, first_now = _first_days(booked.values(), day_of), _first_days(now.values(), day_of)
    if first_then != first_now:
        for place in first_then.items() - first_now.items():
            _count(sums, place, _ONE_LESS)
        for place in first_now.items() - first_then.items():
            _count(sums, place, _ONE_EXECUTION)
    return tuple(DayChange(*place, amount) for place, amount in sums.items() if amount != NO_SUMS)


def _add(
    combined: dict[tuple[int, tuple[str, ...]], Sums], call: Call, day_of: Callable[[int], int], *, negative: bool
) -> None:
    amount = sums_of(call)
    if amount is NO_SUMS:
        return
    place = (day_of(call.start_unix_nano), keys_of(call))
    known = combined.get(place, NO_SUMS)
    if negative:
        combined[place] = known.minus(amount)
    else:
        combined[place] = amount if known is NO_SUMS else known.plus(amount)


def _first_days(calls: Iterable[Call], day_of: Callable[[int], int]) -> dict[tuple[Dimension, str], int]:
    """Return the first day on which the execution has a paying call, for each key of each dimension."""
    days: dict[tuple[str, ...], int] = {}
    for call in calls:
        if call.status != DUPLICATE:
            keys, day = keys_of(call), day_of(call.start_unix_nano)
            days[keys] = min(day, days.get(keys, day))
    first: dict[tuple[Dimension, str], int] = {}
    for keys, day in days.items():
        for place in zip(DIMENSIONS, keys, strict=True):
            known = first.get(place)
            if known is None or day < known:
                first[place] = day
    return first


def _count(
    sums: dict[tuple[int, Dimension, str], Sums], place: tuple[tuple[Dimension, str], int], amount: Sums
) -> None:
    (dimension, key), day = place
    at = (day, dimension, key)
    sums[at] = sums.get(at, NO_SUMS).plus(amount)
