"""Price the calls of a period again, and put what they would cost beside what they did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.cli.only import is_asked_for
from otel_agentcost.cli.periods import Period
from otel_agentcost.cli.waiting import Waiting
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of

Reprice: TypeAlias = Callable[[Stored], Iterable[Call]]
"""Return the calls of an execution as other prices make them."""

_BATCH = 200


@dataclass(frozen=True)
class Aim:
    """Which calls, and by what their difference is told."""

    by: Dimension | Literal["day"]
    period: Period
    only: Mapping[Dimension, str]
    calendar: Calendar

    def key(self, call: Call) -> str | None:
        """Return the key of a call; None where it is not asked for."""
        if not self.period.since_unix_nano <= call.start_unix_nano < self.period.until_unix_nano:
            return None
        if not is_asked_for(call, self.only):
            return None
        if self.by == "day":
            return self.calendar.key_of_day(self.calendar.day_of(call.start_unix_nano))
        return keys_of(call)[DIMENSIONS.index(self.by)]


class DifferenceRow(NamedTuple):
    """One key: what its calls cost as recorded, and what they would."""

    key: str
    before: Sums
    after: Sums

    @property
    def difference_nano_usd(self) -> int:
        return self.after.cost_nano_usd - self.before.cost_nano_usd


class Differences(NamedTuple):
    """The rows, the largest difference first, and how many executions kept their prices since they cannot be read."""

    rows: list[DifferenceRow]
    total: DifferenceRow
    executions: int
    kept_executions: int


def differences(reader: Reader, aim: Aim, reprice: Reprice, progress: Waiting) -> Differences:
    """Price again every execution with a call in the period, and add up those calls, before and after.

    Raises:
        TooOldError: calls of the period are gone.
    """
    period = aim.period
    calls = reader.calls(period.since_unix_nano, period.until_unix_nano)
    ids = iter(dict.fromkeys(call.trace_id for call in calls if aim.key(call) is not None))
    before: dict[str, Sums] = {}
    after: dict[str, Sums] = {}
    executions = kept = 0
    while batch := list(islice(ids, _BATCH)):
        for stored in progress.count(reader.load(batch).values()):
            executions += 1
            try:
                again = list(reprice(stored))
            except UnreadableSegmentError:  # written by a later version: better its old price than none
                again = list(stored.calls)
                kept += 1
            _add(before, aim, stored.calls)
            _add(after, aim, again)
    rows = [
        DifferenceRow(key, before.get(key, NO_SUMS), after.get(key, NO_SUMS))
        for key in dict.fromkeys((*before, *after))
    ]
    rows.sort(key=lambda row: (-abs(row.difference_nano_usd), -row.before.cost_nano_usd, row.key))
    if aim.by == "day":
        rows.sort(key=lambda row: row.key)
    total = DifferenceRow("", _sum(before.values()), _sum(after.values()))
    return Differences(rows, total, executions, kept)


def _add(sums: dict[str, Sums], aim: Aim, calls: Iterable[Call]) -> None:
    for call in calls:
        key = aim.key(call)
        if key is not None:
            added = sums_of(call)
            if added is not NO_SUMS:
                sums[key] = sums.get(key, NO_SUMS).plus(added)


def _sum(parts: Iterable[Sums]) -> Sums:
    total = NO_SUMS
    for part in parts:
        total = total.plus(part)
    return total
