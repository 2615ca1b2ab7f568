"""An engine that keeps its books in a store, in a process of its own: what a call costs on its way there.

For each line that it reads, it takes one batch of calls through the engine and the books, and prints where the time
went. The clock goes on by a second a batch, so executions settle half a minute after they have ended, as they would.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any, cast

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.store import Writer
from otel_agentcost.pricing.load import load_price_table
from otel_agentcost.stores.open import open_store

from .agents import SECOND, Agents

CALLS_AN_EXECUTION = 4
WARM_UP_BATCHES = 40
"""By then as many executions settle with each batch as begin with it."""


class TimedStore:
    """A store that counts what it takes: of commits, and of all it is asked."""

    def __init__(self, store: Writer) -> None:
        self._store = store
        self.commit_seconds = self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._timed(name, found) if callable(found) else found

    def _timed(self, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            answer = ask(*arguments)
            taken = time.perf_counter() - started
            self.seconds += taken
            if name == "commit":
                self.commit_seconds += taken
            return answer

        return timed


def main(url: str, synchronous: str, batch: int) -> None:
    agents = Agents(seed=batch)
    engine = Engine(load_price_table(), EngineSettings(), clock=agents.clock)
    store = TimedStore(open_store(url, "Europe/Berlin", synchronous=cast("Any", synchronous)))
    books = Books()
    engine.keep(books)
    flusher = Flusher(books, cast("Writer", store), agents.clock)
    calls = min(batch, CALLS_AN_EXECUTION)

    def take_through() -> dict[str, float]:
        spans = [span for _ in range(batch // calls) for span in agents.execution(calls)]
        store.seconds = store.commit_seconds = 0.0
        started = time.perf_counter()
        for span in spans:
            engine.end(span)
        ended = time.perf_counter()
        flusher.flush()
        flushed = time.perf_counter()
        agents.now_unix_nano += SECOND
        return {
            "engine": (ended - started) / batch,
            "books": (flushed - ended - store.seconds) / batch,
            "store": store.seconds / batch,
            "commit": store.commit_seconds / batch,
        }

    for _ in range(WARM_UP_BATCHES):
        take_through()
    gc.collect()
    print(json.dumps(books.stats.settled_executions), flush=True)
    for _ in sys.stdin:
        print(json.dumps(take_through()), flush=True)
    if books.stats.pending_spans or books.stats.failed_commits:
        raise RuntimeError(f"not all was committed: {books.stats}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
