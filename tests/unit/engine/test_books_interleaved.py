"""What happens to an execution while a flush of it is under way: each of these has once gone wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pytest

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.packing import UnreadableSegmentError
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.engine.signals import Committed
from otel_agentcost.engine.store import AnswerLostError, StoreUnavailableError
from otel_agentcost.ledger.tree import Tree
from otel_agentcost.model.books import Change, Stored
from otel_agentcost.model.call import Call
from otel_agentcost.model.identity import Identity
from otel_agentcost.model.sums import NO_SUMS, Sums, sums_of
from tests.golden.scoring import price_table
from tests.property.naive_store import NaiveStore

from .spans import COST, EPOCH, agent, span

HOUR = 3_600 * 10**9


class Store(NaiveStore):
    """Does what else a test wants done before or after a commit, once each."""

    def __init__(self) -> None:
        super().__init__()
        self.before_commit: Callable[[], object] | None = None
        self.after_commit: Callable[[], object] | None = None
        self.before_load: Callable[[], object] | None = None

    def commit(self, changes: Sequence[Change]) -> Collection[int]:
        before, self.before_commit = self.before_commit, None
        if before is not None:
            before()
        left_out = super().commit(changes)
        after, self.after_commit = self.after_commit, None
        if after is not None:
            after()
        return left_out

    def load(self, execution_ids: Collection[int]) -> Mapping[int, Stored]:
        before, self.before_load = self.before_load, None
        if before is not None:
            before()
        return super().load(execution_ids)

    def open_executions(self, seen_before_unix_nano: int, limit: int) -> list[int]:
        """Return none: what one flush misses, a later one must not put right here."""
        return []


class Process:
    """An engine with books on a store."""

    def __init__(self, store: Store, **settings: int) -> None:
        self.now = EPOCH
        self.engine = Engine(price_table(), EngineSettings(**settings), clock=lambda: self.now)
        self.while_drafting: Callable[[], object] | None = None
        self.books = Books(self, self._tool_charges)
        self.engine.keep(self.books)
        self.flusher = Flusher(self.books, store, lambda: self.now)
        self.told: Sums = NO_SUMS
        self.completed: list[int] = []

    def committed(self, committed: Committed) -> None:
        for call, before in zip(committed.change.calls, committed.before, strict=True):
            self.told = self.told.plus(sums_of(call)).minus(NO_SUMS if before is None else sums_of(before))
        for call in committed.withdrawn:
            self.told = self.told.minus(sums_of(call))
        if committed.settles:
            self.completed.append(committed.change.execution_id)

    def expire(self) -> None:
        """Let time pass, so that what is live leaves when the next execution opens."""
        self.now += HOUR
        self.engine.end(span(99, 98, trace_id=99))

    def lose_an_answer(self, store: Store) -> None:
        """Flush; the commit is written, but nobody learns that."""

        def lose() -> None:
            raise AnswerLostError

        store.after_commit = lose
        with pytest.raises(AnswerLostError):
            self.flusher.flush()

    def _tool_charges(self, tree: Tree, who: Identity) -> list[Call]:
        meanwhile, self.while_drafting = self.while_drafting, None
        if meanwhile is not None:
            meanwhile()
        return []


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
