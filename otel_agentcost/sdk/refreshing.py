"""Keep one engine's prices fresh, where the configuration asks for it, in forked children too."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from otel_agentcost.sdk.stats import PriceStats

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.pricing.refresh import PriceRefresher, RefreshState
    from otel_agentcost.pricing.settings import PriceSettings
    from otel_agentcost.pricing.table import PriceTable

_running: weakref.WeakSet[Refreshing] = weakref.WeakSet()


def price_stats(engine: Engine) -> PriceStats | None:
    """Return the age of an engine's prices; None for prices of the caller's own making."""
    from otel_agentcost.pricing.load import meaning_of_date
    from otel_agentcost.pricing.table import PriceTable

    table = engine.prices
    if not isinstance(table, PriceTable):
        return None
    refreshing = next((each for each in list(_running) if each.engine is engine), None)
    state = None if refreshing is None else refreshing.state
    means = meaning_of_date(table.source)
    if state is None:
        return PriceStats(table.version, table.source, table.as_of, means)
    return PriceStats(table.version, table.source, table.as_of, means, state.succeeded_at, state.failed_at, state.error)


class Refreshing:
    """Run a refresher that hands each new table to the engine, until stopped. A thread does not survive a fork, so a
    child starts one of its own.
    """

    def __init__(self, engine: Engine, table: PriceTable, settings: PriceSettings) -> None:
        self.engine = engine
        self._table = table
        self._settings = settings
        self._stopped = False
        self._refresher = self._start()
        _running.add(self)
        if hasattr(os, "register_at_fork"):
            restart = weakref.WeakMethod(self._restart)
            os.register_at_fork(after_in_child=lambda: _call(restart()))

    @property
    def state(self) -> RefreshState:
        """How the last attempts went; still there after the end."""
        return self._refresher.state

    def stop(self) -> None:
        """End the thread. May be called twice."""
        self._stopped = True
        self._refresher.stop()

    def _start(self) -> PriceRefresher:
        from otel_agentcost.pricing.refresh import PriceRefresher

        refresher = PriceRefresher(self._table, self._settings, self._use)
        refresher.start()
        return refresher

    def _restart(self) -> None:
        if not self._stopped:
            self._refresher = self._start()

    def _use(self, table: PriceTable) -> None:
        self._table = self.engine.prices = table


def _call(restart: Callable[[], None] | None) -> None:
    if restart is not None:
        restart()
