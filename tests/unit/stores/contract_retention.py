"""What every store that keeps rows by their age must do. Inherited by the tests of each database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from otel_agentcost.engine.store import TooOldError
from otel_agentcost.model.call import Call
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.stores.open import Store
from otel_agentcost.stores.settings import RetentionSettings
from tests.unit.stores import committing
from tests.unit.stores.committing import commit
from tests.unit.stores.making import DAY, HOUR, NOON, SECOND, Recorded, call, whole

KEPT = RetentionSettings(calls_seconds=10 * 86_400, executions_seconds=20 * 86_400, days_seconds=None)
NOW = NOON + 11 * DAY
"""What ended within a day of `NOON` is older than calls are kept; what came two days later is not."""
LATER = NOON + 25 * DAY

MakeKeeping = Callable[[RetentionSettings], Store]
"""Opens the test's one database, which is empty at first."""


HEARD = NOON + 10_000 * DAY
"""The store has heard of spans at this time, so that `trim` takes every clock of these tests for a true one."""


def put(store: Store, execution_id: int, calls: Iterable[Call], *, seen: int = HEARD, **how: Any) -> Recorded:
    return committing.put(store, execution_id, calls, seen=seen, **how)


class RetentionContract:
    @pytest.fixture
    def make_keeping(self) -> MakeKeeping:
        """Return what opens one database in UTC that keeps rows so long, as often as wanted; a subclass says how."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_keeping: MakeKeeping) -> Iterator[Store]:
        store = make_keeping(KEPT)
        yield store
        store.close()

    def test_old_calls_go_and_the_execution_and_the_daily_sums_stay(self, store: Store) -> None:
        put(store, 1, [call(1, 1, cost=5), call(1, 2, NOON + HOUR, cost=7)], segment=b"spans", settles=True)
        put(store, 2, [call(2, 1, NOON + 3 * DAY, cost=11)], segment=b"later", settles=True)
        by_day, by_user = store.report(whole("day")), store.report(whole("user"))
        store.trim(NOW)
        old, new = store.load([1, 2])[1], store.load([1, 2])[2]
        assert (old.is_closed, old.calls, old.segments, old.summary.cost_nano_usd) == (True, (), (), 12)
        assert (new.is_closed, len(new.calls), new.segments) == (False, 1, (b"later",))
        assert store.report(whole("day")) == by_day
        assert store.report(whole("user")) == by_user
        assert [each.execution_id for each in store.executions(ExecutionQuery(order="cost"))] == [1, 2]
        assert store.executions_total(ExecutionQuery()).cost_nano_usd == 23

    def test_what_needs_dropped_calls_is_refused_with_the_time_from_which_there_are_calls(self, store: Store) -> None:
        put(store, 1, [call(1, 1)], settles=True)
        put(store, 2, [call(2, 1, NOON + 3 * DAY, cost=11)], settles=True)
        store.trim(NOW)
        assert store.horizon_unix_nano == NOON + DAY
        partly = ReportQuery("user", NOON, NOON + 4 * DAY)
        several = ReportQuery("user", 0, 2**62, only={"team": "support", "agent": "planner"})
        for question in (
            lambda: store.report(partly),
            lambda: store.report(several),
            lambda: store.report(ReportQuery("hour", 0, 2**62)),
            lambda: store.report(ReportQuery("day", 0, 2**62, "Asia/Kolkata")),
            lambda: store.calls(0, 2**62),
        ):
            with pytest.raises(TooOldError, match=r"2024-10-05T12:00:00\+00:00"):
                question()
        since = store.horizon_unix_nano
        assert [row.sums.cost_nano_usd for row in store.report(ReportQuery("hour", since, 2**62))] == [11]
        assert len(list(store.calls(since, 2**62))) == 1
        # Whole days first, and then calls for the rest of a day.
        assert store.report(ReportQuery("total", 0, NOON + 3 * DAY + HOUR))[0].sums.calls == 2

    def test_an_execution_that_goes_on_or_was_never_settled_keeps_its_calls(self, store: Store) -> None:
        put(store, 1, [call(1, 1)])
        put(store, 2, [call(2, 1), call(2, 2, NOON + 3 * DAY)], settles=True)
        put(store, 3, [call(3, 1)], settles=True)
        store.trim(NOW)
        loaded = store.load([1, 2, 3])
        assert {number: (each.is_closed, len(each.calls)) for number, each in loaded.items()} == {
            1: (False, 1), 2: (False, 2), 3: (True, 0),
        }  # fmt: skip
        assert store.open_executions(2**62, 10) == [1]

    def test_an_execution_that_is_settled_late_is_dropped_the_next_time(self, store: Store) -> None:
        slow = put(store, 1, [call(1, 1)])
        put(store, 2, [call(2, 1)], settles=True)
        store.trim(NOW)
        assert commit(store, (slow, slow.change([call(1, 1)], settles=True, state="abandoned"))) == []
        store.trim(NOW + HOUR)
        assert store.load([1])[1].is_closed
        assert store.load([1])[1].summary.state == "abandoned"

    def test_a_closed_execution_takes_no_more_whoever_asks(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1, cost=5)], settles=True)
        store.trim(NOW)
        before = store.report(whole("total"))
        late = recorded.change([call(1, 1, cost=5), call(1, 2, NOON + 10 * DAY, cost=99)])
        resent = Recorded(1).change([call(1, 1, cost=5)])
        assert list(store.commit([late])) == [1]
        assert list(store.commit([resent])) == [1]
        loaded = store.load([1])[1]
        again = late._replace(base_version=loaded.version)
        assert list(store.commit([again])) == [1]
        assert store.report(whole("total")) == before

    def test_the_row_of_an_execution_goes_later_and_then_it_is_refused_by_its_start(self, store: Store) -> None:
        put(store, 1, [call(1, 1, cost=5)], segment=b"s", settles=True)
        store.trim(NOW)
        store.trim(LATER)
        assert store.load([1]) == {}
        assert store.find("0000") == []
        assert store.executions(ExecutionQuery()) == []
        before = store.report(whole("total"))
        resent = Recorded(1).change([call(1, 1, cost=5)])
        assert list(store.commit([resent])) == [1]
        assert store.load([1]) == {}
        assert resent.summary.start_unix_nano < store.horizon_unix_nano
        assert store.report(whole("total")) == before

    def test_what_came_again_counts_no_second_time_however_much_is_dropped_between(self, store: Store) -> None:
        changes = [Recorded(number).change([call(number, 1, NOON + number * HOUR, cost=1)], settles=True, seen=HEARD)
                   for number in range(1, 40)]  # fmt: skip
        for now in (NOON, NOW, NOW + 12 * HOUR, LATER, LATER + 12 * HOUR, LATER + 90 * DAY):
            store.commit(changes)
            store.trim(now)
            assert sum(row.sums.cost_nano_usd for row in store.report(whole("day"))) == 39

    def test_a_clock_that_was_set_back_moves_no_horizon(self, store: Store) -> None:
        put(store, 1, [call(1, 1, cost=5)], settles=True)
        store.trim(LATER)
        horizon = store.horizon_unix_nano
        put(store, 2, [call(2, 1, NOON + 40 * DAY)], settles=True)
        store.trim(NOW)
        assert store.horizon_unix_nano == horizon

    def test_daily_sums_go_where_they_were_given_an_age(self, make_keeping: MakeKeeping) -> None:
        store = make_keeping(RetentionSettings(5 * 86_400, 5 * 86_400, 8 * 86_400))
        for number in range(12):
            put(store, 100 + number, [call(100 + number, 1, NOON + number * DAY, cost=1)], settles=True)
        store.trim(NOON + 12 * DAY)
        first = 20_004
        assert next(row.key for row in store.report(whole("day", (first, 20_010)))) == "2024-10-08"
        with pytest.raises(TooOldError):
            store.report(whole("day", (first - 1, 20_010)))
        with pytest.raises(TooOldError):
            store.report(whole("user", (first - 1, 20_010)))
        store.close()

    def test_without_an_age_nothing_is_ever_dropped(self, make_keeping: MakeKeeping) -> None:
        store = make_keeping(RetentionSettings(None, None, None))
        put(store, 1, [call(1, 1)], settles=True)
        store.trim(NOON + 100_000 * HOUR)
        assert store.horizon_unix_nano == 0
        assert len(store.load([1])[1].calls) == 1
        store.close()

    def test_calls_are_kept_no_longer_than_executions(self, make_keeping: MakeKeeping) -> None:
        store = make_keeping(RetentionSettings(None, 5 * 86_400, None))
        put(store, 1, [call(1, 1)], segment=b"s", settles=True)
        store.trim(NOON + 6 * DAY)
        assert store.load([1]) == {}
        with pytest.raises(TooOldError):
            store.calls(0, 2**62)
        store.close()

    def test_a_clock_that_is_ahead_moves_no_horizon_beyond_what_was_heard(self, store: Store) -> None:
        put(store, 1, [call(1, 1, cost=5)], settles=True, seen=NOON)
        put(store, 2, [call(2, 1, NOON + 3 * DAY)], settles=True, seen=NOON + 3 * DAY)
        store.trim(NOON + 10_000 * DAY)
        assert store.horizon_unix_nano == 0
        assert not store.load([1])[1].is_closed
        put(store, 3, [call(3, 1, NOW)], settles=True, seen=NOW)
        put(store, 4, [call(4, 1, NOW + DAY)], seen=NOW + DAY)
        store.trim(NOON + 10_000 * DAY)
        assert store.horizon_unix_nano == NOW + DAY - 10 * DAY
        assert {each.execution_id: each.is_closed for each in store.load([1, 2, 3]).values()} == {
            1: True, 2: False, 3: False,
        }  # fmt: skip
        put(store, 5, [call(5, 1, NOW + 2 * DAY)], seen=NOW + 2 * DAY)

    def test_a_clock_that_is_ahead_drops_no_daily_sums(self, make_keeping: MakeKeeping) -> None:
        store = make_keeping(RetentionSettings(5 * 86_400, 5 * 86_400, 8 * 86_400))
        put(store, 1, [call(1, 1, cost=5)], settles=True, seen=NOON)
        store.trim(NOON + 1_000 * DAY)
        assert store.report(whole("total", (20_000, 20_010)))[0].sums.cost_nano_usd == 5
        store.close()

    def test_a_start_that_cannot_be_true_is_no_reason_to_refuse_a_call(self, store: Store) -> None:
        put(store, 1, [call(1, 1)], settles=True, seen=NOW)
        store.trim(NOW)
        assert store.horizon_unix_nano > NOON
        absurd = (0, -5 * SECOND, NOW // 1_000)
        for number, start in enumerate(absurd, 2):
            put(store, number, [call(number, 1, start, cost=7)], settles=True, seen=NOW)
        put(store, 9, [call(9, 1, 0, cost=7), call(9, 2, NOW, cost=7)], settles=True, seen=NOW)
        assert sum(each.summary.cost_nano_usd for each in store.load([2, 3, 4, 9]).values()) == 5 * 7
        store.trim(NOW)
        assert [store.load([number])[number].is_closed for number in (2, 3, 4, 9)] == [False] * 4
        put(store, 10, [call(10, 1, NOW + 11 * DAY)], seen=NOW + 11 * DAY)
        store.trim(NOW + 11 * DAY)
        assert [store.load([number])[number].is_closed for number in (2, 3, 4, 9)] == [True] * 4
        assert list(store.commit([Recorded(11).change([call(11, 1)], seen=NOW + 11 * DAY)])) == [11]

    def test_an_execution_of_thousands_of_calls_goes_in_several_steps(self, store: Store) -> None:
        put(
            store, 1, [call(1, number, NOON + number * 1_000) for number in range(1, 3_000)], segment=b"s", settles=True
        )
        put(store, 2, [call(2, 1)], settles=True)
        store.trim(NOW)
        assert store.load([1])[1].is_closed
        assert store.load([1])[1].calls == ()
        assert store.report(whole("total"))[0].sums.calls == 3_000

    def test_a_process_learns_of_a_horizon_that_another_one_moved(self, make_keeping: MakeKeeping) -> None:
        mine, theirs = make_keeping(KEPT), make_keeping(KEPT)
        put(mine, 1, [call(1, 1, cost=5)], settles=True)
        theirs.trim(LATER)
        assert list(mine.commit([Recorded(1).change([call(1, 1, cost=5)])])) == [1]
        assert mine.horizon_unix_nano == theirs.horizon_unix_nano > NOON
        assert make_keeping(KEPT).load([1]) == {}
        mine.close()
        theirs.close()

    def test_dropping_while_others_commit_loses_and_doubles_nothing(self, store: Store) -> None:
        wrong: list[BaseException] = []
        done = threading.Event()

        def drop() -> None:
            try:
                while not done.is_set():
                    store.trim(NOW)
            except BaseException as error:
                wrong.append(error)

        dropper = threading.Thread(target=drop)
        dropper.start()
        total = 0
        for number in range(1, 60):
            at = NOON - DAY if number % 2 else NOON + 5 * DAY
            old = Recorded(number)
            change = old.change([call(number, 1, at, cost=1)], settles=True, seen=HEARD)
            if number not in store.commit([change]):
                total += 1
        done.set()
        dropper.join()
        assert wrong == []
        assert total >= 29
        assert sum(row.sums.cost_nano_usd for row in store.report(whole("day"))) == total
