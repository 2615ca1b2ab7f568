"""Measurements: metrics of what is durable, added up once, read by any number of readers."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from otel_agentcost.engine.measurements.catalogue import Instrument
from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.engine.measurements.histograms import Watcher
from otel_agentcost.engine.measurements.settings import ExportSettings
from otel_agentcost.engine.measurements.tables import Tables
from otel_agentcost.engine.signals import Committed
from otel_agentcost.model.books import Change
from otel_agentcost.model.call import Call
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of


class Measurements:
    """Take each commit once, and add it up. Thread-safe; `Cursor` reads it.

    Over all processes that share a store each call counts once, since each commit is told to one of them. A correction
    may come to another process than the one that counted the call: what falls there is netted there.
    """

    def __init__(
        self,
        settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
        *,
        clock: Callable[[], int],
        health: Health = Health(),  # noqa: B008 - frozen
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.health = health
        """May be set later: the store whose health it tells is often made later."""
        self.refresh: Callable[[], object] | None = None
        """Called before each reading, so that what has ended by then is counted: the last reading too."""
        self.watchers: list[Watcher] = []
        """Told of each observation, under the lock."""
        self._counts_for: Measurements | None = None
        self._joined: weakref.WeakSet[Measurements] = weakref.WeakSet()
        self.start_anew()

    def start_anew(self) -> None:
        """Forget everything: a forked child has counted nothing yet, and may find the lock held by no one."""
        self.lock = threading.Lock()
        self.tables = Tables(self.settings, self.watchers)
        self.start_unix_nano = self.clock()

    def join(self, others: Measurements) -> None:
        """Count into others from now on: two engines of a process whose metrics would be the same series."""
        others = others.counting()
        if others is not self.counting():
            self._counts_for = others
            others._joined.add(self)

    def counting(self) -> Measurements:
        """Return the measurements that these count into: themselves, where they have not joined others."""
        return self if self._counts_for is None else self._counts_for.counting()

    def bring_up_to_date(self) -> None:
        """Have counted what has ended by now, by all who count here."""
        for each in (self, *self._joined):
            if each.refresh is not None:
                each.refresh()

    def read_health(self) -> dict[Instrument, int]:
        """Return what all who count here say of themselves, added up."""
        total: dict[Instrument, int] = {}
        for each in (self, *self._joined):
            for instrument, value in each.health.read():
                total[instrument] = total.get(instrument, 0) + value
        return total

    def committed(self, committed: Committed, /) -> None:
        """Count what one commit changed."""
        if self._counts_for is not None:
            self._counts_for.committed(committed)
            return
        now = self.clock()
        change = committed.change
        with self.lock:
            tables = self.tables
            for call, before in zip(change.calls, committed.before, strict=True):
                if before is None:
                    tables.add(call, now)
                elif (kind := _correction(before, call)) is not None:
                    tables.take_back(before, now)
                    tables.add(call, now)
                    tables.correct(kind)
            for call in committed.withdrawn:
                tables.take_back(call, now)
                tables.correct("withdrawn")
            if committed.settles:
                tables.add_execution(change.summary, _span_of(change))
            elif change.is_settled:
                grown = _growth(committed)
                summary = change.summary
                if grown.cost_nano_usd or grown.calls:
                    cost, calls = summary.cost_nano_usd - grown.cost_nano_usd, summary.calls - grown.calls
                    tables.move_execution(summary, _span_of(change), cost, calls)


def _correction(before: Call, now: Call) -> str | None:
    """Return what changed of what is counted, None where nothing did."""
    if before.cost_nano_usd != now.cost_nano_usd:
        return "raised" if now.cost_nano_usd > before.cost_nano_usd else "lowered"
    if before.status != now.status or before.reason != now.reason:
        return "judged"
    same = (
        before.usage == now.usage and before.identity == now.identity and before.kind == now.kind
        and before.model == now.model and before.request_model == now.request_model and before.agent == now.agent
        and before.tool == now.tool and before.provider == now.provider and before.operation == now.operation
        and before.cost_source == now.cost_source
    )  # fmt: skip
    return None if same else "moved"


def _span_of(change: Change) -> int:
    """Return the span that stands for the execution: its root, else the dearest call at hand, else 0."""
    dearest = max(change.calls, key=lambda call: call.cost_nano_usd, default=None)
    return change.summary.root_span_id or (dearest.span_id if dearest is not None else 0)


def _growth(committed: Committed) -> Sums:
    """Return by how much the execution's calls have grown; may be negative."""
    grown = NO_SUMS
    for call in committed.change.calls:
        grown = grown.plus(sums_of(call))
    for call in (*committed.before, *committed.withdrawn):
        if call is not None:
            grown = grown.minus(sums_of(call))
    return grown
