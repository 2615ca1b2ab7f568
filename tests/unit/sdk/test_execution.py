"""`execution(...)`: one span around a run, one trace, and numbers that are live."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from otel_agentcost import execution
from otel_agentcost.engine.engine import Engine
from otel_agentcost.model import names
from otel_agentcost.model.identity import Identity
from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from otel_agentcost.sdk.run import Run

from .conftest import NewEngine
from .support import Exports, call, chat, chat_cost_nano_usd, exports_around

pytestmark = pytest.mark.usefixtures("clean_context")


def test_one_span_holds_the_run_and_every_call_in_it_carries_its_identity(exports: Exports, engine: Engine) -> None:
    provider = exports.provider
    with execution("triage", user="u-17", team="support", feature="inbox", tracer_provider=provider) as run:
        call(provider)
        with provider.get_tracer("test").start_as_current_span("work"):
            call(provider, "deeper")
    spans = exports.spans()
    root = spans["invoke_workflow triage"]
    assert root.parent is None
    assert root.kind is SpanKind.INTERNAL
    assert root.attributes["gen_ai.operation.name"] == "invoke_workflow"
    assert root.attributes["gen_ai.workflow.name"] == "triage"
    assert root.attributes[names.SUBTREE_CALLS] == 2
    for span in (root, spans["call"], spans["deeper"]):
        assert span.attributes[names.USER] == "u-17"
        assert span.attributes[names.TEAM] == "support"
        assert f"{span.context.trace_id:032x}" == run.execution_id
    assert names.USER not in spans["work"].attributes
    given = Identity(user="u-17", team="support", feature="inbox")
    assert [each.identity for each in engine.calls(root.context.trace_id)] == [given, given]
    assert run.identity == given


def test_the_numbers_are_live_and_stand_still_after_the_block(exports: Exports) -> None:
    provider, cost = exports.provider, chat_cost_nano_usd()
    with execution(tracer_provider=provider) as run:
        assert (run.cost_usd, run.cost_nano_usd, run.calls, run.tokens) == (0, 0, 0, 0)
        call(provider)
        assert (run.cost_usd, run.cost_nano_usd, run.calls, run.tokens) == (cost / 1e9, cost, 1, 1200)
        call(provider, **{"gen_ai.response.model": "no-such-model"})
        late = provider.get_tracer("test").start_span("late", attributes=chat())
    for _ in range(2):
        assert (run.cost_nano_usd, run.calls, run.unpriced_calls, run.tokens) == (cost, 2, 1, 2400)
        late.end()
    assert repr(run) == f"<Run {run.execution_id}: 2 calls, $0.000270>"


def test_an_execution_that_the_engine_has_forgotten_keeps_its_numbers(new_engine: NewEngine) -> None:
    engine = new_engine(max_executions=1)
    with exports_around(AgentCostSpanProcessor(engine=engine)) as exports:
        with execution(tracer_provider=exports.provider) as run:
            call(exports.provider)
            assert run.calls == 1
            exports.provider.get_tracer("test").start_span("other", context.Context(), attributes=chat()).end()
            assert run.calls == 1
        assert (run.calls, run.cost_nano_usd) == (1, chat_cost_nano_usd())


def test_within_a_web_request_the_execution_is_the_requests_trace(exports: Exports) -> None:
    """The trace id stays the execution's id, so that all that the request costs is one execution."""
    provider = exports.provider
    remote = SpanContext(trace_id=7, span_id=9, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    around = trace.set_span_in_context(NonRecordingSpan(remote))
    with provider.get_tracer("web").start_as_current_span("GET /", context=around, kind=SpanKind.SERVER):
        call(provider, "before")
        with execution("triage", tracer_provider=provider) as run:
            call(provider)
            assert run.calls == 2
    spans = exports.spans()
    root = spans["invoke_workflow triage"]
    assert run.execution_id == f"{7:032x}"
    assert root.parent == spans["GET /"].context
    assert root.attributes[names.SUBTREE_CALLS] == 1, "the span shows what lies below it"


def test_a_new_trace_begins_where_one_is_asked_for_and_is_linked(exports: Exports) -> None:
    provider = exports.provider
    with provider.get_tracer("batch").start_as_current_span("night job") as job:
        runs = []
        for number in range(2):
            with execution(f"item {number}", new_trace=True, user=f"u-{number}", tracer_provider=provider) as run:
                call(provider)
            runs.append(run)
        assert trace.get_current_span() is job
    spans = exports.spans()
    assert len({run.execution_id for run in runs} | {f"{job.get_span_context().trace_id:032x}"}) == 3
    for number, run in enumerate(runs):
        root = spans[f"invoke_workflow item {number}"]
        assert root.parent is None
        assert [link.context for link in root.links] == [job.get_span_context()]
        assert run.calls == 1


def test_an_execution_within_another_is_the_same_one_with_an_identity_of_its_own(
    exports: Exports, engine: Engine
) -> None:
    provider = exports.provider
    with execution("outer", user="u-1", feature="chat", tracer_provider=provider) as outer:
        call(provider, "first")
        with execution("inner", feature="summary", agent="writer", tracer_provider=provider) as inner:
            call(provider, "second")
        call(provider, "third")
    assert inner.execution_id == outer.execution_id
    assert (inner.calls, outer.calls) == (2, 3), "each as of its end, of the whole execution"
    found = {each.span_id: each for each in engine.calls(int(outer.execution_id, 16))}
    spans = exports.spans()
    by_name = {name: found[spans[name].context.span_id] for name in ("first", "second", "third")}
    assert by_name["first"].identity == by_name["third"].identity == Identity(user="u-1", feature="chat")
    assert by_name["second"].identity == Identity(user="u-1", feature="summary")
    assert [by_name[name].agent for name in ("first", "second", "third")] == [None, "writer", None]
    assert spans["invoke_workflow outer"].attributes[names.SUBTREE_CALLS] == 3
    assert spans["invoke_workflow inner"].attributes[names.SUBTREE_CALLS] == 1


def test_a_budget_is_refused_since_nobody_would_enforce_it() -> None:
    with pytest.raises(NotImplementedError, match=r"^execution\(budget_usd=0\.5\): this version enforces no budgets"):
        execution(budget_usd=0.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        execution(budget=0.5)  # pyright: ignore[reportCallIssue]


def test_more_attributes_stand_on_the_span_and_never_replace_the_identity(exports: Exports) -> None:
    more = {"ticket": 7, names.USER: "other", "gen_ai.operation.name": "invoke_agent"}
    with execution("n", user="u", attributes=more, tracer_provider=exports.provider):
        pass
    found = exports.spans()["invoke_workflow n"].attributes
    assert (found["ticket"], found[names.USER], found["gen_ai.operation.name"]) == (7, "u", "invoke_agent")


def test_an_exception_passes_and_is_recorded_as_opentelemetry_does(exports: Exports) -> None:
    provider = exports.provider
    with pytest.raises(KeyError), provider.get_tracer("test").start_as_current_span("theirs", context.Context()):
        raise KeyError("x")
    with pytest.raises(KeyError), execution("ours", tracer_provider=provider):
        raise KeyError("x")
    spans = exports.spans()
    theirs, ours = spans["theirs"], spans["invoke_workflow ours"]
    assert (ours.status.status_code, ours.status.description) == (StatusCode.ERROR, theirs.status.description)
    assert [event.name for event in ours.events] == ["exception"]
    assert set(ours.events[0].attributes) == set(theirs.events[0].attributes)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit, SystemExit])
