"""The ties of calls in memory: within the store's bound, gone with their executions, out of the collector's way."""

from __future__ import annotations

import gc
from itertools import islice

from otel_agentcost.model.books import Tie
from otel_agentcost.stores.memory import MemoryStore
from otel_agentcost.stores.memory.ties import Ties, packed_ties
from tests.unit.stores.contract_ties import put_tied, tie, tied
from tests.unit.stores.making import DAY, NOON, SECOND, Recorded


def found(store: MemoryStore, *keys: int) -> list[int]:
    return [each.execution_id for each in tied(store, *(tie(key) for key in keys))]


def test_the_ties_of_an_execution_go_with_it() -> None:
    store = MemoryStore(max_executions=2)
    for number in range(1, 6):
        put_tied(store, number, tie(number))
    assert found(store, 1, 2, 3, 4, 5) == [4, 5]
    put_tied(store, 6, tie(6))
    assert store.stats().ties == 3  # of 4 to 6: the ties of 4 go with the next commit


def test_ties_count_within_the_bound_of_bytes() -> None:
    def executions_kept(ties: int) -> int:
        store = MemoryStore(max_bytes=100_000)
        for number in range(1, 1_000):
            put_tied(store, number, *(tie(number << 8 | each) for each in range(ties)))
        stats = store.stats()
        assert stats.record_bytes + stats.tie_bytes <= 100_000
        assert stats.ties <= stats.executions * ties + ties
        return stats.executions

    assert executions_kept(8) < 0.8 * executions_kept(0)


def test_one_execution_with_more_ties_than_fit_keeps_the_latest_of_them() -> None:
    store = MemoryStore(max_bytes=100_000)
    put_tied(store, 1, *(tie(number) for number in range(5_000)))
    assert store.stats().tie_bytes <= 100_000 / 3
    assert found(store, 0, 1, 4_998, 4_999) == [1, 1]
    assert store.load([1])[1].version == 1


def test_nothing_of_ties_is_walked_by_the_garbage_collector() -> None:
    store = MemoryStore()
    put_tied(store, 1, tie(1))
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2, 2_000):
        put_tied(store, number << 64, tie(number), tie(-number))
    gc.collect()
    assert len(gc.get_objects()) - before < 200


def test_each_tie_is_found_however_the_table_has_grown_and_whatever_has_left() -> None:
    ties, is_kept = Ties(400_000), dict.fromkeys(range(1, 9000), True)
    changes = (Recorded(number).change([])._replace(ties=(tie(number * 7_919), tie(3, NOON + number * SECOND)))
               for number in range(1, 9_000))  # fmt: skip
    added = 0
    while some := list(islice(changes, 500)):
        for change in some:
            ties.add(packed_ties(change))
        added += len(some)
        ties.make_room(is_kept.__contains__)
        kept = range(added - len(ties) // 2 + 1, added + 1)
        for number in (kept[0], kept[len(kept) // 2], kept[-1]):
            assert [each.execution_id for each in ties.find([tie(number * 7_919)])] == [number]
            alike = ties.find([Tie(3, NOON + number * SECOND, NOON + number * SECOND)])
            around = [each for each in range(number - 2, number + 1) if each in kept]
            assert sorted(each.execution_id for each in alike) == around
        assert ties.find([tie((kept[0] - 1) * 7_919)]) == []
    assert len(ties) < 2 * added


def test_a_tie_from_the_future_hides_none_of_today() -> None:
    store = MemoryStore()
    put_tied(store, 1, tie(7, NOON + 40_000 * DAY))
    put_tied(store, 2, tie(7))
    store.trim(NOON + SECOND)
    assert found(store, 7) == [2]
