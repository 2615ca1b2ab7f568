"""What one execution meets must not harm another, nor what waits be forgotten: each of these has once gone wrong."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.store import StoreUnavailableError

from .booked import HOUR, Process, Store
from .spans import COST, agent, span


def test_an_execution_that_cannot_be_drafted_keeps_no_other_from_the_store() -> None:
    store = Store()
    process = Process(store)

    def fail() -> None:
        raise ArithmeticError

    process.engine.end(span(2))
    process.engine.end(span(3, trace_id=2))
    process.while_drafting = fail
    with pytest.raises(ArithmeticError):
        process.flusher.flush()
    assert len(store.executions) == 1
    assert process.books.stats.pending_spans == 1
    process.flusher.flush()
    assert len(store.executions) == 2
    assert process.books.stats.pending_spans == 0


def test_a_segment_that_cannot_be_read_keeps_no_other_execution_from_the_store() -> None:
    store = Store()
    process, other = Process(store), Process(store)
    other.engine.end(span(2))
    other.engine.end(span(3, trace_id=2))
    other.flusher.flush()
    store.executions[1] = store.executions[1]._replace(segments=(b"torn",))
    for trace_id in (1, 2, 3):
        process.engine.end(span(4, trace_id=trace_id, at=(20, 30)))
    with pytest.raises(UnreadableSegmentError):
        process.flusher.flush()
    assert [store.executions[each].summary.cost_nano_usd for each in (1, 2, 3)] == [COST, 2 * COST, COST]


def test_executions_that_rested_settle_later_where_the_store_was_away_when_their_time_was_over() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.flusher.flush()
    process.engine._live.pack(room=10_000)
    process.now += HOUR
    store.before_load = _be_away
    with pytest.raises(StoreUnavailableError):
        process.flusher.flush()
    process.flusher.flush()
    assert process.completed == [1]


def test_spans_that_must_be_stored_again_wait_once() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.flusher.flush()
    store.executions.clear()  # somebody has deleted the file
    process.engine.end(span(3, at=(20, 30)))
    process.flusher.flush()
    assert store.executions[1].summary.cost_nano_usd == 2 * COST
    assert process.books.stats.pending_spans == 0


def test_a_flush_ends_although_spans_keep_coming_and_all_that_came_before_it_is_durable() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    ended = [2]

    def end_another() -> None:
        ended.append(len(ended) + 2)
        process.engine.end(span(ended[-1], at=(20, 30)))
        store.after_commit = end_another

    store.after_commit = end_another
    process.flusher.flush()
    assert len(ended) < 5
    assert store.executions[1].summary.cost_nano_usd >= COST


def _be_away() -> None:
    raise StoreUnavailableError


def test_links_wait_for_the_process_that_knows_their_trace_where_the_store_was_away_for_long() -> None:
    store = Store()
    process, other = Process(store), Process(store)
    process.engine.end(span(3, 1, attributes={}, scope="http", name="POST"))  # between the agent and the call
    other.engine.end(span(2, 3))
    other.engine.end(agent())
    process.now += HOUR  # the store was away, for both; this one is back first
    other.now += HOUR
    process.flusher.flush()
    other.flusher.flush()
    process.now += 20 * 10**9
    process.flusher.flush()
    assert [call.agent for call in store.executions[1].calls] == ["planner"]


def test_links_of_traces_that_nobody_knows_are_forgotten() -> None:
    process = Process(Store())
    process.engine.end(span(3, 1, attributes={}, scope="http", name="POST"))
    for _ in range(10):
        process.now += 60 * 10**9
        process.flusher.flush()
    assert list(process.books.strangers.ids()) == []


def test_a_link_that_wakes_an_execution_is_stored_although_the_execution_is_evicted_next() -> None:
    store = Store()
    process = Process(store, max_executions=1)
    process.engine.end(agent())
    process.engine.end(span(2, 3))
    process.flusher.flush()
    assert [call.agent for call in store.executions[1].calls] == [None]
    process.engine._live._max_warm = 1
    process.engine._live.pack(room=1)
    process.engine.end(span(3, 1, attributes={}, scope="http", name="POST"))
    process.engine.end(span(3, trace_id=2))
    process.flusher.flush()
    assert [call.agent for call in store.executions[1].calls] == ["planner"]


def test_an_execution_that_is_only_asked_about_rests_again() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.flusher.flush()
    process.engine._live._max_warm = 0
    process.engine._live.pack()
    assert process.engine.total(1).cost_nano_usd == COST
    process.engine._live.pack()
    assert process.engine._live.warm(1) is None


def test_what_was_live_before_its_books_were_kept_enters_them_without_another_span() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    late = Books()
    process.engine.keep(late)
    Flusher(late, store, lambda: process.now).flush()
    assert store.executions[1].summary.cost_nano_usd == COST


def test_links_that_wait_for_another_process_are_told_at_the_end() -> None:
    store = Store()
    process, other = Process(store), Process(store)
    process.flusher.flush()
    process.engine.end(span(3, 1, attributes={}, scope="http", name="POST"))
    other.engine.end(span(2, 3))
    other.engine.end(agent())
    other.flusher.flush()
    process.engine.retire()
    process.flusher.flush()
    assert [call.agent for call in store.executions[1].calls] == ["planner"]


def test_a_forked_child_leaves_to_its_parent_what_is_the_parents_alone() -> None:
    store = Store()
    process = Process(store, max_executions=1000)
    for trace_id in (1, 2):
        process.engine.end(span(2, trace_id=trace_id))
        process.engine.end(agent(trace_id=trace_id))
    process.books.forget()  # as in the child
    process.engine.end(span(3, trace_id=2, at=(20, 30)))
    process.engine.retire()
    process.flusher.flush()
    assert [(each, stored.summary.calls) for each, stored in store.executions.items()] == [(2, 2)]


def test_nobody_waits_for_many_executions_to_rest_or_to_leave() -> None:
    store = Store()
    process = Process(store)
    for trace_id in range(1, 201):
        process.engine.end(span(2, trace_id=trace_id))
    process.flusher.flush()
    live = process.engine._live
    live._max_warm = 1
    process.engine.end(span(2, trace_id=201))
    assert len(live._by_trace) > 190
    process.now += HOUR
    process.engine.end(span(2, trace_id=202))
    assert len(live) > 150
    process.flusher.flush()
    assert len(live) < 10
    assert len(process.completed) > 190


def test_executions_that_rest_at_the_end_settle_from_the_store_and_wait_for_nothing() -> None:
    store = Store()
    process = Process(store)
    for trace_id in (1, 2):
        process.engine.end(span(2, trace_id=trace_id))
    process.engine.end(agent())
    process.flusher.flush()
    process.engine._live._max_warm = 0
    process.engine._live.pack()
    process.engine.retire()
    assert process.books.stats.pending_spans == 0
    process.flusher.flush()
    assert process.completed == [1]
    assert not store.executions[2].is_settled
