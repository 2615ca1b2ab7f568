"""A call told in two traces is paid once, also where no process ever had both, or had them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model.books import Stored
from otel_agentcost.model.outcome import DUPLICATE, PRICED, Reason
from otel_agentcost.model.query import ExecutionQuery, ReportQuery
from otel_agentcost.stores.memory import MemoryStore
from otel_agentcost.stores.open import Store, open_store
from tests.golden.scoring import price_table
from tests.unit.engine.spans import CHAT, COST, EPOCH, agent, span

DAY = 86_400 * 10**9
STRAY = {**CHAT, "gen_ai.request.model": "gpt-4o-mini-2024-07-18"}


@pytest.fixture(params=["memory", "sqlite"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Return what makes an empty store of each kind."""
    if request.param == "memory":
        return MemoryStore
    names = iter(range(100))
    return lambda: open_store(f"sqlite:///{tmp_path}/{next(names)}.db")


def record(store: Store, *spans: EndedSpan) -> None:
    """Let a process of its own record spans, and end."""
    books = Books()
    engine = Engine(price_table(), clock=lambda: EPOCH)
    engine.keep(books)
    for each in spans:
        engine.end(each)
    engine.retire()
    Flusher(books, store, lambda: EPOCH).flush()


def traced(trace_id: int) -> list[EndedSpan]:
    call = span(10 * trace_id + 2, 10 * trace_id + 1, (10, 90), trace_id=trace_id, scope="app.framework")
    return [call, agent(10 * trace_id + 1, trace_id=trace_id)]


def stray(trace_id: int, at: tuple[float, float] = (20, 80)) -> EndedSpan:
    return span(10 * trace_id + 3, 0, at, STRAY, trace_id=trace_id)


def cost(store: Store) -> int:
    total = store.executions_total(ExecutionQuery(limit=None)).cost_nano_usd
    assert [row.sums.cost_nano_usd for row in store.report(ReportQuery("total", 0, 2**62))] == [total]
    return total


def test_two_processes_tell_one_call_in_two_traces(make: Callable[[], Store]) -> None:
    for first, second in (([stray(2)], traced(1)), (traced(1), [stray(2)])):
        store = make()
        record(store, *first)
        record(store, *second)
        assert cost(store) == COST
        calls = [call for stored in store.load([1, 2]).values() for call in stored.calls]
        assert sorted((call.status, call.reason) for call in calls if call.status == DUPLICATE) == [
            (DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE)
        ]
        store.close()


def test_two_strays_of_one_instrumentation_are_two_calls(make: Callable[[], Store]) -> None:
    store = make()
    for trace_id in (2, 3):
        record(store, stray(trace_id))
    assert cost(store) == 2 * COST
    record(store, *traced(1))
    assert cost(store) == 2 * COST
    store.close()


def test_another_time_is_another_call(make: Callable[[], Store]) -> None:
    store = make()
    record(store, stray(2, at=(1_000, 1_080)))
    record(store, *traced(1))
    assert cost(store) == 2 * COST
    calls = [call for stored in store.load([1, 2]).values() for call in stored.calls]
    assert {call.status for call in calls} == {PRICED}
    store.close()


def test_ties_are_kept_for_a_day(make: Callable[[], Store]) -> None:
    for late, expected in ((DAY // 2, COST), (2 * DAY, 2 * COST)):
        store = make()
        record(store, stray(2))
        store.trim(EPOCH + late)
        record(store, *traced(1))
        assert cost(store) == expected
        store.close()


def test_calls_that_are_all_alike_meet_nobody_where_none_is_a_stray(make: Callable[[], Store]) -> None:
    """Else an application whose calls all have the same counts would have each held against all of the others."""
    store = make()
    record(store, *(each for trace_id in range(1, 50) for each in traced(trace_id)))
    loads: list[int] = []
    original = store.load

    def load(execution_ids: Collection[int]) -> Mapping[int, Stored]:
        loads.extend(execution_ids)
        return original(execution_ids)

    store.load = load  # type: ignore[method-assign]
    record(store, *traced(99))
    assert loads == []
    record(store, stray(98))
    assert 98 in loads
    store.close()


def test_one_process_is_told_of_a_call_again_after_it_has_let_go_of_the_first_trace(make: Callable[[], Store]) -> None:
    for first, second in (([stray(2)], traced(1)), (traced(1), [stray(2)])):
        store, books, now = make(), Books(), [EPOCH]
        engine = Engine(price_table(), clock=lambda: now[0])  # noqa: B023 - used within the round only
        engine.keep(books)
        flusher = Flusher(books, store, lambda: now[0])  # noqa: B023
        for spans in (first, second, []):
            for each in spans:
                engine.end(each)
            flusher.flush()
            now[0] += 60 * 10**9
            flusher.flush()
        assert books.stats.settled_executions == 2
        assert cost(store) == COST
        store.close()
