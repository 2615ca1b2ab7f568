"""Counters never fall: what is corrected downwards is netted against what comes later."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.measurements import Measurements
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.identity import Identity

from .commits import call, committed, histogram, measurements, read, total, values


def corrections(measured: Measurements) -> dict[str | bool, int]:
    return {
        dict(key)[names.CORRECTION]: value for key, value in values(read(measured), names.METRIC_CORRECTIONS).items()
    }


def test_a_cost_that_is_lowered_waits_for_later_cost() -> None:
    measured = measurements()
    cursor = Cursor(measured)
    measured.committed(committed(call(1, 100)))
    assert total(read(cursor), names.METRIC_COST) == 100
    measured.committed(committed(call(1, 60), before=[call(1, 100)]))
    assert total(read(cursor), names.METRIC_COST) == 100
    measured.committed(committed(call(2, 30)))
    assert total(read(cursor), names.METRIC_COST) == 100
    measured.committed(committed(call(3, 30)))
    assert total(read(cursor), names.METRIC_COST) == 120
    assert corrections(measured) == {"lowered": 1}


def test_what_no_reader_saw_needs_no_netting() -> None:
    measured = measurements()
    measured.committed(committed(call(1, 100)))
    measured.committed(committed(call(1, 60), before=[call(1, 100)]))
    assert total(read(measured), names.METRIC_COST) == 60


def test_a_correction_of_what_another_process_counted_is_netted_here() -> None:
    measured = measurements()
    measured.committed(committed(call(1, 60), before=[call(1, 100)]))
    assert total(read(measured), names.METRIC_COST) == 0
    measured.committed(committed(call(2, 70)))
    assert total(read(measured), names.METRIC_COST) == 30


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (call(1, 120), "raised"),
        (call(1, 80), "lowered"),
        (call(1, 100, status="estimated", reason="sum_of_calls"), "judged"),
        (call(1, 0, status="duplicate", reason="same_call"), "lowered"),
        (call(1, 100, agent="writer"), "moved"),
        (call(1, 100, identity=Identity(team="support")), "moved"),
        (call(1, 100, parent_span_id=44, price_id="other", response_id="r"), None),
    ],
)
def test_each_kind_of_correction_is_counted(after: Call, kind: str | None) -> None:
    measured = measurements()
    measured.committed(committed(call(1, 100)))
    measured.committed(committed(after, before=[call(1, 100)]))
    assert corrections(measured) == ({kind: 1} if kind else {})
    reading = read(measured)
    assert total(reading, names.METRIC_COST) == after.cost_nano_usd
    assert total(reading, names.METRIC_CALLS) == (0 if after.status == "duplicate" else 1)


def test_a_withdrawn_call_leaves_every_sum() -> None:
    measured = measurements()
    measured.committed(committed(call(1, 100), call(2, 50)))
    measured.committed(committed(withdrawn=[call(2, 50)]))
    reading = read(measured)
    assert (total(reading, names.METRIC_COST), total(reading, names.METRIC_CALLS)) == (100, 1)
    (cost,) = histogram(reading, names.METRIC_OPERATION_COST)
    assert (cost.observations, cost.sum) == (1, 100)
    assert corrections(measured) == {"withdrawn": 1}


def test_a_settled_execution_that_is_corrected_moves_to_its_new_bucket() -> None:
    measured = measurements()
    measured.committed(committed(call(1, 1_000_000), settles=True))
    late = call(2, 1_000_000_000)
    measured.committed(committed(late, all_calls=(call(1, 1_000_000), late), is_settled=True))
    reading = read(measured)
    (cost,) = histogram(reading, names.METRIC_EXECUTION_COST)
    (calls,) = histogram(reading, names.METRIC_EXECUTION_CALLS)
    assert (cost.observations, cost.sum, calls.observations, calls.sum) == (1, 1_001_000_000, 1, 2)


def test_a_settled_execution_whose_first_call_comes_late_is_observed_then() -> None:
    measured = measurements()
    measured.committed(committed(settles=True))
    measured.committed(committed(call(1, 5), is_settled=True))
    assert [point.sum for point in histogram(read(measured), names.METRIC_EXECUTION_COST)] == [5]


def test_deltas_add_up_to_what_a_cumulative_reader_is_told() -> None:
    measured = measurements()
    sums, deltas = Cursor(measured), Cursor(measured, delta_counters=True, delta_histograms=True)
    shown, added, observed, bucketed = 0, 0, 0, 0
    before: Call | None = None
    for cost in (100, 200, 50, 50, 400, 399):
        now = call(1, cost)
        measured.committed(committed(now, before=[before]))
        before = now
        reading, difference = read(sums), read(deltas)
        assert total(reading, names.METRIC_COST) >= shown
        shown, added = total(reading, names.METRIC_COST), added + total(difference, names.METRIC_COST)
        assert shown == added
        (point,) = histogram(reading, names.METRIC_OPERATION_COST)
        for each in histogram(difference, names.METRIC_OPERATION_COST):
            observed, bucketed = observed + each.sum, bucketed + each.observations
        assert point.observations == bucketed
        assert observed <= point.sum, "the sum of a delta waits until an observation comes with it"
    assert shown == 400


def test_a_delta_tells_the_extremes_of_its_own_time_only() -> None:
    measured = measurements()
    deltas = Cursor(measured, delta_histograms=True)
    measured.committed(committed(call(1, 100), call(2, 900)))
    read(deltas)
    measured.committed(committed(call(3, 300), call(4, 400)))
    reading = read(deltas)
    (point,) = histogram(reading, names.METRIC_OPERATION_COST)
    assert (point.lowest, point.highest, point.observations, point.sum) == (300, 400, 2, 700)
    assert not histogram(read(deltas), names.METRIC_OPERATION_COST)


def test_readers_of_different_intervals_take_nothing_from_each_other() -> None:
    measured = measurements()
    often, seldom = Cursor(measured, delta_histograms=True), Cursor(measured, delta_histograms=True)
    for span_id, cost in ((1, 900), (2, 300)):
        measured.committed(committed(call(span_id, cost)))
        read(often)
    (point,) = histogram(read(seldom), names.METRIC_OPERATION_COST)
    assert (point.lowest, point.highest, [each.span_id for each in point.exemplars]) == (300, 900, [1])


def test_a_closed_cursor_is_told_nothing() -> None:
    measured = measurements()
    cursor = Cursor(measured)
    cursor.close()
    cursor.close()
    assert not measured.watchers
