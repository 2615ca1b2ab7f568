"""Processes that record while their store fails now and then, before a commit or after it, on any answer.

The store is in memory, and threads change over at almost every instruction: so that thousands of commits meet each
other and the spans that end meanwhile in a few seconds. Those that fail are of a stated number, so that a seed fails
again.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence

import pytest

from otel_agentcost.engine.store import AnswerLostError, StoreUnavailableError
from otel_agentcost.model.books import Change, Stored, Tie, Tied
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.property.naive_store import NaiveStore
from tests.property.trees import EPOCH_NANO

from .checking import differences
from .recorder import Clock, Recorder, finish
from .stream import stream, truth

pytestmark = pytest.mark.integration
STEP_NANO = 100_000_000
CALLS = 600


class FailingStore(NaiveStore):
    """Fails so often, in each of the ways in which a store can."""

    def __init__(self, chance: random.Random, share: float) -> None:
        super().__init__()
        self.share = share
        self.failed = 0
        self._chance = chance

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        self._may_fail(StoreUnavailableError)
        left_out = super().commit(changes)
        time.sleep(self._chance.random() * 0.002)  # so that spans end meanwhile
        self._may_fail(AnswerLostError)
        return left_out

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        self._may_fail(StoreUnavailableError)
        return super().load(execution_ids)

    def tied(self, ties: Collection[Tie]) -> Collection[Tied]:
        self._may_fail(StoreUnavailableError)
        return super().tied(ties)

    def has_open(self) -> bool:
        with self._lock:
            return any(not stored.is_settled for stored in self.executions.values())

    def _may_fail(self, how: type[StoreUnavailableError]) -> None:
        if self._chance.random() < self.share:
            self.failed += 1
            raise how


@pytest.fixture(autouse=True)
def hasty_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("processes", "share"), [(1, 0.0), (1, 0.2), (3, 0.1), (8, 0.1)])
def test_however_commits_fail_each_call_counts_once_and_is_told_once(processes: int, share: float, seed: int) -> None:
    chance = random.Random(seed)
    spans, _ = stream(seed, CALLS)
    store, clock = FailingStore(chance, share), Clock(EPOCH_NANO)
    fleet = [
        Recorder(store, clock, max_warm=chance.choice((4, 1000)), max_executions=chance.choice((10, 1000)))
        for _ in range(processes)
    ]
    for each in fleet:
        each.start(every_seconds=0.0005)
    for span in spans:
        clock.now += STEP_NANO
        chance.choice(fleet).engine.end(span)
    for each in fleet:
        each.stop()
    store.share = 0
    for each in fleet:
        finish(each, clock, store.has_open)
    for each in fleet:
        each.engine.retire()
        assert each.flush()
        assert each.books.stats.pending_spans == 0
    expected = truth(spans)
    assert store.executions.keys() == expected.keys()
    wrong = [line for each, stored in store.executions.items() for line in differences(stored, expected[each])]
    assert not wrong, "\n".join(wrong[:20])
    assert sorted(each for recorder in fleet for each in recorder.completed) == sorted(expected)
    assert summed(recorder.told for recorder in fleet) == summed(
        sums_of(call) for stored in store.executions.values() for call in stored.calls
    )
    assert bool(store.failed) == bool(share)


def summed(sums: Iterator[Sums]) -> Sums:
    total = NO_SUMS
    for each in sums:
        total = total.plus(each)
    return total
