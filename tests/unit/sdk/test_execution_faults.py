"""Whatever is wrong around an execution, or inside it, takes nothing from the application."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler

from otel_agentcost import execution
from otel_agentcost.model import names
from otel_agentcost.model.identity import NOBODY
from otel_agentcost.sdk import run
from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from otel_agentcost.sdk.sampling import record_everything

from .conftest import NewEngine
from .support import Exports, call, exports_around

pytestmark = pytest.mark.usefixtures("clean_context")


def test_without_a_processor_it_is_a_plain_span_and_says_once_that_it_knows_no_cost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with exports_around() as exports:
        for _ in range(2):
            with execution(user="u", tracer_provider=exports.provider) as run:
                call(exports.provider)
                assert baggage.get_baggage(names.USER) == "u"
                assert not caplog.records or _ == 1, "not before somebody asks"
                assert (run.cost_usd, run.calls, run.tokens) == (0.0, 0, 0)
        assert exports.spans()["invoke_workflow"].attributes[names.USER] == "u"
    assert [record.getMessage() for record in caplog.records] == [
        "otel_agentcost: execution() found no AgentCostSpanProcessor on the tracer provider, so a run knows no cost: "
        "add one"
    ]


def test_without_any_provider_nothing_happens_but_baggage() -> None:
    with execution("n", user="u") as run:
        assert baggage.get_baggage(names.USER) == "u"
        with execution(team="t"):
            assert dict(baggage.get_all()) == {names.USER: "u", names.TEAM: "t"}
    assert run.execution_id == ""
    assert repr(run) == "<Run without a trace: 0 calls, $0.000000>"


def test_a_run_whose_span_is_not_recorded_says_so(new_engine: NewEngine, caplog: pytest.LogCaptureFixture) -> None:
    def with_sampler(sampler: Sampler) -> int:
        with exports_around(AgentCostSpanProcessor(engine=new_engine()), sampler=sampler) as exports:
            with execution(tracer_provider=exports.provider) as run:
                call(exports.provider)
            return run.calls

    assert with_sampler(record_everything(ALWAYS_OFF)) == 1
    assert not caplog.records
    assert with_sampler(ALWAYS_OFF) == 0
    assert "record_everything" in caplog.text


class Wrapping(SpanProcessor):
    """A processor of an application's own that passes on to ours what it likes."""

    def __init__(self, *wrapped: SpanProcessor) -> None:
        self.wrapped = list(wrapped)

    def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
        for each in self.wrapped:
            each.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        for each in self.wrapped:
            each.on_end(span)


def test_our_processor_is_found_within_another_and_after_the_first_run(new_engine: NewEngine) -> None:
    with exports_around() as exports:
        provider = exports.provider
        with execution(tracer_provider=provider) as before:
            call(provider)
        provider.add_span_processor(Wrapping(Wrapping(AgentCostSpanProcessor(engine=new_engine()))))
        with execution(tracer_provider=provider) as after:
            call(provider)
    assert (before.calls, after.calls) == (0, 1)


def broken(*_: Any, **__: Any) -> Any:
    raise ValueError("broken")


@pytest.mark.parametrize(
    "where",
    [
        "sdk.opening.attached",
        "sdk.opening.surroundings",
        "sdk.opening.Scope",
        "sdk.opening._record",
        "sdk.opening._start",
        "sdk.own_identity.quote_plus",
        "sdk.own_identity.as_name",
        "sdk.scopes.get_current",
        "sdk.scopes.attach",
        "engine.engine.Engine.total",
        "engine.engine.Engine.tokens",
    ],
)
def test_a_fault_of_ours_is_counted_and_the_application_runs_on(
    new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    counted = run.errors.total

    def application() -> str:
        with exports_around(processor) as exports:
            asked = execution("n", user="u", new_trace=True, tracer_provider=exports.provider)
            monkeypatch.setattr(f"otel_agentcost.{where}", broken)
            with pytest.raises(KeyError), execution(user="u", tracer_provider=exports.provider):
                raise KeyError
            with asked as found:
                call(exports.provider)
                assert found.tokens >= 0
                assert found.cost_usd >= 0
            monkeypatch.undo()
        return "ran"

    assert contextvars.Context().run(application) == "ran"
    assert run.errors.total + processor.stats().internal_errors > counted


@pytest.mark.parametrize("hook", ["on_start", "on_end"])
def test_a_processor_that_raises_takes_nothing_from_the_application(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = Wrapping()
    monkeypatch.setattr(processor, hook, broken)
    with exports_around(processor) as exports, execution(user="u", tracer_provider=exports.provider) as found:
        assert baggage.get_baggage(names.USER) == "u"
    assert found.calls == 0


def test_an_argument_of_a_wrong_kind_takes_nothing_from_the_application(exports: Exports) -> None:
    wrong: list[dict[str, Any]] = [{"attributes": 5}, {"name": object()}, {"agent": 5}, {"tracer_provider": "none"}]
    for arguments in wrong:
        with execution(**{"tracer_provider": exports.provider, **arguments}) as found:
            call(exports.provider)
        assert found.identity is NOBODY or found.identity == NOBODY
