"""An engine with so many live executions, in a process of its own: its memory, its pauses, and calls to time.

It prints one JSON object when it is full, and then one number for each line it reads: the seconds of CPU time that
a call of that kind takes.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.packing import pack, pack_fact
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.load import load_price_table

from .spans import ai_attributes

HELD, OPENED, WOKEN = "held", "opened", "woken"
SPREAD_SECONDS = 250
"""All executions begin within so long, which none of them is quiet for long enough to expire in."""

MAX_SAMPLED = 6_000
EXECUTIONS_A_ROUND, CALLS_EACH = 300, 9


class Load:
    """Spans of model calls, as the clock that the engine shares goes on."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_unix_nano = 1_760_000_000_000_000_000
        self.step_nano = 1_000_000
        self._number = 0

    def clock(self) -> int:
        return self.now_unix_nano

    def call(self, trace_id: int) -> EndedSpan:
        """Return the next call of an execution, below a span that has not ended."""
        self._number += 1
        self.now_unix_nano += self.step_nano
        now, span_id = self.now_unix_nano, self.random.getrandbits(64) or 1
        return EndedSpan(
            trace_id, span_id, 5, "chat gpt", "opentelemetry.instrumentation.openai_v2", "1.0",
            now - 2_000_000_000, now, ai_attributes(self._number),
        )  # fmt: skip

    def new_trace(self) -> int:
        return self.random.getrandbits(128)


class Pauses:
    """The longest call, and the longest collection of the garbage collector meanwhile, in CPU time of the thread."""

    def __init__(self) -> None:
        self.longest_call_nano = 0
        self._collecting_nano = 0
        self._collection_began = 0

    def watch(self, work: Callable[[], object]) -> None:
        """Do the work, and remember how long it took, without the collector, which may come at any time."""
        self._collecting_nano = 0
        started = time.thread_time_ns()
        work()
        taken = time.thread_time_ns() - started - self._collecting_nano
        self.longest_call_nano = max(self.longest_call_nano, taken)

    def collecting(self, phase: str, _: object) -> None:
        now = time.thread_time_ns()
        if phase == "start":
            self._collection_began = now
        else:
            self._collecting_nano += now - self._collection_began


def resident_bytes() -> int:
    """Return the memory that the process occupies; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def full_collection_seconds() -> float:
    """Return what a full collection takes, the first left out, which has garbage to free."""
    taken: list[float] = []
    for _ in range(6):
        started = time.thread_time()
        gc.collect()
        taken.append(time.thread_time() - started)
    return statistics.median(taken[1:])


def fill(engine: Engine, load: Load, size: int, pauses: Pauses) -> list[int]:
    """Bring the engine to so many live executions of one call each; return a sample of their ids."""
    sampled: list[int] = []
    every = max(1, size // MAX_SAMPLED)
    load.step_nano = SPREAD_SECONDS * 1_000_000_000 // size
    for number in range(size):
        trace_id = load.new_trace()
        if number % every == 0:
            sampled.append(trace_id)
        span = load.call(trace_id)
        pauses.watch(lambda span=span: engine.end(span))
    load.step_nano = 1_000
    return sampled


def rounds(engine: Engine, load: Load, sampled: list[int]) -> Iterator[tuple[str, list[EndedSpan]]]:
    """Yield the calls of each round that is asked for, ready to be timed."""
    at_rest = iter(sampled)
    for line in sys.stdin:
        kind = line.strip()
        if kind == OPENED:
            yield kind, [load.call(load.new_trace()) for _ in range(EXECUTIONS_A_ROUND * 3)]
        elif kind == WOKEN:
            yield kind, [load.call(next(at_rest)) for _ in range(EXECUTIONS_A_ROUND)]
        else:
            traces = [load.new_trace() for _ in range(EXECUTIONS_A_ROUND)]
            for trace_id in traces:
                engine.end(load.call(trace_id))
            yield kind, [load.call(trace_id) for _ in range(CALLS_EACH) for trace_id in traces]


def main(size: int) -> None:
    load = Load(seed=size)
    # Enough for all that the rounds add.
    engine = Engine(load_price_table(), EngineSettings(max_executions=size + 100_000), clock=load.clock)
    fill(Engine(load_price_table(), clock=load.clock), load, 50, Pauses())
    gc.collect()
    pauses, empty_bytes, empty_collection = Pauses(), resident_bytes(), full_collection_seconds()
    gc.callbacks.append(pauses.collecting)
    sampled = fill(engine, load, size, pauses)
    gc.callbacks.remove(pauses.collecting)
    (fact,) = next(iter(engine._live)).facts.values()
    told = {
        "live": len(engine._live),
        "bytes": (resident_bytes() - empty_bytes) / size,
        "span_bytes": len(pack([pack_fact(fact)], ())),
        "longest_call_seconds": pauses.longest_call_nano / 1e9,
        "empty_collection_seconds": empty_collection,
        "collection_seconds": full_collection_seconds(),
    }
    print(json.dumps(told), flush=True)
    for _, spans in rounds(engine, load, sampled):
        gc.collect()
        started = time.process_time()
        for span in spans:
            engine.end(span)
        print(json.dumps((time.process_time() - started) / len(spans)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
