"""The memory store keeps within its bounds, says what it dropped, and refuses what it cannot tell any more."""

from __future__ import annotations

import gc

import pytest

from otel_agentcost.engine.store import TooOldError
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.stores.memory import MemoryStore
from otel_agentcost.stores.memory.days import OTHER
from otel_agentcost.stores.memory.shelf import Shelf
from tests.unit.stores.committing import commit, in_order, put
from tests.unit.stores.making import BOB, DAY, HOUR, NOON, SECOND, Recorded, call, true_report, whole

ALL = ExecutionQuery(limit=None, order="start", descending=False)


def kept(store: MemoryStore) -> list[int]:
    return [each.execution_id for each in store.executions(ALL)]


def test_executions_beyond_the_bound_go_in_the_order_in_which_they_were_settled() -> None:
    store = MemoryStore(max_executions=3)
    first = put(store, 1, [call(1, 1, NOON)])
    for number in (2, 3):
        put(store, number, [call(number, 1, NOON + number)], settles=True)
    assert commit(store, (first, first.change([call(1, 1, NOON)], settles=True))) == []
    for number, left in ((4, [1, 3, 4]), (5, [1, 4, 5]), (6, [4, 5, 6])):
        put(store, number, [call(number, 1, NOON + number)], settles=True)
        assert kept(store) == left
    assert (store.stats().executions, store.stats().evicted_executions) == (3, 3)
    assert store.stats().evicted_open_executions == 0
    assert store.load([1]) == {}
    assert store.find(f"{1:032x}") == []


def test_open_executions_may_be_four_times_as_many_before_the_longest_quiet_is_closed() -> None:
    store = MemoryStore(max_executions=2)
    recorded = {n: put(store, n, [call(n, 1, NOON + n)], seen=NOON + seen) for n, seen in ((1, 30), (2, 10), (3, 20))}
    put(store, 4, [call(4, 1)], settles=True)
    assert kept(store) == [1, 2, 3]  # the settled one was one too many
    for number in range(5, 10):
        put(store, number, [call(number, 1, NOON + number)], seen=NOON + 40)
    assert store.stats().evicted_open_executions == 0
    put(store, 10, [call(10, 1, NOON + 10)], seen=NOON + 50)
    assert store.stats().evicted_open_executions == 1
    assert store.stats().executions == 8
    assert store.open_executions(NOON + 100, 2) == [3, 1]
    (closed,) = store.load([2]).values()
    assert (closed.is_closed, closed.version, closed.calls, closed.segments) == (True, 1, (), ())
    assert closed.summary.cost_nano_usd == 1_000
    late = recorded[2].change([call(2, 1, NOON + 2), call(2, 2, NOON + 3)])
    assert list(store.commit([late])) == [2]
    assert list(store.commit([Recorded(2).change([call(2, 2, NOON + 3)])])) == [2]
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 10_000
    with pytest.raises(TooOldError):
        store.calls(NOON + 2, NOON + DAY)
    assert len(list(store.calls(NOON + 3, NOON + DAY))) == 7


def test_what_is_left_of_closed_executions_is_bounded_too() -> None:
    store = MemoryStore(max_executions=2)
    for number in range(1, 30):
        put(store, number, [call(number, 1, NOON + number)], seen=number)
    assert store.stats().executions == 8
    assert kept(store) == list(range(20, 30))
    assert [number for number in range(1, 30) if number in store.load([number])] == list(range(20, 30))
    assert [each.is_closed for each in store.load(range(20, 30)).values()] == [True, True, *[False] * 8]


def test_many_bytes_are_bounded_too() -> None:
    store = MemoryStore(max_bytes=100_000)
    for number in range(1, 60):
        put(store, number, [call(number, 1, NOON + number)], segment=bytes(5_000), settles=True)
    stats = store.stats()
    assert stats.record_bytes <= 100_000
    assert stats.executions == 59 - stats.evicted_executions == len(kept(store))
    assert kept(store) == list(range(60 - stats.executions, 60))


