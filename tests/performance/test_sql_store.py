"""What the store in SQLite must stay, as ratios of CPU time: flat as it grows, cheap by the batch, quick to answer."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("sqlalchemy")

from msgspec.structs import replace

from otel_agentcost.model.books import Change
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.stores.open import Store, open_store
from tests.unit.stores.making import DAY, HOUR, NOON, SECOND, Recorded, call

pytestmark = pytest.mark.performance

CALLS_OF_EACH = 4
GROWN = 40_000
"""Executions."""


def _changes(executions: int, at: int, chance: random.Random) -> list[Change]:
    """Return new executions with random ids, as trace ids are, made from one so that the making takes little."""
    made = Recorded(1).change([call(1, span, at + span) for span in range(1, CALLS_OF_EACH + 1)], segment=b"s" * 800)
    return [
        made._replace(execution_id=number, calls=tuple(replace(each, trace_id=number) for each in made.calls))
        for number in (chance.getrandbits(128) for _ in range(executions))
    ]


def _seconds(store: Store, executions: int, at: int, chance: random.Random, rounds: int = 15) -> float:
    """Return the median CPU seconds of a commit."""
    taken: list[float] = []
    for round_number in range(rounds):
        changes = _changes(executions, at + round_number * SECOND, chance)
        started = time.thread_time()
        assert not store.commit(changes)
        taken.append(time.thread_time() - started)
    return statistics.median(taken)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """One store that is empty and one that is not, which both are written by turns."""
    folder = tmp_path_factory.mktemp("books")
    empty = open_store(f"sqlite:///{folder}/empty.db", synchronous="normal")
    grown = open_store(f"sqlite:///{folder}/grown.db", synchronous="normal")
    chance = random.Random(1)
    for number in range(GROWN // 1_000):
        grown.commit(_changes(1_000, NOON + number * HOUR, chance))
    yield empty, grown
    empty.close()
    grown.close()


def test_a_commit_takes_no_longer_in_a_store_that_has_grown(stores: tuple[Store, Store]) -> None:
    chance = random.Random(2)
    empty, grown = (_seconds(store, 128, NOON + 60 * DAY, chance) for store in stores)
    assert grown < 2.5 * empty


def test_a_call_among_many_takes_a_fraction_of_what_one_alone_does(stores: tuple[Store, Store]) -> None:
    chance = random.Random(3)
    alone = _seconds(stores[0], 1, NOON, chance) / CALLS_OF_EACH
    together = _seconds(stores[0], 128, NOON, chance) / (128 * CALLS_OF_EACH)
    assert together < alone / 2


def test_whole_days_are_answered_without_their_calls(stores: tuple[Store, Store]) -> None:
    grown = stores[1]
    taken: list[float] = []
    for query in (ReportQuery("user", 0, 2**62), ReportQuery("user", 0, 2**62, only={"team": "support", "tool": ""})):
        started = time.thread_time()
        for _ in range(3):
            grown.report(query)
        taken.append(time.thread_time() - started)
    assert taken[0] < taken[1] / 10


def test_the_latest_executions_are_found_without_reading_the_others(stores: tuple[Store, Store]) -> None:
    taken: list[float] = []
    for query in (ExecutionQuery(), ExecutionQuery(order="duration")):
        started = time.thread_time()
        for _ in range(3):
            stores[1].executions(query)
        taken.append(time.thread_time() - started)
    assert taken[0] < taken[1] / 2
