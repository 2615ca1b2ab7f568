"""One call told in two traces, while spans come in and when executions settle together."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from otel_agentcost.model import names
from otel_agentcost.model.outcome import DUPLICATE

from .spans import CHAT, COST, agent, engine, span


def told_twice(**found: Any) -> list[Any]:
    """Return a framework's call inside its agent, and the SDK's stray span of the same call."""
    attributes = {**CHAT, **found}
    return [
        span(50, 0, (1, 9), attributes, trace_id=2),
        span(2, 1, (0, 10), attributes, scope="app.framework"),
        agent(),
    ]


@pytest.mark.parametrize("found", [{}, {"gen_ai.response.id": "resp_1"}])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_call_told_in_two_traces_costs_once_in_any_order(found: dict[str, Any], order: tuple[int, ...]) -> None:
    used = engine()
    spans = told_twice(**found)
    for n in order:
        used.end(spans[n])
    executions = {execution.execution_id: execution for execution in used.settle_all()}
    assert sum(execution.cost_nano_usd for execution in executions.values()) == COST
    assert executions[1].cost_nano_usd == COST
    assert [call.status for call in executions[2].calls_list] == [DUPLICATE]


def test_the_cost_stands_on_one_span_only() -> None:
    used = engine()
    given = [used.end(each) for each in told_twice()]
    assert sum(names.COST_AMOUNT in each for each in given) == 1


def test_the_agent_shows_the_call_although_a_stray_told_it_first() -> None:
    used = engine()
    given = [used.end(each) for each in told_twice()]
    assert given[2][names.SUBTREE_COST] == COST / 1e9


def test_a_stray_that_stands_alone_is_paid() -> None:
    used = engine()
    used.end(span(50, 0, (1, 9), trace_id=2))
    used.end(span(51, 0, (1, 9), trace_id=3))
    assert sum(execution.cost_nano_usd for execution in used.settle_all()) == 2 * COST


def test_what_is_matched_early_is_matched_again_with_all_that_is_known() -> None:
    """The framework's call turns out to be told by the SDK inside its own trace: the stray is another call."""
    used = engine()
    attributes = {**CHAT, "gen_ai.response.id": "resp_1"}
    spans = [
        span(2, 1, (0, 10), attributes, scope="app.framework"),
        span(50, 0, (1, 9), attributes, trace_id=2),
        span(3, 2, (1, 9), attributes),
        agent(),
    ]
    costs = set()
    for order in itertools.permutations(spans):
        used = engine()
        for each in order:
            used.end(each)
        costs.add(sum(execution.cost_nano_usd for execution in used.settle_all()))
    assert costs == {2 * COST}


def test_settling_one_execution_keeps_what_was_matched_with_another_that_is_gone() -> None:
    used = engine()
    for each in told_twice():
        used.end(each)
    first, second = used.settle(1), used.settle(2)
    assert first is not None
    assert second is not None
    assert first.cost_nano_usd + second.cost_nano_usd == COST
