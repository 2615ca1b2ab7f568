"""What happens to an execution while a flush of it is under way: each of these has once gone wrong."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.store import AnswerLostError

from .booked import Process, Store
from .spans import COST, agent, span

SUM_ONLY = {
    "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "sums", "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10,
}  # fmt: skip


def test_an_execution_that_expires_while_its_change_is_made_settles_once_and_as_a_whole() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2, 1, attributes=SUM_ONLY))
    process.engine.end(agent())
    process.while_drafting = process.expire
    process.flusher.flush()
    stored = store.executions[1]
    assert stored.is_settled
    assert stored.summary.cost_nano_usd == COST
    assert [call.reason for call in stored.calls] == ["sum_of_calls"]
    assert process.completed == [1]


def test_an_execution_that_expires_while_its_commit_is_under_way_settles() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.engine.end(agent())
    store.before_commit = process.expire
    process.flusher.flush()
    assert store.executions[1].is_settled
    assert process.completed == [1]


def test_an_execution_that_rested_in_the_store_and_is_evicted_waits_for_no_commit() -> None:
    store = Store()
    process = Process(store, max_executions=1)
    process.engine._live._max_warm = 1
    process.engine.end(span(2))
    process.flusher.flush()
    process.engine._live.pack(room=1)  # it rests
    process.engine.total(1)  # it is asked about, and so an object again
    process.engine.end(span(3, trace_id=2))  # it must leave
    process.flusher.flush()
    assert process.books.stats.pending_spans == 0
    assert store.executions[1].summary.cost_nano_usd == COST


def test_a_commit_whose_answer_was_lost_is_told_once_although_more_has_come_meanwhile() -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.lose_an_answer(store)
    process.engine.end(span(3, at=(20, 30)))
    process.flusher.flush()
    assert store.executions[1].summary.cost_nano_usd == 2 * COST
    assert process.told.cost_nano_usd == 2 * COST
    assert process.books.stats.pending_spans == 0


@pytest.mark.parametrize("lands", ["before the next look", "after the next look", "never"])
def test_a_commit_that_the_server_goes_on_with_after_the_connection_is_lost_is_told_once(lands: str) -> None:
    store = Store()
    process = Process(store)
    process.engine.end(span(2))
    process.engine.end(agent())
    process.expire()
    store.is_slow = True
    with pytest.raises(AnswerLostError):
        process.flusher.flush()
    store.before_load = store.land if lands == "before the next look" else None
    store.before_commit = store.land if lands == "after the next look" else None
    process.flusher.flush()
    assert store.executions[1].summary.cost_nano_usd == COST
    assert process.told.cost_nano_usd == 2 * COST  # with that of the other execution, which let time pass
    assert process.completed == [1]
    assert process.books.stats.pending_spans == 0
    assert process.books.stats.settled_executions == 1


def test_a_commit_whose_answer_was_lost_is_told_although_another_process_has_built_on_it() -> None:
    store = Store()
    process, other = Process(store), Process(store)
    process.engine.end(span(2))
    process.engine.end(agent())
    process.flusher.flush()
    process.expire()
    process.lose_an_answer(store)  # it has settled the execution
    other.engine.end(span(3, at=(20, 30)))
    other.flusher.flush()
    process.flusher.flush()
    assert process.completed == [1]
    assert other.completed == []
    assert process.told.plus(other.told).cost_nano_usd == store.executions[1].summary.cost_nano_usd + COST
    assert process.books.stats.settled_executions == 1


def test_what_another_process_wrote_is_not_told_again_by_one_whose_commit_failed() -> None:
    store = Store()
    process, other = Process(store), Process(store)
    for each in (process, other):
        each.engine.end(span(2))
        each.engine.end(agent())
    other.flusher.flush()
    process.lose_an_answer(store)  # it was left out: the other was first, with the same spans
    process.flusher.flush()
    assert process.told.calls == 0
    assert other.told.calls == 1


def test_an_execution_is_never_settled_with_a_call_that_another_trace_pays() -> None:
    """Else a process that dies right after its commit would leave that call paid twice for ever."""
    store = Store()
    process, other = Process(store), Process(store)
    settled: list[str] = []

    def note() -> None:
        stored = store.executions.get(2)
        if stored is not None and stored.is_settled:
            settled.extend(call.status for call in stored.calls)
        store.after_commit = note

    store.after_commit = note
    other.engine.end(span(2, at=(0, 100), scope="app.framework"))
    other.engine.end(agent())
    other.expire()
    other.flusher.flush()
    process.engine.end(span(3, 0, at=(10, 90), trace_id=2))  # the same call, by an instrumentation that lost the trace
    process.engine.retire()
    process.flusher.flush()
    assert set(settled) == {"duplicate"}
    assert process.completed == [2]
    assert process.books.stats.settled_executions == 1
