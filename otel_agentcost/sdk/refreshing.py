"""Keep one engine's prices fresh, where the configuration asks for it, in forked children too."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_agentcost.engine.engine import Engine
    from otel_agentcost.pricing.refresh import PriceRefresher
    from otel_agentcost.pricing.settings import PriceSettings
    from otel_agentcost.pricing.table import PriceTable


class Refreshing:
    """Run a refresher that hands each new table to the engine, until stopped. A thread does not survive a fork, so a
    child starts one of its own.
    """

    def __init__(self, engine: Engine, table: PriceTable, settings: PriceSettings) -> None:
        self._engine = engine
        self._table = table
        self._settings = settings
        self._refresher: PriceRefresher | None = None
        self._start()
        if hasattr(os, "register_at_fork"):
            restart = weakref.WeakMethod(self._restart)
            os.register_at_fork(after_in_child=lambda: _call(restart()))

    def stop(self) -> None:
        """End the thread. May be called twice."""
        if self._refresher is not None:
            self._refresher.stop()
            self._refresher = None

    def _start(self) -> None:
        from otel_agentcost.pricing.refresh import PriceRefresher

        self._refresher = PriceRefresher(self._table, self._settings, self._use)
        self._refresher.start()

    def _restart(self) -> None:
        if self._refresher is not None:
            self._start()

    def _use(self, table: PriceTable) -> None:
        self._table = self._engine.prices = table


def _call(restart: Callable[[], None] | None) -> None:
    if restart is not None:
        restart()
