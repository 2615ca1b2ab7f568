"""How long one large execution holds up all others: what is done for it under the engine's lock."""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, cast

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.live import MAX_PACKED_SPANS, MAX_WARM
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.load import load_price_table
from otel_agentcost.stores.open import open_store

from .agents import SECOND, Agents
from .harness import Figures

SIZES = (10, 100, 2_000, 9_000)
AT_REST = MAX_WARM + 100
"""So many others in between, and an execution is no longer held as objects, if it is not too large to be packed."""


class TimedLock:
    """The engine's lock, which knows for how long it was held at most: CPU time, since others share the machine."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._since = 0.0
        self.longest_seconds = 0.0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self._since = time.thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if not self._depth:
            self.longest_seconds = max(self.longest_seconds, time.thread_time() - self._since)
        self._lock.release()

    def longest_during(self, work: Callable[[], object]) -> float:
        self.longest_seconds = 0.0
        work()
        return self.longest_seconds


def holds(calls: int) -> tuple[float, float, float]:
    """Return for how many seconds the lock is held: to wake an execution of so many calls, to flush, to settle it."""
    agents, lock = Agents(seed=calls), TimedLock()
    engine = Engine(load_price_table(), EngineSettings(), clock=agents.clock)
    engine._lock = cast("Any", lock)
    books = Books()
    engine.keep(books)
    flusher = Flusher(books, open_store("memory:"), agents.clock)
    *spans, last_call, root = agents.execution(calls)
    for span in spans:
        engine.end(span)
    flush = lock.longest_during(flusher.flush)
    for _ in range(AT_REST):
        for span in agents.execution(1)[:1]:
            engine.end(span)
    flusher.flush()
    wake = lock.longest_during(lambda: engine.end(last_call))
    engine.end(root)
    agents.now_unix_nano += 40 * SECOND
    settle = lock.longest_during(flusher.flush)
    if books.stats.settled_executions != 1:
        raise RuntimeError(f"{books.stats}: the execution should have settled, and no other")
    return wake, flush, settle


def measure(sizes: Sequence[int] = SIZES, rounds: int = 3) -> Figures:
    """Time what holds the lock, for executions of each size."""
    gc.disable()  # what the collector takes is told elsewhere, and it may come at any time
    try:
        taken = {size: [holds(size) for _ in range(rounds)] for size in sizes}
    finally:
        gc.enable()
    rows = {
        f"{size:,}": [statistics.median(each) * 1e3 for each in zip(*some, strict=True)] for size, some in taken.items()
    }
    columns = ("a call that wakes it", "a flush that commits it", "a flush that settles it")
    return Figures(
        "What a large execution holds up", "calls", [f"ms, {column}" for column in columns], rows, [1, 1, 1],
        {f"ms, {column}": "20" for column in columns},
        ["The longest time for which the lock that every ending span needs is held. An execution with more than "
         f"{MAX_PACKED_SPANS:,} spans is not packed, so nothing is to be woken."],
    )  # fmt: skip
