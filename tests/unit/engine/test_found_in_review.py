"""Money that a reviewer found counted twice or missed; each stands here so that it stays found."""

from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.model import names
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import DUPLICATE, ESTIMATED, PRICED, Reason

from .spans import CHAT, COST, agent, engine, span

LONG_ID = "chatcmpl-0123456789abcdef0123"


def settled(*spans: EndedSpan, used: Engine | None = None) -> list[ExecutionSummary]:
    used = used or engine()
    for each in spans:
        used.end(each)
    return list(used.settle_all())


def total(*spans: EndedSpan) -> int:
    return sum(each.cost_nano_usd for each in settled(*spans))


def chat(i: int, o: int, **more: Any) -> dict[str, Any]:
    return {**CHAT, "gen_ai.usage.input_tokens": i, "gen_ai.usage.output_tokens": o, **more}


def test_an_agents_sum_whose_calls_started_traces_of_their_own_is_not_paid_beside_them() -> None:
    summed = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 300,
        "gen_ai.usage.output_tokens": 30,
    }
    strays = [span(2, 0, (1, 10), chat(100, 10), trace_id=2), span(3, 0, (20, 30), chat(200, 20), trace_id=3)]
    whole = span(1, 0, (0, 100), summed, name="invoke_agent x", scope="app.framework")
    assert total(*strays, whole) == 3 * COST
    assert total(whole, *strays) == 3 * COST


def test_a_result_that_one_instrumentation_tells_at_each_poll_is_paid_once() -> None:
    polled = {**CHAT, "gen_ai.response.id": LONG_ID}
    assert total(*(span(n, 1, (n * 10, n * 10 + 5), polled) for n in (2, 3, 4)), agent()) == COST


def test_a_constant_id_of_a_stand_in_ties_no_calls() -> None:
    answered = {**CHAT, "gen_ai.response.id": "chatcmpl-123"}
    assert total(*(span(n, 1, (n * 10, n * 10 + 5), answered) for n in (2, 3)), agent()) == 2 * COST


def test_a_gateway_in_another_trace_that_swapped_the_model_pays_for_the_one_response() -> None:
    asked = chat(1000, 100, **{"gen_ai.request.model": "gpt-4o", "gen_ai.response.id": LONG_ID})
    served = {
        **asked,
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.response.model": "claude-sonnet-4-5-20250929",
    }
    client = span(2, 1, (0, 50), asked)
    gateway = span(9, 0, (5, 45), served, trace_id=2, scope="gateway", resource={"service.name": "gateway"})
    executions = settled(client, agent(), gateway)
    calls = [call for each in executions for call in each.calls_list]
    assert [call.model for call in calls if call.status == PRICED] == ["claude-sonnet-4-5-20250929"]


def test_a_streams_own_estimate_beside_the_sdks_exact_span_is_not_paid_too() -> None:
    guessed = chat(90, 9, **{"gen_ai.request.stream": True})
    exact = span(3, 1, (1, 9), scope="app.sdk")
    assert total(exact, span(2, 1, (0, 10), guessed, scope="openlit.instrumentation.openai"), agent()) == COST


def test_a_reported_cost_wins_over_a_span_with_more_detailed_tokens() -> None:
    cached = chat(1000, 100, **{"gen_ai.usage.cache_read.input_tokens": 512, "gen_ai.response.id": LONG_ID})
    reported = {
        **chat(1000, 100),
        "gen_ai.response.id": LONG_ID,
        names.COST_AMOUNT: 0.01,
        names.COST_SOURCE: "provider",
    }
    assert total(span(3, 2, (1, 9), reported, scope="gateway"), span(2, 1, (0, 10), cached), agent()) == 10_000_000


@pytest.mark.parametrize("changed", [{names.COST_CURRENCY: "EUR"}, {names.COST_AMOUNT: 1e9}, {names.COST_AMOUNT: -1.0}])
def test_a_reported_cost_that_is_no_dollars_or_nonsense_is_not_taken(changed: dict[str, Any]) -> None:
    reported = {**CHAT, names.COST_AMOUNT: 0.5, names.COST_SOURCE: "provider", **changed}
    assert total(span(2, 0, (0, 10), reported)) == COST


def test_equal_calls_of_two_processes_at_one_time_are_two() -> None:
    one = span(2, 1, (0, 10), scope="app.framework", resource={"service.name": "a"})
    other = span(9, 0, (1, 9), trace_id=2, resource={"service.name": "b"})
    assert total(one, agent(), other) == 2 * COST


