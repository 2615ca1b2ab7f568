"""Traces that have nothing to do with AI, or not yet, are no executions in the books."""

from __future__ import annotations

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from tests.golden.scoring import price_table
from tests.property.naive_store import NaiveStore

from .spans import COST, span

AN_HOUR = 3_600 * 10**9


def framework_span(span_id: int, parent: int = 0) -> EndedSpan:
    """Return a span of an AI framework's scope that is about no call, agent or tool."""
    return span(span_id, parent, attributes={"gen_ai.operation.name": "something_new"}, scope="app", name="plan")


def recorded(*steps: EndedSpan | str) -> NaiveStore:
    store, books, now = NaiveStore(), Books(), [0]
    engine = Engine(price_table(), clock=lambda: now[0])
    engine.keep(books)
    flusher = Flusher(books, store, lambda: now[0])
    for step in steps:
        if isinstance(step, EndedSpan):
            engine.end(step)
        elif step == "an hour":
            now[0] += AN_HOUR
        flusher.flush()
    now[0] += AN_HOUR
    flusher.flush()
    assert books.stats.pending_spans == 0
    return store


def test_a_trace_without_a_call_agent_or_tool_is_no_execution() -> None:
    store = recorded(framework_span(2, 1), span(1, 0, attributes={}, name="GET /"))
    assert store.executions == {}


def test_what_came_before_the_first_call_still_ties_the_spans_together() -> None:
    store = recorded(framework_span(3, 2), span(4, 3), framework_span(2))
    (execution,) = store.executions.values()
    assert (execution.summary.cost_nano_usd, execution.summary.state) == (COST, "completed")


def test_a_root_that_is_heard_of_an_hour_before_its_call_still_completes_nothing_by_itself() -> None:
    store = recorded(framework_span(2), "an hour", span(4, 2))
    (execution,) = store.executions.values()
    assert execution.summary.cost_nano_usd == COST
    assert execution.is_settled