def test_what_is_no_error_passes_and_is_not_recorded_as_one(exports: Exports, raised: type[BaseException]) -> None:
    with pytest.raises(raised), execution(tracer_provider=exports.provider):
        raise raised
    span = exports.spans()["invoke_workflow"]
    assert span.status.status_code is StatusCode.UNSET
    assert not span.events


def test_the_same_execution_may_run_again_and_in_many_threads_at_once(exports: Exports) -> None:
    provider = exports.provider
    shared = execution("shared", user="u", tracer_provider=provider)
    start = threading.Barrier(8)

    def work(number: int) -> tuple[str, int]:
        start.wait()
        with shared as outer:
            for _ in range(number):
                call(provider)
            with shared as inner:
                call(provider)
            assert inner.execution_id == outer.execution_id
        assert context.get_current() == {}
        return outer.execution_id, outer.calls

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert len(dict(found)) == 8
    assert [calls for _, calls in found] == [number + 1 for number in range(8)]


def test_the_documentation_lists_exactly_the_arguments_and_what_a_run_tells() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sdk.md").read_text(encoding="utf-8")
    arguments, told = (
        set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE))))
        for table in re.findall(r"^\| (?:argument|of `run`) \|.*\n\|---\|---\|\n((?:\|.*\n)+)", page, re.MULTILINE)
    )
    assert arguments == set(inspect.signature(execution).parameters)
    public = {name for name in dir(Run) if not name.startswith("_")}
    assert told == public - {"errors", "finish", "is_over"}
