"""What commits add up to."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.measurements.cursor import Cursor
from otel_agentcost.engine.measurements.health import Health
from otel_agentcost.model import names
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.usage import Usage

from .commits import NOON, SECOND, Clock, call, committed, histogram, measurements, read, total, values

WHO = Identity(user="u-17", team="support", feature="triage", environment="production", session="s")


def test_a_call_is_counted_under_all_that_it_is_known_by() -> None:
    measured = measurements()
    measured.committed(committed(call(tool="search", identity=WHO)))
    assert values(read(measured), names.METRIC_COST) == {
        (
            (names.FEATURE, "triage"),
            (names.TEAM, "support"),
            (names.ENVIRONMENT, "production"),
            (names.AGENT, "planner"),
            (names.PROVIDER, "openai"),
            (names.RESPONSE_MODEL, "gpt-5-2026"),
            (names.TOOL, "search"),
        ): 1_000_000
    }


def test_users_are_labels_only_where_that_is_asked_for() -> None:
    for asked in (False, True):
        measured = measurements(user_label=asked)
        measured.committed(committed(call(identity=WHO), settles=True, user="u-17"))
        reading = read(measured)
        labels = [dict(labels) for labels in values(reading, names.METRIC_COST)]
        assert [each.get(names.USER) for each in labels] == ["u-17" if asked else None]
        execution = histogram(reading, names.METRIC_EXECUTION_COST)[0]
        assert execution.attributes.get(names.USER) == ("u-17" if asked else None)


def test_tokens_are_told_by_type_and_their_parts_apart() -> None:
    measured = measurements()
    measured.committed(committed(call(usage=Usage(100, 20, 40, 5, 3, 8)), call(2, usage=Usage(1, 2))))
    reading = read(measured)
    by_type = {dict(labels)[names.TOKEN_TYPE]: value for labels, value in values(reading, names.METRIC_TOKENS).items()}
    assert by_type == {"input": 101, "output": 22}
    assert total(reading, names.METRIC_TOKENS_CACHE_READ) == 40
    assert total(reading, names.METRIC_TOKENS_CACHE_WRITE) == 8
    assert total(reading, names.METRIC_TOKENS_REASONING) == 8


def test_every_outcome_is_counted_where_it_belongs() -> None:
    measured = measurements()
    measured.committed(
        committed(
            call(1, 5),
            call(2, 7, status="estimated", reason="sum_of_calls"),
            call(3, 0, status="unpriced", reason="unknown_model"),
            call(4, 0, status="unpriced", reason="call_failed"),
            call(5, 0, status="duplicate", reason="same_call"),
            call(6, 0, status="free"),
            call(7, 10, kind="tool", tool="search", operation="execute_tool"),
        )
    )
    reading = read(measured)
    assert total(reading, names.METRIC_CALLS) == 5
    assert total(reading, names.METRIC_COST) == 22
    assert total(reading, names.METRIC_ERRORS) == 1
    by_reason = {
        name: {dict(labels)[names.PRICING_REASON]: value for labels, value in values(reading, name).items()}
        for name in (names.METRIC_CALLS_UNPRICED, names.METRIC_CALLS_ESTIMATED, names.METRIC_DUPLICATES)
    }
    assert by_reason == {
        names.METRIC_CALLS_UNPRICED: {"unknown_model": 1, "call_failed": 1},
        names.METRIC_CALLS_ESTIMATED: {"sum_of_calls": 1},
        names.METRIC_DUPLICATES: {"same_call": 1},
    }
    costs = histogram(reading, names.METRIC_OPERATION_COST)
    assert (sum(point.observations for point in costs), sum(point.sum for point in costs)) == (3, 12)


def test_the_cost_of_an_operation_follows_the_convention_and_links_to_its_dearest_spans() -> None:
    measured = measurements()
    cursor = Cursor(measured)
    measured.committed(committed(call(1, 100_000), call(2, 100_001), call(3, 200_000), call(4, 50_000_000)))
    (point,) = histogram(read(cursor), names.METRIC_OPERATION_COST)
    assert point.attributes == {
        names.PROVIDER: "openai",
        names.REQUEST_MODEL: "gpt-5",
        names.RESPONSE_MODEL: "gpt-5-2026",
        names.OPERATION: "chat",
        names.COST_CURRENCY: "USD",
        names.COST_SOURCE: "local",
    }
    assert (point.observations, point.sum, point.lowest, point.highest) == (4, 50_400_001, 100_000, 50_000_000)
    assert point.bucket_counts[:7] == (1, 2, 0, 0, 0, 0, 1)
    assert [(each.value, each.trace_id, each.span_id) for each in point.exemplars] == [
        (50_000_000, 0xABC, 4),
        (200_000, 0xABC, 3),
        (100_000, 0xABC, 1),
    ]
    assert not histogram(read(cursor), names.METRIC_OPERATION_COST)[0].exemplars, "each is told once"


def test_an_execution_is_observed_when_it_settles_and_linked_to_its_root() -> None:
    measured = measurements()
    cursor = Cursor(measured)
    first, second = call(1, 3_000_000), call(2, 4_000_000)
    measured.committed(committed(first))
    assert not histogram(read(cursor), names.METRIC_EXECUTION_COST)
    measured.committed(committed(second, all_calls=(first, second), settles=True, team="support", root_span_id=77))
    reading = read(cursor)
    (cost,) = histogram(reading, names.METRIC_EXECUTION_COST)
    (calls,) = histogram(reading, names.METRIC_EXECUTION_CALLS)
    assert cost.attributes == {names.STATE: "completed", names.TEAM: "support"}
    assert (cost.sum, calls.sum, calls.bucket_counts[1]) == (7_000_000, 2, 1)
    assert [(each.value, each.trace_id, each.span_id) for each in cost.exemplars] == [(7_000_000, 0xABC, 77)]


def test_an_execution_whose_root_is_unknown_is_linked_to_its_dearest_call() -> None:
    measured = measurements()
    cursor = Cursor(measured)
    measured.committed(committed(call(1, 5), call(2, 9), call(3, 7), settles=True))
    assert histogram(read(cursor), names.METRIC_EXECUTION_COST)[0].exemplars[0].span_id == 2


def test_an_execution_without_a_call_is_not_observed() -> None:
    measured = measurements()
    measured.committed(committed(settles=True))
    assert not histogram(read(measured), names.METRIC_EXECUTION_COST)


def test_the_spend_rate_is_that_of_the_last_five_minutes_by_the_calls_own_time() -> None:
    clock = Clock()
    measured = measurements(clock)
    rate = names.METRIC_SPEND_RATE
    measured.committed(committed(call(1, 50_000_000)))
    measured.committed(committed(call(2, 900_000_000, end_unix_nano=NOON - 3600 * SECOND)))
    assert total(read(measured), rate) == 50_000_000 * 12
    clock.pass_seconds(200)
    measured.committed(committed(call(3, 10_000_000, end_unix_nano=clock.now + 3600 * SECOND)))
    assert total(read(measured), rate) == 60_000_000 * 12
    clock.pass_seconds(150)
    assert total(read(measured), rate) == 10_000_000 * 12
    clock.pass_seconds(300)
    assert total(read(measured), rate) == 0


def test_what_others_say_of_themselves_is_read_when_it_is_asked_for() -> None:
    measured = measurements()
    retries = [3]

    def broken() -> int:
        raise RuntimeError("gone")

    measured.health = Health(store_retries=lambda: retries[0], store_pending=lambda: 2, spans_late=broken)
    cursor, deltas = Cursor(measured), Cursor(measured, delta_counters=True)
    assert total(read(cursor), names.METRIC_STORE_RETRIES) == 3
    assert total(read(deltas), names.METRIC_STORE_RETRIES) == 3
    retries[0] = 1  # it began again
    assert total(read(cursor), names.METRIC_STORE_RETRIES) == 3
    retries[0] = 5
    reading = read(deltas)
    assert total(reading, names.METRIC_STORE_RETRIES) == 2
    assert total(reading, names.METRIC_STORE_PENDING) == 2
    assert names.METRIC_SPANS_LATE not in [metric.instrument.name for metric in reading.metrics]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_label_sets_beyond_the_limit_share_one_series_and_no_cost_is_lost(limit: int) -> None:
    measured = measurements(max_label_sets=limit)
    for number in range(5):
        measured.committed(committed(call(number, 1 + number, agent=f"agent {number}"), settles=True))
    reading = read(measured)
    costs = values(reading, names.METRIC_COST)
    assert len(costs) == limit
    assert sum(costs.values()) == 1 + 2 + 3 + 4 + 5
    assert costs[(names.OVERFLOW, True),] == sum(range(limit, 6))
    turned_away = {
        dict(labels)[names.METRIC]: value for labels, value in values(reading, names.METRIC_LABELS_OVERFLOW).items()
    }
    assert turned_away[names.METRIC_COST] == 6 - limit


def test_a_fork_starts_from_nothing() -> None:
    clock = Clock()
    measured = measurements(clock)
    cursor = Cursor(measured)
    measured.committed(committed(call()))
    assert total(read(cursor), names.METRIC_COST)
    clock.pass_seconds(10)
    measured.lock.acquire()  # as a thread of the parent may have done at the fork
    measured.start_anew()
    measured.committed(committed(call(2, 7)))
    reading = read(cursor)
    assert (total(reading, names.METRIC_COST), reading.start_unix_nano) == (7, clock.now)
    assert histogram(reading, names.METRIC_OPERATION_COST)[0].exemplars[0].span_id == 2
