"""The difference between two states of an execution's calls: what a commit writes, and what it adds to each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple, TypeAlias

from otel_agentcost.model.books import DayChange
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, keys_of
from otel_agentcost.model.outcome import DUPLICATE
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

_Keys: TypeAlias = tuple[str, ...]
"""A key for each dimension."""
_Began: TypeAlias = Sequence[Mapping[str, int]]
"""For each dimension, by key: whether the execution counts from now on (1), or no more (-1)."""

_EXECUTIONS = Sums._fields.index("executions")
"""The last of the sums: no single call tells it."""
_NOTHING_BEGAN: _Began = (dict[str, int](),) * len(DIMENSIONS)


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
    amounts = _amounts(changes, day_of)
    places = {day: keyed.keys() for day, keyed in amounts.items()} if not booked else _places(now.values(), day_of)
    began = _beginnings(_places(booked.values(), day_of), places)
    found: list[DayChange] = []
    for day in amounts.keys() | began.keys():
        found += _changes_of_day(day, amounts.get(day, {}), began.get(day, _NOTHING_BEGAN))
    return tuple(found)


def _changes_of_day(day: int, amounts: Mapping[_Keys, list[Sequence[int]]], began: _Began) -> Iterator[DayChange]:
    # The calls of an execution have most of their keys in common: there the sum over all is the sum of the key.
    whole = _summed([amount for each in amounts.values() for amount in each], 0)
    whole_and_one = _with_executions(whole, 1)
    for index, (dimension, column, counts) in enumerate(zip(DIMENSIONS, _columns(amounts), began, strict=True)):
        keys = column | counts.keys() if counts else column
        if len(keys) == 1:
            (key,) = keys
            executions = counts.get(key, 0)
            sums = whole_and_one if executions == 1 else _with_executions(whole, executions) if executions else whole
            if any(sums):
                yield DayChange(day, dimension, key, sums)
            continue
        parts: dict[str, list[Sequence[int]]] = {key: [] for key in keys}
        for place, each in amounts.items():
            parts[place[index]] += each
        for key, each in parts.items():
            sums = _summed(each, counts.get(key, 0))
            if any(sums):
                yield DayChange(day, dimension, key, sums)


def _amounts(changes: CallChanges, day_of: Callable[[int], int]) -> Mapping[int, dict[_Keys, list[Sequence[int]]]]:
    """Return what the changes add and take away, by day and keys. What pays nothing is left out."""
    amounts: dict[int, dict[_Keys, list[Sequence[int]]]] = {}
    for call in changes.calls:
        if call.status != DUPLICATE:
            amounts.setdefault(day_of(call.start_unix_nano), {}).setdefault(keys_of(call), []).append(sums_of(call))
    for call in (*changes.before, *changes.withdrawn):
        if call is not None and call.status != DUPLICATE:
            less = [-amount for amount in sums_of(call)]
            amounts.setdefault(day_of(call.start_unix_nano), {}).setdefault(keys_of(call), []).append(less)
    return amounts


def _summed(amounts: Sequence[Sequence[int]], executions: int) -> Sums:
    """Return the sum of amounts that tell of no executions, with these."""
    if len(amounts) == 1:
        return _with_executions(amounts[0], executions)
    return _with_executions(list(map(sum, zip(*amounts, strict=True))) if amounts else NO_SUMS, executions)


def _with_executions(amounts: Sequence[int], executions: int) -> Sums:
    return Sums._make((*amounts[:_EXECUTIONS], executions))


def _places(calls: Iterable[Call], day_of: Callable[[int], int]) -> Mapping[int, Set[_Keys]]:
    """Return, by day, the keys of the calls that pay."""
    places: defaultdict[int, set[_Keys]] = defaultdict(set)
    for call in calls:
        if call.status != DUPLICATE:
            places[day_of(call.start_unix_nano)].add(keys_of(call))
    return places


def _beginnings(then: Mapping[int, Set[_Keys]], now: Mapping[int, Set[_Keys]]) -> Mapping[int, _Began]:
    """Return, by day, where an execution begins to count, and where it counts no more."""
    if then == now:
        return {}
    days = then.keys() | now.keys()
    if len(days) == 1:
        (day,) = days
        if not then:  # nearly always: an execution's first commit
            return {day: [dict.fromkeys(column, 1) for column in _columns(now[day])]}
        columns = zip(_columns(then.get(day, ())), _columns(now.get(day, ())), strict=True)
        return {day: [{key: 1 if key in after else -1 for key in before ^ after} for before, after in columns]}
    began: dict[int, list[dict[str, int]]] = {day: [{} for _ in DIMENSIONS] for day in days}
    for index in range(len(DIMENSIONS)):
        before, after = _first_days(then, index), _first_days(now, index)
        for key in before.keys() | after.keys():
            first, first_now = before.get(key), after.get(key)
            if first != first_now:
                if first is not None:
                    began[first][index][key] = -1
                if first_now is not None:
                    began[first_now][index][key] = 1
    return began


def _columns(places: Collection[_Keys]) -> Sequence[Set[str]]:
    """Return the keys of each dimension."""
    if not places:
        return (frozenset[str](),) * len(DIMENSIONS)
    return [set(column) for column in zip(*places, strict=True)]


def _first_days(places: Mapping[int, Iterable[_Keys]], index: int) -> dict[str, int]:
    """Return the first day of each key of one dimension."""
    first: dict[str, int] = {}
    for day, keys_then in places.items():
        for keys in keys_then:
            key = keys[index]
            if day < first.get(key, day + 1):
                first[key] = day
    return first
