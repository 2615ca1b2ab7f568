"""AgentCostSpanProcessor: the draft convention's attributes on calls, totals on what lies above them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from otel_agentcost.config.errors import ConfigError
from otel_agentcost.engine.settings import IdentitySources
from otel_agentcost.model import names
from otel_agentcost.sdk.processor import AgentCostSpanProcessor

from .conftest import NewEngine
from .support import MULTI, chat, chat_cost_nano_usd, exports_around


@pytest.mark.parametrize("multi", MULTI)
def test_a_call_carries_its_cost_and_the_root_its_total_in_every_exporter(new_engine: NewEngine, multi: str) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    with exports_around(processor, multi=multi) as exports:
        tracer = exports.provider.get_tracer("test")
        with tracer.start_as_current_span("request"), tracer.start_as_current_span("work"):
            tracer.start_span("one", attributes=chat(1000, 200)).end()
            tracer.start_span("two", attributes=chat(3000, 50)).end()
        for spans in exports.everywhere():
            for name, tokens in {"one": (1000, 200), "two": (3000, 50)}.items():
                attributes = spans[name].attributes
                assert attributes[names.COST_AMOUNT] == chat_cost_nano_usd(*tokens) / 1e9
                assert type(attributes[names.COST_AMOUNT]) is float
                assert attributes[names.COST_CURRENCY] == "USD"
                assert attributes[names.COST_SOURCE] == "local"
                assert names.PRICING_STATUS not in attributes
            root = spans["request"].attributes
            assert root[names.SUBTREE_COST] == (chat_cost_nano_usd(1000, 200) + chat_cost_nano_usd(3000, 50)) / 1e9
            assert type(root[names.SUBTREE_COST]) is float
            assert (root[names.SUBTREE_CALLS], type(root[names.SUBTREE_CALLS])) == (2, int)
            assert not spans["work"].attributes, "what is neither a call nor a root nor an agent stays as it was"
    assert processor.stats().internal_errors == 0


def test_an_agent_and_a_tool_show_what_lies_below_them(new_engine: NewEngine) -> None:
    with exports_around(AgentCostSpanProcessor(engine=new_engine())) as exports:
        tracer = exports.provider.get_tracer("test")
        agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
        tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
        with tracer.start_as_current_span("request"), tracer.start_as_current_span("agent", attributes=agent):
            tracer.start_span("own", attributes=chat()).end()
            with tracer.start_as_current_span("tool", attributes=tool):
                tracer.start_span("inside", attributes=chat()).end()
        spans = exports.spans()
        calls = {name: (spans[name].attributes or {}).get(names.SUBTREE_CALLS) for name in ("request", "agent", "tool")}
        assert calls == {"request": 2, "agent": 2, "tool": 1}


def test_a_local_root_under_a_remote_parent_shows_its_total(new_engine: NewEngine) -> None:
    with exports_around(AgentCostSpanProcessor(engine=new_engine())) as exports:
        remote = SpanContext(trace_id=7, span_id=9, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        context = trace.set_span_in_context(NonRecordingSpan(remote))
        tracer = exports.provider.get_tracer("test")
        with tracer.start_as_current_span("served", context=context):
            tracer.start_span("call", attributes=chat()).end()
        assert exports.spans()["served"].attributes[names.SUBTREE_CALLS] == 1


def test_a_call_without_a_price_says_why_and_costs_nothing_silently(new_engine: NewEngine) -> None:
    with exports_around(AgentCostSpanProcessor(engine=new_engine())) as exports:
        tracer = exports.provider.get_tracer("test")
        unknown = chat(**{"gen_ai.request.model": "no-such-model", "gen_ai.response.model": "no-such-model"})
        with tracer.start_as_current_span("request"):
            tracer.start_span("call", attributes=unknown).end()
        spans = exports.spans()
        assert names.COST_AMOUNT not in spans["call"].attributes
        assert spans["call"].attributes[names.PRICING_STATUS] == "unpriced"
        assert spans["call"].attributes[names.PRICING_REASON]
        assert spans["request"].attributes[names.SUBTREE_UNPRICED_CALLS] == 1


def test_a_call_at_its_attribute_limit_gets_its_cost_and_loses_nothing(new_engine: NewEngine) -> None:
    with exports_around(
        AgentCostSpanProcessor(engine=new_engine()), limits=SpanLimits(max_span_attributes=128)
    ) as exports:
        full = {f"history.{n}": n for n in range(128 - len(chat()))} | chat()
        exports.provider.get_tracer("test").start_span("call", attributes=full).end()
        for spans in exports.everywhere():
            assert full.items() <= dict(spans["call"].attributes).items()
            assert names.COST_AMOUNT in spans["call"].attributes


def test_identity_comes_from_trusted_baggage_and_stays_with_the_call(new_engine: NewEngine) -> None:
    identity = IdentitySources(trust_baggage=(names.USER, names.TEAM))
    engine = new_engine(identity=identity)
    with exports_around(AgentCostSpanProcessor(engine=engine)) as exports:
        context = baggage.set_baggage(names.USER, "u-17")
        context = baggage.set_baggage(names.TEAM, "support", context)
        context = baggage.set_baggage(names.FEATURE, "untrusted", context)
        span = exports.provider.get_tracer("test").start_span("call", context, attributes=chat(**{names.TEAM: "own"}))
        span.end()  # outside the context: what counts is where the span began
        attributes = exports.spans()["call"].attributes
        assert attributes[names.USER] == "u-17"
        assert attributes[names.TEAM] == "own", "what the span says itself goes first"
        assert names.FEATURE not in attributes
        (call,) = engine.calls(span.get_span_context().trace_id)
        assert (call.identity.user, call.identity.team, call.identity.feature) == ("u-17", "own", None)


def test_baggage_leaves_no_mark_on_spans_that_have_nothing_to_do_with_ai(new_engine: NewEngine) -> None:
    with exports_around(AgentCostSpanProcessor(engine=new_engine())) as exports:
        exports.provider.get_tracer("test").start_span("sql", baggage.set_baggage(names.USER, "u-17")).end()
        assert not exports.spans()["sql"].attributes


def test_threads_and_tasks_mix_nothing_up(new_engine: NewEngine) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    with exports_around(processor) as exports:
        tracer = exports.provider.get_tracer("test")

        async def execution(n: int) -> None:
            with tracer.start_as_current_span(f"root {n}"):
                for call in range(n % 4 + 1):
                    with tracer.start_as_current_span(f"call {n}.{call}", attributes=chat(input_tokens=1000 + n)):
                        await asyncio.sleep(0)

        async def batch(thread: int) -> None:
            await asyncio.gather(*(execution(thread * 10 + n) for n in range(10)))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda thread: asyncio.run(batch(thread)), range(8)))

        for spans in exports.everywhere():
            for n in range(80):
                calls, cost = n % 4 + 1, chat_cost_nano_usd(1000 + n)
                root = spans[f"root {n}"].attributes
                assert root[names.SUBTREE_CALLS] == calls
                assert root[names.SUBTREE_COST] == calls * cost / 1e9
                assert all(
                    spans[f"call {n}.{call}"].attributes[names.COST_AMOUNT] == cost / 1e9 for call in range(calls)
                )
    assert processor.stats().internal_errors == 0


def test_force_flush_is_true_and_shutdown_may_come_twice(new_engine: NewEngine) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    assert processor.force_flush() is True
    assert processor.force_flush(1) is True
    processor.shutdown()
    processor.shutdown()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    provider.get_tracer("test").start_span("after the end", attributes=chat()).end()
    assert processor.stats().internal_errors == 0


def test_a_wrong_configuration_is_refused_at_the_start_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("prises: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="prises") as refused:
        AgentCostSpanProcessor(str(wrong))
    assert "\n" not in str(refused.value)


def test_the_configuration_is_found_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGENTCOST_CONFIG", str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        AgentCostSpanProcessor()


def test_a_fork_in_the_midst_of_traffic_leaves_both_processes_working() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    program = textwrap.dedent("""
        import os, sys, threading, warnings
        from opentelemetry.sdk.trace import TracerProvider
        from otel_agentcost import AgentCostSpanProcessor
        warnings.simplefilter("ignore")
        chat = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 1}
        processor = AgentCostSpanProcessor()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        tracer = provider.get_tracer("test")
        stop = threading.Event()
        def traffic():
            while not stop.is_set():
                with tracer.start_as_current_span("root"):
                    tracer.start_span("call", attributes=chat).end()
        threads = [threading.Thread(target=traffic, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        failed = 0
        for _ in range(12):
            child = os.fork()
            if child == 0:
                span = tracer.start_span("call", attributes=chat)
                span.end()
                ok = "gen_ai.usage.cost.amount" in span.attributes and processor.stats().internal_errors == 0
                os._exit(0 if ok else 1)
            failed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
        stop.set()
        for thread in threads:
            thread.join(5)
        sys.exit(failed)
    """)
    done = subprocess.run([sys.executable, "-c", program], timeout=50, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
