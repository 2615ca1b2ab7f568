"""Nothing of ours raises into the application: every inner function is made to raise, in turn.

The code object of each function is replaced, so that every reference to it fails, whoever holds it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

import otel_agentcost
from otel_agentcost.config.model import Config
from otel_agentcost.engine.engine import Engine
from otel_agentcost.model import names
from otel_agentcost.sdk import ending
from otel_agentcost.sdk.exporter import AgentCostSpanExporter
from otel_agentcost.sdk.guard import InternalErrors
from otel_agentcost.sdk.processor import AgentCostSpanProcessor
from otel_agentcost.sdk.sampling import record_everything

from .conftest import NewEngine
from .support import chat, exports_around

INNER_RINGS = ("model", "conventions", "pricing", "ledger", "engine", "config", "sdk")

# What the SDK, or the user, calls: each holds a guard around all that it does, and that guard is what is tried here.
CALLBACKS = {
    "AgentCostSpanProcessor": "__init__ on_start force_flush shutdown stats",
    "AgentCostSpanExporter": "__init__ export force_flush shutdown stats",
    "EndingSpanProcessor": "__init__ on_start _on_ending on_end force_flush",
    "_Front": "on_start _on_ending on_end force_flush shutdown",
    "InternalErrors": "__init__",
    "RecordEverything": "__init__ should_sample",
}
CALLED_BY_THE_USER = {"record_everything"}

# A price table never raises by its own contract, and the trial at start-up takes a fault as its answer.
# A quote that fails is an unpriced call with the reason `internal_error`; the usage is looked over inside it.
GUARDED_ON_THEIR_OWN = (
    "pricing.",
    "model.usage.impossible",
    "sdk.ending._Trial",
    "sdk.ending._Witness",
    "sdk.ending._try_out",
)


class Fault(ModuleType):
    """Reachable from any code by its name in sys.modules."""

    error: type[Exception] = RuntimeError
    reached = 0


FAULT = Fault("_agentcost_fault")


def _raise(*_: Any, **__: Any) -> Any:
    import sys as found

    fault = found.modules["_agentcost_fault"]
    fault.reached += 1
    raise fault.error("a secret prompt")


def _raise_when_iterated(*_: Any, **__: Any) -> Any:
    import sys as found

    fault = found.modules["_agentcost_fault"]
    fault.reached += 1
    raise fault.error("a secret prompt")
    yield


def _functions() -> dict[str, FunctionType]:
    found: dict[str, FunctionType] = {}
    for ring in INNER_RINGS:
        package = importlib.import_module(f"otel_agentcost.{ring}")
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if inspect.isclass(value) and value.__module__ == module.__name__:
                    spared = CALLBACKS.get(name, "").split()
                    for member, method in vars(value).items():
                        _add(found, module, f"{name}.{member}", method if member not in spared else None)
                elif name not in CALLED_BY_THE_USER:
                    _add(found, module, name, value)
    return found


def _add(found: dict[str, FunctionType], module: ModuleType, name: str, value: object) -> None:
    value = getattr(value, "fget", value)  # a property
    value = getattr(value, "__wrapped__", value)  # a cache, a static method
    if isinstance(value, FunctionType) and value.__code__.co_filename == module.__file__:
        found[f"{module.__name__.removeprefix('otel_agentcost.')}.{name}"] = value


FUNCTIONS = _functions()


def _clear_caches() -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(otel_agentcost.__name__):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", lambda: None)()


def _called_by_the_application(engine: Engine) -> dict[str, FunctionType]:
    """Return the functions that the application leads to: the others need not be tried."""
    called: set[CodeType] = set()
    _clear_caches()
    sys.setprofile(lambda frame, event, _: called.add(frame.f_code))
    try:
        run_application(engine)
    finally:
        sys.setprofile(None)
    return {name: function for name, function in FUNCTIONS.items() if function.__code__ in called}


@contextmanager
def raising(function: FunctionType, error: type[Exception]) -> Iterator[None]:
    _clear_caches()
    code = function.__code__
    sys.modules[FAULT.__name__] = FAULT
    FAULT.error, FAULT.reached = error, 0
    failing = _raise_when_iterated if inspect.isgeneratorfunction(function) else _raise
    function.__code__ = failing.__code__.replace(co_freevars=code.co_freevars)
    try:
        yield
    finally:
        function.__code__ = code
        sys.modules.pop(FAULT.__name__, None)


SCOPES = ("test", "openinference.instrumentation.test", "litellm", "logfire.test", "com.anthropic.sdk.python",
          "mistralai_sdk_tracer", "opentelemetry.instrumentation.anthropic", "com.anthropic.claude_code")  # fmt: skip
_run_number = count()


def run_application(engine: Engine) -> int:
    """Run a traced application, check that every span got everywhere, and return how many faults were counted."""
    processor = AgentCostSpanProcessor(engine=engine)
    wrapped = InMemorySpanExporter()
    exporter = AgentCostSpanExporter(wrapped, engine=engine)
    with exports_around(processor, SimpleSpanProcessor(exporter), sampler=record_everything(ALWAYS_ON)) as exports:
        tracer = exports.provider.get_tracer("test")
        context = baggage.set_baggage(names.USER, f"u-{next(_run_number)}")
        agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a", "gen_ai.usage.input_tokens": 5}
        with tracer.start_as_current_span("request", context):
            with tracer.start_as_current_span("agent", attributes=agent):
                tracer.start_span("call", attributes=chat(**{"gen_ai.response.id": "r-1"})).end()
                tracer.start_span("same call", attributes=chat(**{"gen_ai.response.id": "r-1"})).end()
                tracer.start_span("reported", attributes=chat(**{"gen_ai.usage.cost": 0.5})).end()
            llm = {"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-4-5", "llm.provider": "anthropic"}
            tokens = {"llm.token_count.prompt": 10, "llm.token_count.completion": 3}
            # A name that no table has seen, so that no cache of an earlier run answers.
            unknown = chat(**{"gen_ai.response.model": f"no-such-{next(_run_number)}"})
            tracer.start_span("unknown", attributes=unknown).end()
            for scope in SCOPES:
                exports.provider.get_tracer(scope, "1.0").start_span(scope, attributes=chat() | llm | tokens).end()
            failed = tracer.start_span("failed", attributes={"gen_ai.operation.name": "chat"})
            failed.set_status(trace.StatusCode.ERROR)
            failed.end()
        expected = {"request", "agent", "call", "same call", "reported", "unknown", "failed", *SCOPES}
        for spans in exports.everywhere():
            assert set(spans) == expected
        assert {span.name for span in wrapped.get_finished_spans()} == expected
        processor.force_flush()
        exporter.force_flush()
    return processor.stats().internal_errors + exporter.stats().internal_errors


def test_whatever_fails_inside_the_application_and_its_exports_go_on(
    new_engine: NewEngine, caplog: pytest.LogCaptureFixture
) -> None:
    reached: set[str] = set()
    uncounted: set[str] = set()
    functions = _called_by_the_application(new_engine(detail=True, legacy_names=True))
    for (name, function), error in zip(functions.items(), cycle((RuntimeError, RecursionError, MemoryError))):
        engine = new_engine(detail=True, legacy_names=True)
        with raising(function, error):
            errors = run_application(engine)
            if FAULT.reached:
                reached.add(name)
                if not errors:
                    uncounted.add(name)
    assert len(reached) > 100, sorted(reached)
    assert all(name.startswith(GUARDED_ON_THEIR_OWN) for name in uncounted), sorted(uncounted)
    assert "secret" not in caplog.text, "an exception's message may hold content"


def test_a_fault_while_a_fault_is_counted_stays_inside_too(new_engine: NewEngine) -> None:
    with raising(InternalErrors.record, RecursionError), raising(Engine.end, RuntimeError):
        assert run_application(new_engine()) == 0
        assert FAULT.reached


def test_a_fault_while_the_engine_is_built_leaves_the_application_without_costs() -> None:
    reached = 0
    for name, function in FUNCTIONS.items():
        if name.startswith(("pricing.load", "config.load", "sdk.build", "engine.engine.Engine.__init__")):
            with raising(function, RuntimeError):
                processor = AgentCostSpanProcessor(Config())
                exporter = AgentCostSpanExporter(InMemorySpanExporter(), Config())
                if FAULT.reached:
                    reached += 1
                    if processor.engine is not None:
                        # Where a genai-prices of another version is installed and fails, the shipped prices serve.
                        assert "could not be read" in processor.engine.prices.source, name
                        continue
                    assert processor.stats().internal_errors == exporter.stats().internal_errors == 1
    assert reached >= 3


def test_at_the_recursion_limit_no_callback_raises_once_it_is_entered(new_engine: NewEngine) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    with exports_around(processor) as exports:
        span = exports.provider.get_tracer("test").start_span("call", attributes=chat())

        def descend(levels: int, callback: Any) -> None:
            if levels:
                descend(levels - 1, callback)
            else:
                callback(span)

        room = sys.getrecursionlimit() - len(inspect.stack(0)) - 1
        entered = 0
        for callback in (processor.on_start, processor._on_ending):
            for levels in range(room - 30, room):
                place = _place_of_recursion_error(descend, levels, callback)
                assert place in (None, "descend"), "where one is raised, the callback was not even entered"
                entered += place is None
        assert entered
        span.end()


def _place_of_recursion_error(function: Any, *arguments: Any) -> str | None:
    try:
        function(*arguments)
    except RecursionError as error:
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        return None if last is None else last.tb_frame.f_code.co_name
    return None


def test_the_front_guards_what_stands_behind_it(new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = AgentCostSpanProcessor(engine=new_engine())
    monkeypatch.setattr(ending.EndingSpanProcessor, "_on_ending", lambda self, span: None, raising=False)
    with raising(ending.EndingSpanProcessor.end_in_front, RuntimeError), exports_around(processor) as exports:
        exports.provider.get_tracer("test").start_span("call", attributes=chat()).end()
        assert all(set(spans) == {"call"} for spans in exports.everywhere())
    assert processor.stats().internal_errors == 1
