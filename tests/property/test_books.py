"""However spans come in, over however many processes, the books end in the same totals."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.model.call import Call
from otel_agentcost.model.dimension import DIMENSIONS, keys_of
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.golden.scoring import price_table

from .drawn import Drawn
from .examples import examples
from .invariants import settled
from .naive_store import NaiveStore
from .trees import Forest

EXAMPLES = settings(max_examples=examples(80), deadline=None)
HOUR = 3_600 * 10**9


class Clock:
    def __init__(self) -> None:
        self.now = 10**18

    def __call__(self) -> int:
        return self.now


class Process:
    """An engine with its books on a store that it shares with others; what it tells its signals adds up."""

    def __init__(self, store: NaiveStore, clock: Clock, max_warm: int = 1000, **limits: int) -> None:
        self.engine = Engine(price_table(), EngineSettings(**limits), clock=clock)
        self.engine._live._max_warm = max_warm
        self.books = Books(self)
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, clock)
        self.told = NO_SUMS
        self.completed: list[int] = []

    def committed(self, committed: Committed) -> None:
        for call, before in zip(committed.change.calls, committed.before, strict=True):
            self.told = self.told.plus(sums_of(call))
            if before is not None:
                self.told = self.told.minus(sums_of(before))
        for call in committed.withdrawn:
            self.told = self.told.minus(sums_of(call))
        if committed.settles:
            self.completed.append(committed.change.execution_id)


def finish(processes: Sequence[Process], clock: Clock) -> None:
    """Let time pass until every execution has settled."""
    for _ in range(2):
        clock.now += HOUR
        for process in processes:
            process.flusher.flush()


def run(data: st.DataObject, spans: Sequence[EndedSpan], store: NaiveStore, processes: int) -> list[Process]:
    """Give the spans to the processes in any order, some of them twice, with commits whenever they come."""
    clock = Clock()
    few, warm = st.sampled_from((1, 2, 1000)), st.sampled_from((4, 1000))
    fleet = [Process(store, clock, data.draw(warm), max_executions=data.draw(few)) for _ in range(processes)]
    again = data.draw(st.lists(st.sampled_from(spans), max_size=5))
    for span in data.draw(st.permutations([*spans, *again])):
        process = fleet[data.draw(st.integers(0, processes - 1))]
        process.engine.end(span)
        if data.draw(st.integers(0, 3)) == 0:
            process.flusher.flush()
    finish(fleet, clock)
    return fleet


def calls_of(store: NaiveStore) -> dict[tuple[int, int], Call]:
    return {(call.trace_id, call.span_id): call for each in store.executions.values() for call in each.calls}


def essence(summary: ExecutionSummary) -> ExecutionSummary:
    """Return all that may not depend on the order of spans."""
    return summary._replace(
        calls_list=(), agents=dict(summary.agents), models=dict(summary.models), tools=dict(summary.tools),
        providers=dict(summary.providers), features=dict(summary.features),
    )  # fmt: skip


def grow(data: st.DataObject) -> Forest:
    grown = Forest(Drawn(data), alike=data.draw(st.booleans()), strays=data.draw(st.booleans()))
    for trace_id in range(1, data.draw(st.sampled_from((2, 2, 8))) + 1):
        grown.grow(trace_id)
    return grown


@EXAMPLES
@given(st.data())
def test_any_order_and_split_over_processes_ends_in_the_same_books(data: st.DataObject) -> None:
    grown = grow(data)
    store = NaiveStore()
    fleet = run(data, grown.spans, store, processes=data.draw(st.integers(1, 3)))
    truth = {summary.execution_id: summary for summary in settled(grown.spans)}
    assert {each: essence(stored.summary) for each, stored in store.executions.items()} == {
        each: essence(summary) for each, summary in truth.items()
    }
    expected = {(call.trace_id, call.span_id): call for summary in truth.values() for call in summary.calls_list}
    assert calls_of(store) == expected
    assert all(stored.is_settled for stored in store.executions.values())
    assert sorted(each for process in fleet for each in process.completed) == sorted(truth)


@EXAMPLES
@given(st.data())
def test_days_calls_executions_and_what_was_told_add_up_to_the_same(data: st.DataObject) -> None:
    grown = grow(data)
    store = NaiveStore("Europe/Berlin")
    fleet = run(data, grown.spans, store, processes=2)
    calls = calls_of(store).values()
    total = NO_SUMS
    for call in calls:
        total = total.plus(sums_of(call))
    for dimension in DIMENSIONS:
        days = NO_SUMS
        for (_, of, _), sums in store.days.items():
            days = days.plus(sums) if of == dimension else days
        assert days._replace(executions=0) == total, dimension
    told = NO_SUMS
    for process in fleet:
        told = told.plus(process.told)
    assert told == total
    assert total.cost_nano_usd == sum(stored.summary.cost_nano_usd for stored in store.executions.values())
    assert _executions_by_key(calls) == {
        place: sums.executions for place, sums in store.days.items() if sums.executions
    }


def _executions_by_key(calls: object) -> dict[tuple[int, str, str], int]:
    from otel_agentcost.ledger.calendar import Calendar

    day_of = Calendar("Europe/Berlin").day_of
    first: dict[tuple[int, str, str], int] = {}
    for call in calls:  # type: ignore[attr-defined]
        if call.status != "duplicate":
            for dimension, key in zip(DIMENSIONS, keys_of(call), strict=True):
                place = (call.trace_id, dimension, key)
                first[place] = min(first.get(place, 10**9), day_of(call.start_unix_nano))
    counted: dict[tuple[int, str, str], int] = {}
    for (_, dimension, key), day in first.items():
        counted[day, dimension, key] = counted.get((day, dimension, key), 0) + 1
    return counted


@EXAMPLES
@given(st.data())
def test_replaying_everything_twice_changes_nothing(data: st.DataObject) -> None:
    grown = grow(data)
    store, clock = NaiveStore(), Clock()
    for _ in range(2):
        process = Process(store, clock)
        for span in grown.spans:
            process.engine.end(span)
        finish([process], clock)
        if process.completed:
            executions, days = dict(store.executions), dict(store.days)
    assert store.executions == executions
    assert store.days == days
    assert process.told == Sums()
    assert process.completed == []


@EXAMPLES
@given(st.data())
def test_a_process_that_dies_leaves_nothing_wrong(data: st.DataObject) -> None:
    """It commits now and then, and dies; the next one gets everything again from somewhere before that."""
    grown = grow(data)
    store, clock = NaiveStore(), Clock()
    died_at = data.draw(st.integers(0, len(grown.spans)))
    dying = Process(store, clock)
    acknowledged = 0
    for at, span in enumerate(grown.spans[:died_at]):
        dying.engine.end(span)
        if data.draw(st.integers(0, 4)) == 0:
            dying.flusher.flush()
            acknowledged = at + 1
    heir = Process(store, clock)
    for span in grown.spans[data.draw(st.integers(0, acknowledged)) :]:
        heir.engine.end(span)
    finish([heir], clock)
    truth = {summary.execution_id: essence(summary) for summary in settled(grown.spans)}
    assert {each: essence(stored.summary) for each, stored in store.executions.items()} == truth
