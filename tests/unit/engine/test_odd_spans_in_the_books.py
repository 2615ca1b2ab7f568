"""Spans that no provider would write must neither stop the books nor spoil them. Found in review."""

from __future__ import annotations

import pytest

from otel_agentcost.engine.books import Books
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.flushing import Flusher
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.model.outcome import UNPRICED
from tests.golden.scoring import price_table
from tests.property.naive_store import NaiveStore

from .spans import CHAT, COST, agent, span


def booked(*spans: EndedSpan, max_spans: int = 1_000) -> NaiveStore:
    store, books = NaiveStore(), Books()
    engine = Engine(price_table(), EngineSettings(max_spans_per_execution=max_spans), clock=lambda: 0)
    engine.keep(books)
    for each in spans:
        engine.end(each)
    engine.retire()
    Flusher(books, store, lambda: 0).flush()
    assert books.stats.pending_spans == 0
    return store


@pytest.mark.parametrize(
    "odd",
    [
        span(2, name="chat \ud83d"),
        span(2)._replace(start_unix_nano=2**64 + 5, end_unix_nano=2**64 + 9),
        span(2)._replace(start_unix_nano=-(2**70)),
        span(2, attributes={**CHAT, "gen_ai.usage.input_tokens": 2**64}),
    ],
    ids=["half a character", "after the end of time", "before its beginning", "more tokens than there are"],
)
def test_one_odd_span_keeps_no_other_from_the_store(odd: EndedSpan) -> None:
    store = booked(odd, span(3, at=(20, 30)), agent())
    (execution,) = store.executions.values()
    assert execution.summary.calls == 2
    assert execution.summary.cost_nano_usd in (COST, 2 * COST)


@pytest.mark.parametrize("tokens", [2**62, -5, 10**12])
def test_counts_beyond_reason_are_in_no_sum(tokens: int) -> None:
    store = booked(span(2, attributes={**CHAT, "gen_ai.usage.input_tokens": tokens}), span(3, at=(20, 30)), agent())
    (execution,) = store.executions.values()
    assert (execution.summary.input_tokens, execution.summary.unpriced_calls) == (100, 1)
    assert {call.status for call in execution.calls if call.span_id == 2} == {UNPRICED}


def test_calls_beyond_the_spans_that_are_kept_are_counted_while_another_trace_is_under_way() -> None:
    many = [span(number, at=(10 * number, 10 * number + 5)) for number in range(2, 8)]
    lone = span(99, 0, (0, 1_000), {**CHAT, "gen_ai.usage.input_tokens": 7}, trace_id=9)
    later = [span(number, at=(500, 600)) for number in range(10, 15)]
    store = booked(*many, lone, *later, max_spans=6)
    assert store.executions[1].summary.calls == 11
    assert store.executions[1].summary.cost_nano_usd == 11 * COST
