"""Spans in, attributes out, executions settled once."""

from __future__ import annotations

import threading

import pytest

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.model import names
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import DUPLICATE, Reason
from tests.golden.scoring import price_table

from .spans import CHAT, COST, agent, engine, span


def test_a_call_is_given_its_cost_by_the_draft_convention() -> None:
    given = engine().end(span(2))
    assert given == {names.COST_AMOUNT: COST / 1e9, names.COST_CURRENCY: "USD", names.COST_SOURCE: "local"}
    assert [type(given[name]) for name in (names.COST_AMOUNT, names.COST_CURRENCY, names.COST_SOURCE)] == [
        float,
        str,
        str,
    ]


def test_a_call_without_a_price_is_told_why_and_given_no_cost() -> None:
    given = engine().end(span(2, attributes={**CHAT, "gen_ai.request.model": "acme-private-7b"}))
    assert given == {names.PRICING_STATUS: "unpriced", names.PRICING_REASON: Reason.UNKNOWN_MODEL}


def test_an_estimate_says_that_it_is_one() -> None:
    attributes = {**CHAT, "gen_ai.usage.input_tokens": 1500}
    given = engine().end(span(2, attributes=attributes, scope="opentelemetry.instrumentation.openai_v2"))
    assert given[names.PRICING_STATUS] == "estimated"
    assert given[names.PRICING_REASON] == Reason.CACHE_TOKENS_NOT_REPORTED
    assert given[names.COST_AMOUNT] > 0  # type: ignore[operator]


def test_older_names_and_details_are_written_where_asked_for() -> None:
    given = engine(detail=True, legacy_names=True).end(span(2))
    assert given[names.LEGACY_OPERATION_COST] == given[names.LEGACY_LLM_COST_TOTAL] == COST / 1e9
    assert given[names.COST_INPUT] == 100 * 150 / 1e9
    assert given[names.COST_OUTPUT] == 10 * 600 / 1e9
    assert str(given[names.PRICE_ID])


def test_a_cost_that_the_provider_reported_is_taken_and_named_as_such() -> None:
    reported = {names.COST_AMOUNT: 0.25, names.COST_SOURCE: "provider"}
    given = engine().end(span(2, attributes={**CHAT, **reported}))
    assert given[names.COST_AMOUNT] == 0.25
    assert given[names.COST_SOURCE] == "provider"


@pytest.mark.parametrize("operation", ["invoke_agent", "execute_tool", "invoke_workflow"])
def test_agents_tools_and_workflows_show_what_lies_below_them(operation: str) -> None:
    used = engine()
    used.end(span(3, 2))
    given = used.end(span(2, 1, (0, 20), {"gen_ai.operation.name": operation}, name="x"))
    assert given[names.SUBTREE_COST] == COST / 1e9
    assert given[names.SUBTREE_CALLS] == 1


def test_a_local_root_shows_the_total_whatever_it_is() -> None:
    used = engine()
    used.end(span(3, 2))
    assert used.end(span(2, 1, (0, 20), {}, name="GET /")) == {}
    given = used.end(span(1, 0, (0, 30), {"http.method": "GET"}, name="GET /"))
    assert given == {names.SUBTREE_COST: COST / 1e9, names.SUBTREE_CALLS: 1}


def test_unpriced_calls_stand_beside_the_total() -> None:
    used = engine()
    used.end(span(2, attributes={"gen_ai.operation.name": "chat"}))
    used.end(span(3, at=(20, 30)))
    given = used.end(agent())
    assert given[names.SUBTREE_UNPRICED_CALLS] == 1
    assert given[names.SUBTREE_CALLS] == 2


def test_a_span_that_has_nothing_to_do_with_ai_is_given_nothing() -> None:
    assert engine().end(span(2, attributes={"db.system": "postgresql"}, name="SELECT")) == {}


