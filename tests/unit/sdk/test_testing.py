"""otel_agentcost.testing: what a user's test sees of costs."""

from __future__ import annotations

import threading

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider

from otel_agentcost.config.model import Config
from otel_agentcost.model import names
from otel_agentcost.model.money import to_usd
from otel_agentcost.testing import CapturedCosts, capture_costs

from .support import chat, chat_cost_nano_usd


@pytest.fixture
def provider() -> TracerProvider:
    return TracerProvider(shutdown_on_exit=False)


def run_agent(provider: TracerProvider, calls: int = 2, **attributes: str) -> None:
    tracer = provider.get_tracer("test")
    token = context.attach(baggage.set_baggage(names.USER, "u-17"))
    with tracer.start_as_current_span("agent"):
        for _ in range(calls):
            tracer.start_span("call", attributes=chat(**attributes)).end()
    context.detach(token)


def test_a_capture_tells_calls_total_and_executions(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider)
        assert len(costs.calls) == 2, "may be read while it runs"
        run_agent(provider, 1)
    assert len(costs.calls) == 3
    assert costs.total_nano_usd == 3 * chat_cost_nano_usd()
    assert costs.total_usd == to_usd(costs.total_nano_usd)
    assert [run.calls for run in costs.executions] == [2, 1]
    assert {call.identity.user for call in costs.calls} == {"u-17"}
    costs.assert_cost_below(usd=0.01)


def test_what_ends_outside_the_block_is_not_captured(provider: TracerProvider) -> None:
    run_agent(provider)
    with capture_costs(provider, config=Config()) as costs:
        pass
    run_agent(provider)
    assert costs.calls == []
    assert costs.total_usd == 0
    costs.assert_cost_below(usd=0.01)


def test_captures_may_nest_and_leave_one_processor_behind(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as outer:
        run_agent(provider)
        with capture_costs(provider, config=Config()) as inner:
            run_agent(provider)
    assert (len(outer.calls), len(inner.calls)) == (4, 2)
    assert len(provider._active_span_processor._span_processors) == 1


def test_the_same_call_told_twice_counts_once(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        tracer = provider.get_tracer("framework")
        with tracer.start_as_current_span("framework", attributes=chat(**{"gen_ai.response.id": "r-1"})):
            provider.get_tracer("sdk").start_span("sdk", attributes=chat(**{"gen_ai.response.id": "r-1"})).end()
    assert len(costs.calls) == 1
    assert costs.total_nano_usd == chat_cost_nano_usd()


def test_a_dear_run_fails_with_its_calls(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider)
    with pytest.raises(AssertionError, match=r"2 calls cost \$0\.000540, the limit is \$0\.000540") as failed:
        costs.assert_cost_below(usd=0.00054)
    assert "gpt-4o-mini" in str(failed.value)


def test_a_call_without_a_price_fails_too_since_its_cost_is_not_zero(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider, **{"gen_ai.request.model": "no-such", "gen_ai.response.model": "no-such"})
    assert len(costs.unpriced_calls) == 2
    with pytest.raises(AssertionError, match="2 calls have no price"):
        costs.assert_cost_below(usd=100)


def test_one_call_is_spoken_of_as_one(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider, 1)
    with pytest.raises(AssertionError, match=r"^1 call costs \$0\.000270, the limit"):
        costs.assert_cost_below(usd=0.0001)
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider, 1, **{"gen_ai.request.model": "no-such", "gen_ai.response.model": "no-such"})
    with pytest.raises(AssertionError, match=r"^1 call has no price"):
        costs.assert_all_priced()


def test_a_capture_shows_its_calls_and_their_cost(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs:
        run_agent(provider)
        assert repr(costs) == "<CapturedCosts: 2 calls, $0.000540>"
        run_agent(provider, 1, **{"gen_ai.request.model": "no-such", "gen_ai.response.model": "no-such"})
    assert repr(costs) == "<CapturedCosts: 3 calls, $0.000540, 1 without a price>"
    head, *lines = str(costs).splitlines()
    assert head == repr(costs)[1:-1]
    assert [line.split(": ")[1] for line in lines] == ["$0.000270", "$0.000270", "unpriced (unknown_model)"]


def test_a_limit_that_is_no_amount_is_refused(provider: TracerProvider) -> None:
    with capture_costs(provider, config=Config()) as costs, pytest.raises(ValueError, match="usd=-1"):
        costs.assert_cost_below(usd=-1)


def test_other_threads_are_captured_and_an_error_closes_the_capture(provider: TracerProvider) -> None:
    captured: list[CapturedCosts] = []

    def fail() -> None:
        with capture_costs(provider, config=Config()) as costs:
            captured.append(costs)
            thread = threading.Thread(target=run_agent, args=(provider,))
            thread.start()
            thread.join()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    run_agent(provider)
    assert len(captured[0].calls) == 2


def test_the_global_provider_is_used_and_made_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[TracerProvider] = []
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: made[0] if made else trace.ProxyTracerProvider())
    monkeypatch.setattr(trace, "set_tracer_provider", made.append)
    for _ in range(2):
        with capture_costs() as costs:
            run_agent(made[0])
        assert len(costs.calls) == 2
    assert len(made) == 1
