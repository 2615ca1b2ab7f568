"""What every store must do with changes."""

from __future__ import annotations

import threading

import pytest

from otel_agentcost.engine.store import StoreError
from otel_agentcost.model.books import Change, DayChange
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.identity import NOBODY, Identity
from otel_agentcost.model.query import ExecutionQuery
from otel_agentcost.model.sums import Sums
from otel_agentcost.model.usage import Usage
from otel_agentcost.stores.open import Store
from tests.unit.stores.committing import LARGEST, MakeStore, commit, in_order, put
from tests.unit.stores.making import (
    NOON,
    SECOND,
    Recorded,
    call,
    duplicate,
    whole,
)


class WritingContract:
    """What every store must do with changes."""

    def test_every_field_of_an_execution_and_its_calls_comes_back(self, store: Store) -> None:
        full = Call(
            LARGEST, 2**64 - 1, 2**63, "estimated", "output_incomplete", "openai", "gpt-4o ✓", "gpt-4o", "chat",
            Usage(*range(1, 13)), 2**53 + 1, "agent 'a'", "tool \"t\"", "resp_1", NOON, NOON + 1, "otel_genai",
            "price/1", Identity("u", "t", "o", "f", "e", "s", "c"), "model", 2**63 + 7, "provider",
        )  # fmt: skip
        bare = Call(
            LARGEST, 1, 0, "unpriced", None, None, None, None, None, Usage(), 0, None, None, None, NOON, NOON - 5, "x"
        )  # fmt: skip
        summary = ExecutionSummary(
            LARGEST, 2**53 + 1, 11, 12, 13, 14, 15, {"a": 1, "": 2}, {"m": 2**53 + 1}, "u", "t", "root ✓", True, NOON,
            NOON + 9, (), "o", "f", "e", "s", "c", "abandoned", 21, 22, 23, 24, 25, 26, {"": 5, "t": 6}, {"p": 7},
            {"f": 8, "g": 0}, 2**64 - 1,
        )  # fmt: skip
        days = (DayChange(20_000, "total", "", Sums(*range(12))),)
        change = Change(LARGEST, 0, b"\x00segment\xff", (full, bare), (), summary, days, True, NOON + 99)
        assert list(store.commit([change])) == []
        (stored,) = store.load([LARGEST]).values()
        assert stored.execution_id == LARGEST
        assert (stored.version, stored.is_settled, stored.is_closed) == (1, True, False)
        assert stored.segments == (b"\x00segment\xff",)
        assert {each.span_id: each for each in stored.calls} == {full.span_id: full, bare.span_id: bare}
        assert all(type(each.usage) is Usage and type(each.identity) is Identity for each in stored.calls)
        assert stored.summary == summary
        assert (Call.__struct_fields__[-1], ExecutionSummary._fields[-1]) == ("cost_source", "root_span_id"), (
            "add the new field"
        )

    def test_what_is_not_known_comes_back_as_none(self, store: Store) -> None:
        put(store, 7, [call(7, 1, who=NOBODY, agent=None, model=None, provider=None)], root_name=None)
        (stored,) = store.load([7]).values()
        (only,) = stored.calls
        assert only.identity == NOBODY
        assert (only.agent, only.tool, only.model, only.provider, only.reason, only.price_id) == (None,) * 6
        summary = stored.summary
        assert (summary.user, summary.team, summary.organization, summary.root_name, summary.conversation) == (
            None,
        ) * 5
        assert summary.agents == {"": 1_000}

    def test_a_change_for_an_older_version_is_left_out_and_the_others_are_written(self, store: Store) -> None:
        mine = put(store, 1, [call(1, 1)], segment=b"a")
        stale = Recorded(1)
        other = Recorded(2)
        changes = [
            stale.change([call(1, 9, cost=5_000)], segment=b"stale", settles=True),
            other.change([call(2, 1, cost=70)]),
        ]
        assert list(store.commit(changes)) == [1]
        loaded = store.load([1, 2])
        assert loaded[1].version == 1
        assert loaded[1].segments == (b"a",)
        assert [each.span_id for each in loaded[1].calls] == [1]
        assert not loaded[1].is_settled
        assert loaded[1].summary.cost_nano_usd == 1_000
        assert loaded[2].summary.cost_nano_usd == 70
        assert store.report(whole("total"))[0].sums.cost_nano_usd == 1_070
        assert commit(store, (mine, mine.change([call(1, 1), call(1, 2)]))) == []

    def test_a_change_for_a_version_that_the_store_never_had_is_left_out(self, store: Store) -> None:
        ahead = Recorded(1)
        ahead.version = 3
        assert list(store.commit([ahead.change([call(1, 1)])])) == [1]
        assert store.load([1]) == {}
        assert store.report(whole("total")) == []

    def test_the_same_change_again_changes_nothing(self, store: Store) -> None:
        change = Recorded(1).change([call(1, 1), call(1, 2)], segment=b"s")
        assert list(store.commit([change])) == []
        before = (store.load([1]), store.report(whole("user")))
        assert list(store.commit([change])) == [1]
        assert set(store.commit([change, change])) == {1}
        assert (store.load([1]), store.report(whole("user"))) == before

    def test_of_two_changes_to_one_execution_in_a_commit_only_the_first_holds(self, store: Store) -> None:
        first, second = Recorded(1), Recorded(1)
        changes = [first.change([call(1, 1, cost=10)]), second.change([call(1, 2, cost=99)])]
        assert list(store.commit(changes)) == [1]
        (stored,) = store.load([1]).values()
        assert (stored.version, [each.cost_nano_usd for each in stored.calls]) == (1, [10])
        assert store.report(whole("total"))[0].sums.cost_nano_usd == 10

    def test_of_two_changes_to_one_execution_the_first_that_fits_holds(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1)])
        changes = [Recorded(1).change([call(1, 2)]), recorded.change([call(1, 3)]), recorded.change([call(1, 4)])]
        assert set(store.commit(changes)) == {1}
        (stored,) = store.load([1]).values()
        assert (stored.version, [each.span_id for each in stored.calls]) == (2, [3])

    def test_changed_calls_replace_and_withdrawn_ones_go(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1, cost=10), call(1, 2, cost=20), call(1, 3, cost=30)])
        now = [call(1, 1, cost=10), duplicate(1, 2, payer=1), call(1, 4, cost=40)]
        assert commit(store, (recorded, recorded.change(now))) == []
        (stored,) = store.load([1]).values()
        assert in_order(stored.calls) == in_order(now)
        assert stored.version == 2
        assert stored.summary.cost_nano_usd == 50
        assert store.report(whole("total"))[0].sums.cost_nano_usd == 50

    def test_a_withdrawn_call_may_come_back(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1), call(1, 2)])
        for now in ([call(1, 1)], [call(1, 1), call(1, 2, cost=7)]):
            assert commit(store, (recorded, recorded.change(now))) == []
        (stored,) = store.load([1]).values()
        assert in_order(stored.calls) == [call(1, 1), call(1, 2, cost=7)]

    def test_segments_come_back_in_the_order_in_which_they_were_committed(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1)], segment=b"first")
        for number, segment in enumerate((b"", b"second", b"", b"third"), 2):
            settles = number == 4
            change = recorded.change([call(1, each) for each in range(1, number + 1)], segment=segment, settles=settles)
            assert commit(store, (recorded, change)) == []
        (stored,) = store.load([1]).values()
        assert stored.segments == (b"first", b"second", b"third")
        assert (stored.version, stored.is_settled) == (5, True)
        assert {each.span_id for each in stored.calls} == {1, 2, 3, 4, 5}

    def test_an_execution_without_calls_is_one_all_the_same(self, store: Store) -> None:
        put(store, 1, [], segment=b"s")
        (stored,) = store.load([1]).values()
        assert (stored.calls, stored.segments) == ((), (b"s",))
        assert [each.execution_id for each in store.executions(ExecutionQuery())] == [1]
        assert store.report(whole("total")) == []

    def test_nothing_to_commit_and_nothing_to_load_is_fine(self, store: Store) -> None:
        assert list(store.commit([])) == []
        assert store.load([]) == {}
        assert store.load([1, 2]) == {}

    def test_what_no_column_can_hold_stops_nothing_else(self, store: Store) -> None:
        strange = Identity("half \ud800 a pair", "nul \0", "acme")
        huge = call(1, 1, who=strange, usage=Usage(2**70, 5), cost=2**65, agent="\udfff")
        assert list(store.commit([Recorded(1).change([huge]), Recorded(2).change([call(2, 1, cost=3)])])) == []
        assert store.load([1])[1].summary.cost_nano_usd >= 2**63 - 1
        assert store.load([2])[2].summary.cost_nano_usd == 3

    def test_executions_of_many_calls_come_back_whole(self, store: Store) -> None:
        calls = [call(1, number, NOON + number, agent=f"agent-{number % 40}") for number in range(1, 1_501)]
        recorded = put(store, 1, calls[:1_000])
        assert commit(store, (recorded, recorded.change(calls, settles=True))) == []
        assert in_order(store.load([1])[1].calls) == calls

    def test_many_threads_commit_and_each_version_is_won_by_one(self, store: Store) -> None:
        rounds, writers = 12, 4
        wins: list[int] = []
        errors: list[BaseException] = []

        def write(number: int) -> None:
            try:
                for attempt in range(rounds):
                    own = 100 + number * rounds + attempt
                    shared = Recorded(1)
                    shared.version = attempt
                    changes = [
                        Recorded(own).change([call(own, 1, cost=1)]),
                        shared.change([call(1, attempt + 1, cost=0)]),
                    ]
                    if list(store.commit(changes)) == []:
                        wins.append(attempt)
                    while store.load([1])[1].version <= attempt:
                        pass
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert sorted(wins) == list(range(rounds))
        assert store.load([1])[1].version == rounds
        assert store.report(whole("total"))[0].sums.cost_nano_usd == rounds * writers

    def test_open_executions_are_those_not_settled_the_longest_quiet_first(self, store: Store) -> None:
        for number, seen in ((1, 30), (2, 10), (3, 20), (5, 40), (4, 20)):
            put(store, number, [call(number, 1)], seen=seen * SECOND)
        settled = put(store, 6, [call(6, 1)], seen=SECOND, settles=True)
        assert store.open_executions(100 * SECOND, 10) == [2, 3, 4, 1, 5]
        assert store.open_executions(100 * SECOND, 2) == [2, 3]
        assert store.open_executions(20 * SECOND, 10) == [2]
        late = settled.change([call(6, 1), call(6, 2)], seen=2 * SECOND)
        assert commit(store, (settled, late)) == []
        assert store.open_executions(100 * SECOND, 1) == [2]

    def test_an_execution_that_is_seen_again_is_no_longer_quiet(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1)], seen=10)
        put(store, 2, [call(2, 1)], seen=20)
        assert commit(store, (recorded, recorded.change([call(1, 1), call(1, 2)], seen=30))) == []
        assert store.open_executions(100, 10) == [2, 1]

    def test_retention_that_has_nothing_to_drop_drops_nothing(self, store: Store) -> None:
        put(store, 1, [call(1, 1)])
        assert store.horizon_unix_nano == 0
        store.trim(NOON)
        assert store.horizon_unix_nano == 0
        assert store.load([1])[1].version == 1

    def test_an_unknown_time_zone_is_refused(self, make_store: MakeStore) -> None:
        with pytest.raises(StoreError, match="Europe/Berln"):
            make_store("Europe/Berln")
