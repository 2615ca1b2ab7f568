"""Price the calls of a period again, and put what they would cost beside what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from otel_agentcost.cli.only import is_asked_for
from otel_agentcost.cli.periods import Period
from otel_agentcost.cli.waiting import Waiting
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Stored
from otel_agentcost.model.call import TOOL_CALL, Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension, keys_of
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED
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


class Estimate(NamedTuple):
    """What tells why a repriced call is estimated."""

    reason: str | None
    price_id: str | None
    has_input: bool
    has_output: bool


class Differences(NamedTuple):
    """The rows, the largest difference first, and how many executions kept their prices since they cannot be read.

    `estimates` counts the repriced calls that are estimated, `price_ids` are those of all repriced calls, and
    `uncharged_tool_calls` are tool calls that cost something as recorded and have no price now.
    """

    rows: list[DifferenceRow]
    total: DifferenceRow
    executions: int
    kept_executions: int
    estimates: Mapping[Estimate, int]
    price_ids: frozenset[str]
    uncharged_tool_calls: int


@dataclass
class _Remarkable:
    """What of the repriced calls is to be said aloud."""

    estimates: Counter[Estimate] = field(default_factory=Counter[Estimate])
    price_ids: set[str] = field(default_factory=set[str])
    uncharged: int = 0

    def add(self, aim: Aim, before: Iterable[Call], after: Iterable[Call]) -> None:
        charged: set[int] = set()
        for call in after:
            if aim.key(call) is None:
                continue
            if call.price_id is not None:
                self.price_ids.add(call.price_id)
            if call.kind == TOOL_CALL:
                charged.add(call.span_id)
            elif call.status == ESTIMATED:
                usage = call.usage
                self.estimates[
                    Estimate(call.reason, call.price_id, bool(usage.input_tokens), bool(usage.output_tokens))
                ] += 1
        self.uncharged += sum(
            call.kind == TOOL_CALL
            and call.status != DUPLICATE
            and call.span_id not in charged
            and aim.key(call) is not None
            for call in before
        )


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
    remarkable = _Remarkable()
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
            remarkable.add(aim, stored.calls, again)
    rows = [
        DifferenceRow(key, before.get(key, NO_SUMS), after.get(key, NO_SUMS))
        for key in dict.fromkeys((*before, *after))
    ]
    rows.sort(key=lambda row: (-abs(row.difference_nano_usd), -row.before.cost_nano_usd, row.key))
    if aim.by == "day":
        rows.sort(key=lambda row: row.key)
    total = DifferenceRow("", _sum(before.values()), _sum(after.values()))
    told = remarkable.estimates, frozenset(remarkable.price_ids), remarkable.uncharged
    return Differences(rows, total, executions, kept, *told)


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