def test_what_was_dropped_stays_in_the_daily_sums() -> None:
    store = MemoryStore(max_executions=5)
    executions = [[call(number, 1, NOON + number * HOUR, agent=f"a{number % 3}")] for number in range(40)]
    for number, calls in enumerate(executions):
        put(store, number, calls, settles=True)
    assert store.stats().executions == 5
    for by in ("total", "user", "agent", "day"):
        assert store.report(whole(by)) == true_report(whole(by), executions)


def test_the_running_day_is_told_by_its_sum_while_nothing_came_later() -> None:
    store = MemoryStore(max_executions=2)
    executions = [[call(number, 1, NOON + number * SECOND)] for number in range(1, 10)]
    for number, calls in enumerate(executions, 1):
        put(store, number, calls, settles=True)
    so_far = ReportQuery("user", 20_000 * DAY, NOON + 10 * SECOND)
    assert store.report(so_far) == true_report(so_far, executions)
    with pytest.raises(TooOldError):
        store.report(ReportQuery("user", 20_000 * DAY, NOON + 5 * SECOND))


def test_an_answer_that_needs_dropped_calls_is_refused_with_the_time_from_which_all_are_kept() -> None:
    store = MemoryStore(max_executions=2)
    executions = [[call(number, 1, NOON + number * HOUR)] for number in range(6)]
    for number, calls in enumerate(executions):
        put(store, number, calls, settles=True)
    since = NOON + 3 * HOUR + 1
    for query in (
        ReportQuery("hour", NOON, NOON + DAY),
        ReportQuery("user", since - 1, NOON + DAY),
        ReportQuery("user", NOON - DAY, NOON + DAY, only={"agent": "planner"}),
        ReportQuery("day", 19_000 * DAY, 21_000 * DAY, time_zone="Europe/Berlin"),
    ):
        with pytest.raises(TooOldError, match=r"from 2024-10-04T15:00:00\+00:00 on"):
            store.report(query)
    with pytest.raises(TooOldError, match="2024-10-04T15:00:00"):
        store.calls(NOON, NOON + DAY)
    query = ReportQuery("hour", since, NOON + DAY)
    assert store.report(query) == true_report(query, executions)
    assert list(store.calls(since, NOON + DAY)) == in_order(each for calls in executions[4:] for each in calls)


def test_a_dropped_call_from_the_future_does_not_end_all_answers() -> None:
    store = MemoryStore(max_executions=1)
    put(store, 1, [call(1, 1, NOON + 40_000 * DAY)], seen=NOON, settles=True)
    put(store, 2, [call(2, 1, NOON + HOUR)], settles=True)
    assert [row.key for row in store.report(ReportQuery("hour", NOON + 1, NOON + DAY))] == ["2024-10-04T13:00+00:00"]


def test_a_recorder_without_a_clock_hides_no_dropped_call() -> None:
    store = MemoryStore(max_executions=1)
    put(store, 1, [call(1, 1, NOON)], seen=0, settles=True)
    put(store, 2, [call(2, 1, NOON + HOUR)], seen=0, settles=True)
    with pytest.raises(TooOldError):
        store.report(ReportQuery("hour", NOON, NOON + DAY))


def test_a_late_span_of_a_dropped_execution_starts_it_anew() -> None:
    store = MemoryStore(max_executions=1)
    dropped = put(store, 1, [call(1, 1, NOON)], settles=True)
    put(store, 2, [call(2, 1, NOON + 1)], settles=True)
    late = dropped.change([call(1, 1, NOON), call(1, 2, NOON + 2)])
    assert list(store.commit([late])) == [1]
    put(store, 1, [call(1, 2, NOON + 2)])
    assert store.report(whole("total"))[0].sums.cost_nano_usd == 3_000


