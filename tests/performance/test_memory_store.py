"""What the memory store must stay, as ratios: flat, slim, and out of the garbage collector's way."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest

from otel_agentcost.ledger.calendar import Calendar
from otel_agentcost.model.books import Change
from otel_agentcost.stores.memory import MemoryStore
from tests.unit.stores.making import NOON, SECOND, Recorded, call

pytestmark = pytest.mark.performance

BATCH = 256


def _batches(calls: int = 1) -> Iterator[list[Change]]:
    """Yield commits of executions of their own, all made from the same ones so that the making takes little."""
    made = [
        Recorded(number).change(
            [call(number, each, NOON + number * SECOND) for each in range(1, calls + 1)], settles=True
        )
        for number in range(1, BATCH + 1)
    ]
    for round_ in count(1):
        yield [
            each._replace(execution_id=each.execution_id << 64 | round_, summary=each.summary) for each in made
        ]  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def _best_commit(store: MemoryStore, batches: Iterator[list[Change]], rounds: int = 30) -> float:
    times: list[float] = []
    for batch in islice(batches, rounds):
        started = time.thread_time()
        store.commit(batch)
        times.append(time.thread_time() - started)
    return min(times)


def test_a_commit_costs_no_more_with_fifty_thousand_executions_than_with_none() -> None:
    store, batches = MemoryStore(max_executions=100_000, max_bytes=10**9), _batches()
    empty = _best_commit(store, batches)
    while store.stats().executions < 50_000:
        store.commit(next(batches))
    assert _best_commit(store, batches) < 1.6 * empty


def test_a_commit_costs_no_more_while_others_have_to_go() -> None:
    roomy, batches = MemoryStore(), _batches()
    plain = _best_commit(roomy, batches)
    full = MemoryStore(max_executions=2_000)
    for _ in range(20):
        full.commit(next(batches))
    assert full.stats().evicted_executions > 0
    assert _best_commit(full, batches) < 2 * plain


def test_a_collection_looks_at_none_of_twenty_thousand_executions() -> None:
    store, batches = MemoryStore(max_executions=100_000), _batches()
    gc.collect()
    gc.freeze()  # all else that this process holds
    try:
        while store.stats().executions < 20_000:
            store.commit(next(batches))
        gc.collect()
        ours = min(_seconds(gc.collect) for _ in range(5))
        objects = [[each] for each in range(20_000)]
        theirs = min(_seconds(gc.collect) for _ in range(5)) - ours
        assert len(objects) == 20_000
    finally:
        gc.unfreeze()
    assert ours < theirs


def test_an_execution_of_one_call_takes_less_than_five_hundred_bytes() -> None:
    store, batches = MemoryStore(max_executions=100_000), _batches()
    store.commit(next(batches))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(30):
            store.commit(next(batches))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / (30 * BATCH) < 500


def test_the_day_of_a_call_is_found_in_the_time_of_a_few_look_ups() -> None:
    day_of = Calendar("Europe/Berlin").day_of
    times = [NOON + number * SECOND for number in range(1_000)]
    known = dict.fromkeys(times, 0)

    def look_up() -> None:
        for at in times:
            known.get(at)

    def find() -> None:
        for at in times:
            day_of(at)

    assert min(_seconds(find) for _ in range(20)) < 10 * min(_seconds(look_up) for _ in range(20))