def test_a_settled_execution_has_its_totals_its_people_and_its_calls() -> None:
    used = engine()
    used.end(span(2, attributes={**CHAT, "user.id": "u"}))
    used.end(span(3, 2, (1, 9), scope="app.other"))
    used.end(agent(baggage={"agentcost.team": "support"}))
    execution = used.settle(1)
    assert execution is not None
    assert (execution.cost_nano_usd, execution.calls, execution.duplicates) == (COST, 1, 1)
    assert execution.agents == {"planner": COST}
    assert execution.models == {"gpt-4o-mini": COST}
    assert (execution.user, execution.team) == ("u", "support")
    assert (execution.root_name, execution.complete) == ("invoke_agent planner", True)
    assert [call.identity.team for call in execution.calls_list] == ["support", "support"]


def test_an_execution_settles_once() -> None:
    seen: list[ExecutionSummary] = []
    used = Engine(price_table(), EngineSettings(), sink=seen.append)
    used.end(span(2))
    assert used.settle(1) is not None
    assert used.settle(1) is None
    assert list(used.settle_all()) == []
    assert len(seen) == 1


def test_a_trace_without_ai_is_no_execution() -> None:
    used = engine()
    used.end(span(1, 0, attributes={"http.method": "GET"}, name="GET /"))
    assert list(used.settle_all()) == []


def test_the_execution_that_was_quiet_the_longest_gives_way_and_is_counted() -> None:
    seen: list[ExecutionSummary] = []
    used = Engine(price_table(), EngineSettings(max_executions=2), sink=seen.append)
    for trace_id in (1, 2, 1, 3):
        used.end(span(10 * trace_id + len(seen), trace_id=trace_id))
    assert [execution.execution_id for execution in seen] == [2]
    assert used.stats().evicted_executions == 1


def test_an_idle_execution_settles_by_itself_sooner_where_its_root_has_ended() -> None:
    seen: list[int] = []
    now = [0]
    used = Engine(
        price_table(),
        EngineSettings(idle_seconds=300),
        sink=lambda execution: seen.append(execution.execution_id),
        clock=lambda: now[0] * 10**9,
    )
    used.end(span(1, 0, trace_id=1))
    now[0] = 60
    used.end(span(2, 1, trace_id=2))
    assert seen == [1]
    now[0] = 200
    used.end(span(3, 1, trace_id=3))
    assert seen == [1]
    now[0] = 500
    used.end(span(4, 1, trace_id=4))
    assert seen == [1, 2, 3]


def test_a_table_may_be_swapped_at_any_time() -> None:
    used = engine()
    table = used.prices
    used.prices = table
    assert used.end(span(2))[names.COST_AMOUNT] == COST / 1e9


def test_statistics_count_spans_calls_and_corrections() -> None:
    used = engine()
    better = {**CHAT, "gen_ai.usage.cache_read.input_tokens": 64}
    used.end(span(3, 2, (1, 9)))
    used.end(span(2, 1, (0, 10), better, scope="app.framework"))
    used.end(span(9, 1, attributes={}, name="GET"))
    stats = used.stats()
    assert (stats.spans, stats.ai_spans, stats.corrections) == (3, 2, 1)
    assert sum(stats.calls_by_status.values()) == 2


def test_a_later_span_with_better_numbers_does_not_put_the_cost_on_two_spans() -> None:
    used = engine()
    better = {**CHAT, "gen_ai.usage.cache_read.input_tokens": 64}
    assert names.COST_AMOUNT in used.end(span(3, 2, (1, 9)))
    later = used.end(span(2, 1, (0, 10), better, scope="app.framework"))
    assert names.COST_AMOUNT not in later
    assert later[names.PRICING_STATUS] == DUPLICATE
    execution = used.settle(1)
    assert execution is not None
    assert execution.calls_list[0].usage.cache_read_tokens == 64


def test_eight_threads_lose_no_call_and_mix_nothing_up() -> None:
    used = engine()

    def run(thread: int) -> None:
        for n in range(100):
            trace_id = 1000 * thread + n
            used.end(span(2, trace_id=trace_id))
            used.end(agent(trace_id=trace_id))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    executions = list(used.settle_all())
    assert len(executions) == 800
    assert {execution.cost_nano_usd for execution in executions} == {COST}
