"""What every store must answer about spend and calls."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, Dimension
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.model.sums import Sums
from otel_agentcost.stores.open import Store
from tests.unit.ledger.expected_windows import EXPECTED
from tests.unit.stores.committing import MakeStore, commit, in_order, put, put_days
from tests.unit.stores.making import (
    DAY,
    HOUR,
    NOON,
    call,
    true_report,
    whole,
)

ONLY: tuple[dict[Dimension, str], ...] = (
    {"user": "bob"}, {"agent": "planner"}, {"team": ""}, {"tool": "fetch"}, {"model": "o3", "user": "bob"},
    {"total": ""}, {"user": "nobody"}, {"user": "alice", "agent": "writer"},
)  # fmt: skip


class ReportsContract:
    """What every store must answer about spend and calls."""

    @pytest.mark.parametrize("by", [*DIMENSIONS, "day", "hour"])
    def test_a_report_tells_what_the_calls_of_its_time_cost(self, store: Store, by: Any) -> None:
        executions = put_days(store)
        for span in (
            (20_000 * DAY, 20_001 * DAY), (19_990 * DAY, 20_010 * DAY), (0, 2**63 - 1), (NOON, NOON + DAY),
            (NOON + 1, NOON + 13 * HOUR), (19_999 * DAY + 1, 20_002 * DAY - 1), (NOON, 20_002 * DAY),
            (20_000 * DAY, NOON + 2 * DAY), (20_000 * DAY, NOON + 5 * DAY), (NOON, NOON), (NOON + DAY, NOON),
            (30_000 * DAY, 30_001 * DAY),
        ):  # fmt: skip
            query = ReportQuery(by, *span)
            assert store.report(query) == true_report(query, executions)

    @pytest.mark.parametrize("by", [*DIMENSIONS, "day", "hour"])
    def test_a_report_can_keep_to_some_calls(self, store: Store, by: Any) -> None:
        executions = put_days(store)
        for only in ONLY:
            for span in ((19_990 * DAY, 20_010 * DAY), (20_000 * DAY, 20_001 * DAY), (NOON - DAY, NOON + 30 * HOUR)):
                query = ReportQuery(by, *span, only=only)
                assert store.report(query) == true_report(query, executions)

    @pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "Pacific/Apia"])
    @pytest.mark.parametrize("by", ["day", "hour", "user"])
    def test_a_report_can_be_of_another_time_zone(self, store: Store, by: Any, zone: str) -> None:
        executions = put_days(store)
        query = ReportQuery(by, 19_990 * DAY, 20_010 * DAY, time_zone=zone)
        assert store.report(query) == true_report(query, executions)

    def test_every_dimension_adds_up_to_the_same(self, store: Store) -> None:
        executions = put_days(store)
        total = store.report(whole("total"))[0].sums
        for by in (*DIMENSIONS, "day", "hour"):
            rows = store.report(whole(by))
            for index, field in enumerate(Sums._fields):
                if field != "executions":
                    assert sum(row.sums[index] for row in rows) == total[index], (by, field)
        assert total.executions == len(executions)
        assert store.executions_total(ExecutionQuery()).cost_nano_usd == total.cost_nano_usd

    @pytest.mark.parametrize("by", ["total", "user", "agent", "tool"])
    def test_times_that_follow_each_other_add_up_executions_too(self, store: Store, by: Any) -> None:
        put_days(store)
        cuts = [19_990 * DAY, 20_000 * DAY, NOON + 1, NOON + 13 * HOUR, 20_001 * DAY, NOON + DAY + 1, 20_010 * DAY]
        parts: dict[str, Sums] = {}
        for since, until in pairwise(cuts):
            for key, sums in store.report(ReportQuery(by, since, until)):
                parts[key] = parts.get(key, Sums()).plus(sums)
        assert parts == dict(store.report(whole(by)))

    def test_a_correction_moves_cost_from_one_day_and_key_to_another(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1, NOON, 100, agent="a"), call(1, 2, NOON + DAY, 7, agent="a")])
        now = [call(1, 1, NOON + DAY, 90, agent="b"), call(1, 2, NOON + DAY, 7, agent="a")]
        assert commit(store, (recorded, recorded.change(now))) == []
        for by in ("agent", "day", "total"):
            assert store.report(whole(by)) == true_report(whole(by), [now])
        assert [row.key for row in store.report(whole("day"))] == ["2024-10-05"]

    def test_what_is_taken_back_whole_leaves_no_empty_row(self, store: Store) -> None:
        recorded = put(store, 1, [call(1, 1, agent="a")])
        put(store, 2, [call(2, 1, agent="b")])
        assert commit(store, (recorded, recorded.change([]))) == []
        assert [row.key for row in store.report(whole("agent"))] == ["b"]

    def test_rows_of_equal_cost_come_by_key(self, store: Store) -> None:
        for number, name in enumerate(("b", "c", "a"), 1):
            put(store, number, [call(number, 1, agent=name, cost=5)])
        put(store, 4, [call(4, 1, agent="z", cost=6)])
        assert [row.key for row in store.report(whole("agent"))] == ["z", "a", "b", "c"]

    @pytest.mark.parametrize("zone", sorted({row.zone for row in EXPECTED}))
    def test_calls_across_a_change_of_clocks_and_a_months_end_land_in_their_day_and_hour(
        self, make_store: MakeStore, zone: str
    ) -> None:
        rows = [row for row in EXPECTED if row.zone == zone]
        days = sorted({row.day for row in rows})
        for own in (zone, "UTC"):  # from the daily sums, and from calls
            store = make_store(own)
            assert store.time_zone == own
            for number, row in enumerate(rows, 1):
                put(store, number, [call(number, 1, row.at_unix_nano, cost=10**number)])
            for by, expected in (("day", [row.day for row in rows]), ("hour", [row.hour for row in rows])):
                costs: dict[str, int] = {}
                for number, key in enumerate(expected, 1):
                    costs[key] = costs.get(key, 0) + 10**number
                report = store.report(ReportQuery(by, 0, 2**63 - 1, time_zone=zone))  # type: ignore[arg-type]
                assert {row.key: row.sums.cost_nano_usd for row in report} == costs
            assert [row.key for row in store.report(ReportQuery("day", 0, 2**63 - 1, time_zone=zone))] == days
            store.close()

    def test_the_hour_that_comes_twice_is_in_the_order_of_time(self, store: Store) -> None:
        first_two = 1_792_888_200 * 10**9  # 2026-10-25T00:30Z: 02:30 in Berlin, and so is the hour after
        for number, at in enumerate((first_two + HOUR, first_two, first_two - HOUR, first_two + 2 * HOUR), 1):
            put(store, number, [call(number, 1, at)])
        hours = [row.key for row in store.report(ReportQuery("hour", 0, 2**63 - 1, time_zone="Europe/Berlin"))]
        assert [hour[11:] for hour in hours] == ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"]

    def test_calls_come_by_start_duplicates_too(self, store: Store) -> None:
        executions = put_days(store)
        calls = in_order(each for calls in executions for each in calls)
        assert list(store.calls(0, 2**63 - 1)) == calls
        for since, until in ((NOON, NOON + DAY), (NOON, NOON + 1), (NOON + DAY + 1, NOON + 9 * DAY), (NOON, NOON)):
            assert list(store.calls(since, until)) == [
                each for each in calls if since <= each.start_unix_nano < until
            ]  # fmt: skip

    def test_calls_of_equal_start_come_by_their_ids(self, store: Store) -> None:
        calls = [call(number, span) for number in (3, 1, 2**127, 2) for span in (2**63, 5, 2**64 - 1, 1)]
        for number in (3, 1, 2**127, 2):
            put(store, number, [each for each in calls if each.trace_id == number])
        assert list(store.calls(NOON, NOON + 1)) == in_order(calls)

    def test_calls_of_equal_start_come_by_their_ids_also_where_one_execution_began_before(self, store: Store) -> None:
        calls = [call(9, 1, NOON - HOUR), call(9, 2, NOON), call(3, 1, NOON), call(5, 1, NOON), call(5, 2, NOON + 1)]
        for number in (9, 3, 5):
            put(store, number, [each for each in calls if each.trace_id == number])
        assert list(store.calls(0, 2**63 - 1)) == in_order(calls)

    def test_calls_of_an_earlier_commit_and_of_a_later_one_are_found_by_their_time(self, store: Store) -> None:
        now = [call(1, 1, NOON), call(1, 2, NOON - DAY), call(1, 3, NOON + DAY)]
        recorded = put(store, 1, now[:1])
        for count in (2, 3):
            assert commit(store, (recorded, recorded.change(now[:count]))) == []
        for each in now:
            at = each.start_unix_nano
            assert list(store.calls(at, at + 1)) == [each]
            query = ReportQuery("user", at, at + 1, only={"agent": "planner", "team": "support"})
            assert store.report(query) == true_report(query, [now])

    def test_calls_can_be_read_while_others_write(self, store: Store) -> None:
        for number in range(1, 40):
            put(store, number, [call(number, 1, NOON + number)])
        seen: list[Call] = []
        for each in store.calls(0, 2**63 - 1):
            seen.append(each)
            if len(seen) == 10:
                put(store, 99, [call(99, 1, NOON - DAY)])
        assert seen[:10] == [call(number, 1, NOON + number) for number in range(1, 11)]
        assert {each.trace_id for each in seen} >= set(range(1, 40))