def test_the_oldest_days_go_where_there_are_too_many_sums() -> None:
    store = MemoryStore(max_day_sums=45)  # one execution makes ten: one of each dimension
    executions = [[call(number, 1, NOON + number * DAY)] for number in range(8)]
    for number, calls in enumerate(executions):
        put(store, number, calls, settles=True)
    assert store.stats().day_sums <= 45
    with pytest.raises(TooOldError, match="2024-10-08"):
        store.report(whole("user"))
    later = ReportQuery("user", 20_004 * DAY, 20_010 * DAY)
    assert store.report(later) == true_report(later, executions)
    for number in range(90, 99):
        put(store, number, [call(number, 1, NOON, agent=f"a{number}")], settles=True)  # for a day that has gone
        assert store.report(later) == true_report(later, executions)
    with pytest.raises(TooOldError, match="2024-10-08"):
        store.report(whole("user"))


def test_dropping_a_day_forgets_nothing_of_the_others() -> None:
    store = MemoryStore(max_day_sums=45)
    executions = [[call(number, 1, NOON + number * DAY)] for number in range(8)]
    for number, calls in enumerate(executions):
        put(store, number, calls, settles=True)
    for until in (NOON + 7 * DAY, NOON + 7 * DAY + 1):  # before the last day's call, and after it
        query = ReportQuery("user", 20_004 * DAY, until)
        assert store.report(query) == true_report(query, executions)


def test_a_day_that_alone_has_too_many_keys_adds_the_rest_up_under_one() -> None:
    store = MemoryStore(max_day_sums=30)
    for number in range(50):
        put(store, number, [call(number, 1, NOON, cost=10, who=BOB._replace(user=f"u{number}"))], settles=True)
    rows = store.report(whole("user"))
    assert rows[0].key == OTHER
    assert sum(row.sums.cost_nano_usd for row in rows) == 500
    assert store.stats().day_sums <= 40


def test_an_execution_that_is_settled_is_kept_in_one_part() -> None:
    def recorded_in(commits: int) -> int:
        store = MemoryStore()
        recorded = Recorded(1)
        calls = [call(1, number, NOON + number, cost=number) for number in range(1, 9)]
        for number in range(1, commits):
            done = calls[: len(calls) * number // commits]
            assert commit(store, (recorded, recorded.change(done, segment=b"x"))) == []
        assert commit(store, (recorded, recorded.change(calls, settles=True, segment=b"y"))) == []
        assert in_order(store.load([1])[1].calls) == calls
        return store.stats().record_bytes

    assert recorded_in(8) - recorded_in(1) < 25  # seven segments of three bytes more


def test_nothing_that_grows_with_executions_is_walked_by_the_garbage_collector() -> None:
    store = MemoryStore()
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2_000):
        put(store, number << 64 | 7, [call(number << 64 | 7, 1, NOON + number)], settles=number % 2 == 0)
    gc.collect()
    assert len(gc.get_objects()) - before < 200


def test_a_late_correction_of_a_settled_execution_leaves_it_settled_and_in_its_place() -> None:
    store = MemoryStore(max_executions=2)
    first = put(store, 1, [call(1, 1)], settles=True)
    put(store, 2, [call(2, 1)], settles=True)
    assert commit(store, (first, first.change([call(1, 1), call(1, 2)]))) == []
    assert store.load([1])[1].is_settled
    for number, left in ((3, [2, 3]), (4, [3, 4]), (5, [4, 5])):
        put(store, number, [call(number, 1, NOON + number)], settles=True)
        assert kept(store) == left


def test_the_queue_of_settled_executions_gives_back_its_room() -> None:
    shelf = Shelf(max_executions=10, max_bytes=10**9)
    for number in range(200_000):
        shelf.put(number << 64, b"", is_settled=True, seen_unix_nano=0)
        list(shelf.make_room(bytes))
    assert shelf.count == 10
    assert [shelf.get(number << 64) for number in (199_989, 199_990)] == [None, b""]
    assert len(shelf._settled._halves) < 140_000
