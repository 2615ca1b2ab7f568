"""A process that keeps books, without the SDK around it: an engine, its books, and a thread that flushes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.engine.store import StoreUnavailableError, Writer
from otel_agentcost.ledger.tool_charges import tool_charges
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.golden.scoring import price_table

from .stream import TOOLS

SECOND = 1_000_000_000


class Recorder:
    """Implements `engine.signals.Signals` too, and adds up what it is told."""

    def __init__(
        self, store: Writer, clock: Callable[[], int], *, max_warm: int = 1_000, max_executions: int = 100_000
    ) -> None:
        self.engine = Engine(price_table(), EngineSettings(max_executions=max_executions), clock=clock, tools=TOOLS)
        self.engine._live._max_warm = max_warm
        self.books = Books(self, lambda tree, who: tool_charges(tree, TOOLS, who))
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, clock)
        self.told: Sums = NO_SUMS
        self.completed: list[int] = []
        self.failures = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def committed(self, committed: Committed) -> None:
        for call, before in zip(committed.change.calls, committed.before, strict=True):
            self.told = self.told.plus(sums_of(call))
            if before is not None:
                self.told = self.told.minus(sums_of(before))
        for call in committed.withdrawn:
            self.told = self.told.minus(sums_of(call))
        if committed.settles:
            self.completed.append(committed.change.execution_id)

    def flush(self) -> bool:
        """Flush; return whether the store took it."""
        try:
            self.flusher.flush()
        except StoreUnavailableError:
            self.failures += 1
            return False
        return True

    def start(
        self, ended: Callable[[], int] = int, durable: Callable[[int], object] = id, every_seconds: float = 0.005
    ) -> None:
        """Flush in the background, again and again.

        Args:
            ended: tells how many spans have ended.
            durable: is told of that number once those are durable.
        """

        def work() -> None:
            while not self._ended.wait(every_seconds):
                before = ended()
                if self.flush():
                    durable(before)

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()


class Clock:
    """Time as the stream tells it: so much passes from one span to the next."""

    def __init__(self, now: int = 10**18) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def finish(recorder: Recorder, clock: Clock, has_open: Callable[[], bool]) -> None:
    """Let time pass until every execution has settled, those too that a process left behind that is no more."""
    for _ in range(1_000):
        clock.now += 400 * SECOND
        while not recorder.flush():
            pass
        if not has_open() and not recorder.books.has_work():
            return
    raise AssertionError("an execution never settles")
