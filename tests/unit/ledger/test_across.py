"""One call told in two traces: a provider SDK whose span found no parent starts a trace of its own."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from otel_agentcost.ledger.across import Standing, across
from otel_agentcost.ledger.standing import Verdict, standing
from otel_agentcost.model.fact import Fact
from otel_agentcost.model.outcome import DUPLICATE, Reason
from otel_agentcost.model.usage import Usage

from .facts import FRAMEWORK, GATEWAY, SDK, call


def told(fact: Fact, *others: str) -> Standing:
    """Return a call as it stands in its trace, with the scopes of other spans that tell it there."""
    return Standing(fact, standing(fact), fact.parent_span_id == 0, frozenset({fact.scope, *others}))


def stray(trace_id: int, at: tuple[float, float] = (1, 9), **found: Any) -> Standing:
    return told(call(trace_id * 10, 0, at, trace_id=trace_id, **found))


def inside(trace_id: int, span_id: int, at: tuple[float, float] = (0, 10), **found: Any) -> Standing:
    found.setdefault("scope", FRAMEWORK)
    return told(call(span_id, 1, at, trace_id=trace_id, **found))


def gone(standings: Iterable[Standing]) -> set[tuple[int, int]]:
    return {(t.fact.trace_id, t.fact.span_id) for t in across(list(standings))}


def test_a_stray_of_the_same_counts_and_time_is_the_call_of_the_other_trace() -> None:
    (transfer,) = across([inside(1, 2), stray(2)])
    assert (transfer.fact.trace_id, transfer.payer.trace_id) == (2, 1)
    assert transfer.verdict == Verdict(DUPLICATE, Reason.SAME_CALL_IN_ANOTHER_TRACE, 0, 2)


def test_the_stray_pays_where_only_it_tells_of_cached_tokens() -> None:
    cached = Usage(100, 10, cache_read_tokens=64)
    (transfer,) = across([inside(1, 2), stray(2, usage=cached)])
    assert transfer.fact.trace_id == 1


@pytest.mark.parametrize(
    "other",
    [
        {"at": (30, 39)},
        {"usage": Usage(101, 10)},
        {"usage": Usage(100, 11)},
        {"request_model": "claude-haiku-4-5"},
        {"scope": FRAMEWORK},
    ],
)
def test_another_time_count_model_or_the_same_instrumentation_is_another_call(other: dict[str, Any]) -> None:
    assert gone([inside(1, 2), stray(2, **other)]) == set()


def test_a_response_id_ties_traces_whatever_the_time() -> None:
    assert gone([inside(1, 2, response_id="r1"), stray(2, at=(500, 600), response_id="r1")]) == {(2, 20)}


def test_two_response_ids_are_two_calls() -> None:
    assert gone([inside(1, 2, response_id="r1"), stray(2, response_id="r2")]) == set()


def test_calls_of_two_executions_that_nobody_told_twice_are_both_paid() -> None:
    assert gone([inside(1, 2), inside(2, 3, scope=SDK)]) == set()


def test_each_stray_goes_with_one_call() -> None:
    assert gone([inside(1, 2), inside(1, 3), stray(2), stray(3)]) == {(2, 20), (3, 30)}


def test_a_second_stray_of_the_same_instrumentation_is_a_call_of_its_own() -> None:
    assert len(gone([inside(1, 2), stray(2), stray(3)])) == 1


def test_strays_of_two_instrumentations_go_with_one_call() -> None:
    assert gone([inside(1, 2), stray(2), stray(3, scope=GATEWAY)]) == {(2, 20), (3, 30)}


def test_a_call_that_its_own_trace_tells_with_the_same_instrumentation_takes_no_stray() -> None:
    assert gone([told(call(2, 1, (0, 10), scope=FRAMEWORK), SDK), stray(2)]) == set()


def test_of_two_calls_the_one_whose_times_fit_best_is_taken() -> None:
    far, near = inside(1, 2, at=(0, 100)), inside(3, 4, at=(49, 61))
    (transfer,) = across([far, near, stray(2, at=(50, 60))])
    assert transfer.payer.trace_id == 3


def test_calls_of_the_same_counts_that_ended_long_before_hide_none() -> None:
    before = [inside(100 + n, 100 + n, (n * 1000, n * 1000 + 10)) for n in range(300)]
    assert gone([*before, inside(1, 2, (400_000, 400_010)), stray(2, (400_001, 400_009))]) == {(2, 20)}


def test_an_instrumentation_that_repeats_a_response_id_in_other_traces_tells_of_other_calls() -> None:
    assert len(gone([inside(1, 2, response_id="r1"), stray(2, response_id="r1"), stray(3, response_id="r1")])) == 1
    twice = told(call(2, 1, (0, 10), scope=FRAMEWORK, response_id="r1"), SDK)
    assert gone([twice, stray(2, response_id="r1")]) == set()


@pytest.mark.parametrize("seed", range(10))
def test_the_order_in_which_calls_are_given_does_not_matter(seed: int) -> None:
    calls = [inside(1, n, at=(n, n + 12)) for n in range(2, 8)] + [stray(n, at=(n + 1, n + 11)) for n in range(2, 8)]
    shuffled = calls[:]
    random.Random(seed).shuffle(shuffled)
    assert gone(shuffled) == gone(calls)
    assert len(gone(calls)) == 6