def test_a_guard_asked_inside_the_call_it_guards_is_paid_beside_it() -> None:
    guard = span(3, 2, (1, 3), chat(5, 1), scope="app.guard")
    assert total(guard, span(2, 1, (0, 50), chat(1000, 100)), agent()) == 10 * COST + 5 * 150 + 600


def test_a_tool_that_the_provider_ran_itself_proves_no_missing_call() -> None:
    searched = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "web_search"}
    (execution,) = settled(span(3, 2, (2, 4), searched, name="execute_tool web_search"), span(2, 0, (0, 10)))
    assert (execution.calls, execution.unpriced_calls) == (1, 0)


def test_a_last_call_beside_the_calls_of_an_agent_inside_is_shown_on_the_root() -> None:
    used = engine()
    last = {**CHAT, "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}
    last |= {"llm.token_count.prompt": 100, "llm.token_count.completion": 10}
    inner = span(4, 3, (2, 4), last, name="invoke_agent inner", scope="gcp.vertex.agent")
    tool = span(
        3, 2, (1, 5), {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "inner"}, name="execute_tool inner"
    )
    outer = span(2, 1, (0, 10), last, name="invoke_agent outer", scope="gcp.vertex.agent")
    root = span(1, 0, (0, 20), {"http.route": "/"}, name="POST")
    shown = [used.end(each) for each in (inner, tool, outer, root)]
    assert round(shown[-1][names.SUBTREE_COST] * 1e9) == sum(each.cost_nano_usd for each in used.settle_all())


def test_duplicates_across_traces_name_their_reason() -> None:
    executions = settled(
        span(50, 0, (1, 9), {**CHAT, "gen_ai.response.id": LONG_ID}, trace_id=2),
        span(2, 1, (0, 10), {**CHAT, "gen_ai.response.id": LONG_ID}, scope="app.framework"),
        agent(),
    )
    reasons = {call.reason for each in executions for call in each.calls_list if call.status == DUPLICATE}
    assert reasons == {Reason.SAME_CALL_IN_ANOTHER_TRACE}


@pytest.mark.parametrize("name", ["operation.cost", "llm.cost.total", "gen_ai.usage.cost", names.COST_AMOUNT])
def test_a_cost_that_the_instrumentation_states_is_an_estimate_where_the_table_knows_no_price(name: str) -> None:
    unknown = {**CHAT, "gen_ai.request.model": "acme-private-7b", name: 0.25}
    used = engine()
    given = used.end(span(2, 0, (0, 10), unknown))
    assert given[names.COST_AMOUNT] == 0.25
    assert given[names.PRICING_STATUS] == ESTIMATED
    assert given[names.PRICING_REASON] == Reason.STATED_BY_INSTRUMENTATION


@pytest.mark.parametrize("stated", [0, -1, 1e9, "free", None])
def test_a_stated_cost_of_nothing_or_nonsense_leaves_the_call_unpriced(stated: object) -> None:
    unknown = {**CHAT, "gen_ai.request.model": "acme-private-7b", "gen_ai.usage.cost": stated}
    (execution,) = settled(span(2, 0, (0, 10), unknown))
    assert (execution.unpriced_calls, execution.cost_nano_usd) == (1, 0)


def test_a_stated_cost_never_goes_before_the_table() -> None:
    assert total(span(2, 0, (0, 10), {**CHAT, "operation.cost": 0.25})) == COST


def test_a_span_told_again_under_another_parent_leaves_no_negative_total() -> None:
    """Found by the fuzzer: parents in a cycle, a replay, and the same response in another trace."""
    said = {**CHAT, "gen_ai.response.id": LONG_ID}
    used = engine()
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x"}
    given = [
        used.end(each)
        for each in (
            span(3, 2, (4, 5), tool, name="execute_tool x"),
            span(2, 3, (1, 9), said),
            span(2, 1, (1, 9), said),
            span(2, 1, (1, 9), said, trace_id=2),
            span(1, 0, (0, 10), {"a": 1}, name="root"),
        )
    ]
    assert all(each.get(names.SUBTREE_COST, 0) >= 0 for each in given)


def test_the_detail_of_a_reported_cost_is_not_the_tables() -> None:
    reported = {**CHAT, names.COST_AMOUNT: 0.5, names.COST_SOURCE: "provider"}
    given = engine(detail=True).end(span(2, 0, (0, 10), reported))
    assert given[names.COST_AMOUNT] == 0.5
    assert names.COST_INPUT not in given
    local = engine(detail=True).end(span(2, 0, (0, 10)))
    assert round((local[names.COST_INPUT] + local[names.COST_OUTPUT]) * 1e9) == COST
