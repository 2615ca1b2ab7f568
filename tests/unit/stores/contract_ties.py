"""What every store must do with the ties of calls. Inherited by the tests of each store."""

from __future__ import annotations

from otel_agentcost.model.books import Tie, Tied
from otel_agentcost.stores.open import Store
from tests.unit.stores.making import DAY, HOUR, NOON, SECOND, Recorded, call

LARGEST = 2**128 - 1
"""The largest execution id."""


def put_tied(store: Store, execution_id: int, *ties: Tie) -> None:
    change = Recorded(execution_id).change([call(execution_id, 1)], settles=True)._replace(ties=ties)
    assert list(store.commit([change])) == []


def tie(key: int, start: int = NOON, seconds: int = 2) -> Tie:
    return Tie(key, start, start + seconds * SECOND)


def tied(store: Store, *ties: Tie) -> list[Tied]:
    return sorted(store.tied(ties))


class TiesContract:
    """Tests of `Writer.tied`."""

    def test_a_tie_is_found_by_its_key_with_all_executions_that_have_it(self, store: Store) -> None:
        put_tied(store, 1, tie(7), tie(-8))
        put_tied(store, LARGEST, tie(7, NOON + SECOND))
        put_tied(store, 3, tie(9))
        assert tied(store, tie(7)) == [Tied(tie(7), 1), Tied(tie(7, NOON + SECOND), LARGEST)]
        assert tied(store, tie(-8)) == [Tied(tie(-8), 1)]
        assert tied(store, tie(8)) == []
        assert tied(store) == []

    def test_a_tie_of_another_time_is_not_found(self, store: Store) -> None:
        put_tied(store, 1, tie(7))
        for start, is_found in ((-3, False), (-2, True), (-1, True), (1, True), (2, True), (3, False), (3_600, False)):
            assert bool(tied(store, tie(7, NOON + start * SECOND))) == is_found

    def test_one_question_may_ask_for_many_ties(self, store: Store) -> None:
        for number in range(1, 400):
            put_tied(store, number, tie(number << 20, NOON + number * SECOND), tie(5, NOON + number * SECOND))
        asked = [tie(number << 20, NOON + number * SECOND) for number in range(1, 600)]
        assert [each.execution_id for each in tied(store, *asked)] == list(range(1, 400))
        around = tied(store, tie(5, NOON + 100 * SECOND), tie(5, NOON + 103 * SECOND))
        assert [each.execution_id for each in around] == list(range(98, 106))

    def test_a_tie_is_found_where_an_execution_with_a_later_one_came_first(self, store: Store) -> None:
        put_tied(store, 1, tie(7, NOON + 5 * SECOND, 1))
        put_tied(store, 2, tie(7, NOON, 1))
        put_tied(store, 3, tie(7, NOON - 5 * SECOND, 1))
        for start, execution_id in ((5, 1), (0, 2), (-5, 3)):
            assert [each.execution_id for each in tied(store, tie(7, NOON + start * SECOND, 1))] == [execution_id]

    def test_the_ties_of_a_change_that_was_left_out_are_not_kept(self, store: Store) -> None:
        put_tied(store, 1, tie(7))
        again = Recorded(1).change([call(1, 2)])._replace(ties=(tie(9),))
        assert list(store.commit([again])) == [1]
        assert tied(store, tie(9)) == []

    def test_what_a_later_commit_of_an_execution_ties_is_kept_too(self, store: Store) -> None:
        recorded = Recorded(1)
        for span_id in (1, 2):
            change = recorded.change([call(1, each) for each in range(1, span_id + 1)])._replace(ties=(tie(span_id),))
            assert list(store.commit([change])) == []
            recorded.committed(change)
        assert tied(store, tie(1), tie(2)) == [Tied(tie(1), 1), Tied(tie(2), 1)]

    def test_ties_go_after_a_day(self, store: Store) -> None:
        put_tied(store, 1, tie(7))
        put_tied(store, 2, tie(8, NOON + 12 * HOUR))
        store.trim(NOON + DAY - HOUR)
        assert len(tied(store, tie(7), tie(8, NOON + 12 * HOUR))) == 2
        store.trim(NOON + DAY + HOUR)
        assert [each.execution_id for each in tied(store, tie(7), tie(8, NOON + 12 * HOUR))] == [2]

    def test_a_time_beyond_all_columns_keeps_nothing_from_being_stored(self, store: Store) -> None:
        put_tied(store, 1, Tie(7, NOON, 2**80), tie(8))
        put_tied(store, 2, Tie(7, -(2**80), NOON))
        assert tied(store, tie(8)) == [Tied(tie(8), 1)]
        assert 1 in [each.execution_id for each in tied(store, tie(7))]
