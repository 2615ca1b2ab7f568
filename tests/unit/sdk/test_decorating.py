"""A decorated function runs as an execution each time, also where it is a coroutine or a generator."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.trace import StatusCode

from otel_agentcost import execution
from otel_agentcost.model import names

from .support import Exports, call

pytestmark = pytest.mark.usefixtures("clean_context")


def user() -> object:
    return baggage.get_baggage(names.USER)


def test_a_function_keeps_its_name_arguments_and_result(exports: Exports) -> None:
    @execution(user="u", tracer_provider=exports.provider)
    def triage(ticket: int, *, urgent: bool = False) -> tuple[int, bool, object]:
        """Sort a ticket."""
        return ticket, urgent, user()

    assert triage(5, urgent=True) == (5, True, "u")
    assert triage(6) == (6, False, "u")
    assert (triage.__name__, triage.__doc__) == ("triage", "Sort a ticket.")
    assert list(inspect.signature(triage).parameters) == ["ticket", "urgent"]
    roots = exports.exporters["simple before"].get_finished_spans()
    assert [span.name for span in roots] == ["invoke_workflow triage"] * 2
    assert len({span.context.trace_id for span in roots}) == 2


def test_a_method_a_partial_and_a_given_name_work_too(exports: Exports) -> None:
    class Agent:
        @execution("named", tracer_provider=exports.provider)
        def run(self, text: str) -> str:
            return text

    assert Agent().run("hello") == "hello"
    decorated = execution(tracer_provider=exports.provider)(functools.partial(max, 3))
    assert decorated(7) == 7
    assert set(exports.spans()) == {"invoke_workflow named", "invoke_workflow"}


def test_coroutine_functions_run_beside_each_other(exports: Exports) -> None:
    @execution(tracer_provider=exports.provider)
    async def answer(number: int) -> tuple[str, str]:
        before = trace.get_current_span().get_span_context().trace_id
        await asyncio.sleep(0)
        call(exports.provider, f"call {number}")
        return f"{before:032x}", f"{trace.get_current_span().get_span_context().trace_id:032x}"

    async def main() -> list[tuple[str, str]]:
        return await asyncio.gather(*(answer(number) for number in range(20)))

    assert inspect.iscoroutinefunction(answer)
    found = asyncio.run(main())
    assert all(before == after for before, after in found)
    assert len(set(found)) == 20


def test_an_exception_passes_and_is_recorded(exports: Exports) -> None:
    @execution(tracer_provider=exports.provider)
    async def fails() -> None:
        raise KeyError("x")

    @execution(tracer_provider=exports.provider)
    def stream() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(fails())
    with pytest.raises(KeyError):
        list(stream())
    for span in exports.spans().values():
        assert span.status.status_code is StatusCode.ERROR


def test_a_generator_has_its_context_to_itself(exports: Exports) -> None:
    @execution(user="stream", tracer_provider=exports.provider)
    def stream() -> Generator[object, str, str]:
        with exports.provider.get_tracer("app").start_as_current_span("inside"):
            got = yield user()
            call(exports.provider, got)
        try:
            yield user()
        except ValueError:
            call(exports.provider, "caught")
            yield user()
        return "done"

    generator = stream()
    assert context.get_current() == {}
    assert next(generator) == "stream"
    assert user() is None, "the consumer is not in it"
    with execution(user="consumer", tracer_provider=exports.provider):
        assert generator.send("sent") == "stream"
        assert user() == "consumer"
        assert generator.throw(ValueError) == "stream"
    with pytest.raises(StopIteration, match="done"):
        next(generator)
    spans = exports.spans()
    assert spans["sent"].parent == spans["inside"].context, "its own span was current again"
    assert spans["caught"].parent == spans["invoke_workflow stream"].context
    assert spans["inside"].parent == spans["invoke_workflow stream"].context


def test_an_async_generator_has_its_context_to_itself(exports: Exports) -> None:
    @execution(user="stream", tracer_provider=exports.provider)
    async def stream() -> Any:
        got = yield user()
        await asyncio.sleep(0)
        call(exports.provider, got)
        try:
            yield user()
        except ValueError:
            yield "caught"

    async def main() -> None:
        generator = stream()
        assert await anext(generator) == "stream"
        assert user() is None
        assert await generator.asend("sent") == "stream"
        assert await generator.athrow(ValueError) == "caught"
        with pytest.raises(StopAsyncIteration):
            await anext(generator)

    assert inspect.isasyncgenfunction(stream)
    asyncio.run(main())
    assert exports.spans()["sent"].attributes[names.USER] == "stream"


def test_a_generator_that_is_closed_closes_what_it_holds(exports: Exports) -> None:
    closed: list[object] = []

    @execution(user="u", tracer_provider=exports.provider)
    def stream() -> Iterator[int]:
        try:
            yield from range(5)
        finally:
            closed.append(user())

    @execution("async", user="u", tracer_provider=exports.provider)
    async def astream() -> AsyncIterator[int]:
        try:
            for number in range(5):
                yield number
        finally:
            await asyncio.sleep(0)
            closed.append(user())

    async def main() -> None:
        generator = astream()
        await anext(generator)
        await generator.aclose()

    generator = stream()
    next(generator)
    generator.close()
    asyncio.run(main())
    assert closed == ["u", "u"]
    spans = exports.spans()
    assert set(spans) == {"invoke_workflow stream", "invoke_workflow async"}
    assert all(span.status.status_code is StatusCode.UNSET for span in spans.values())


def test_a_generator_that_is_never_consumed_costs_nothing(exports: Exports) -> None:
    @execution(tracer_provider=exports.provider)
    def stream() -> Iterator[int]:
        yield 1

    stream()
    assert exports.spans() == {}
