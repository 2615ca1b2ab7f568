"""Executions end in any order, in any thread or task, and leave nothing behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from opentelemetry import baggage, context, trace

from otel_agentcost import execution
from otel_agentcost.model import names

from .support import Exports, call

pytestmark = pytest.mark.usefixtures("clean_context")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_executions_may_end_in_any_order(exports: Exports, order: tuple[int, ...]) -> None:
    opened = [execution(f"{number}", user=f"u-{number}", tracer_provider=exports.provider) for number in range(3)]
    for each in opened:
        each.__enter__()
    live = {0, 1, 2}
    for number in order:
        opened[number].__exit__(None, None, None)
        live.discard(number)
        innermost = f"u-{max(live)}" if live else None
        if max(live, default=-1) < number:
            assert baggage.get_baggage(names.USER) == innermost, "the innermost that has not ended"
    assert context.get_current() == {}
    spans = exports.spans()
    assert len({span.context.trace_id for span in spans.values()}) == 1


def test_generators_that_take_turns_end_cleanly(exports: Exports) -> None:
    def stream(user: str) -> Iterator[str]:
        with execution(user=user, tracer_provider=exports.provider):
            for number in range(3):
                yield f"{user} {number}"

    one, other = stream("one"), stream("other")
    taken = [next(one), next(other), next(one), next(other), *one, *other]
    assert len(taken) == 6
    assert context.get_current() == {}


def test_a_generator_that_nobody_finishes_ends_when_it_is_collected(exports: Exports) -> None:
    def stream() -> Iterator[int]:
        with execution(user="u", tracer_provider=exports.provider):
            yield from range(100)

    generator = stream()
    next(generator)
    del generator
    gc.collect()
    assert context.get_current() == {}
    assert "invoke_workflow" in exports.spans()


def test_an_execution_may_end_in_another_thread_or_context(exports: Exports, caplog: pytest.LogCaptureFixture) -> None:
    def elsewhere() -> None:
        opened.__exit__(None, None, None)
        assert context.get_current() == {}

    opened = execution("one", tracer_provider=exports.provider)
    contextvars.Context().run(opened.__enter__)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(elsewhere).result()
    opened.__enter__()
    contextvars.copy_context().run(elsewhere)
    assert not caplog.records, "OpenTelemetry's own detach logs an error"
    # Here the context could not be left, since Python has no way into it; what begins next does not join what is over.
    with execution("two", tracer_provider=exports.provider) as run:
        call(exports.provider)
    assert run.calls == 1
    spans = exports.spans()
    two = spans["invoke_workflow two"]
    assert two.parent is None
    assert [link.context for link in two.links] == [spans["invoke_workflow one"].context]
    context.attach(context.Context())


def test_an_async_generator_that_is_closed_in_another_task_ends_without_a_word(
    exports: Exports, caplog: pytest.LogCaptureFixture
) -> None:
    async def stream() -> AsyncIterator[int]:
        with execution(user="u", tracer_provider=exports.provider):
            for number in range(3):
                yield number

    async def main() -> None:
        generator = stream()
        await asyncio.create_task(anext(generator))
        await asyncio.create_task(generator.aclose())

    asyncio.run(main())
    assert not caplog.records
    assert "invoke_workflow" in exports.spans()


def test_a_task_that_outlives_its_execution_begins_another(exports: Exports) -> None:
    """TRAPS: later executions joined the old trace, and its costs."""

    async def later() -> str:
        await finished.wait()
        async with execution("later", tracer_provider=exports.provider) as run:
            call(exports.provider)
        return run.execution_id

    async def main() -> tuple[str, str]:
        async with execution("first", tracer_provider=exports.provider) as run:
            task = asyncio.create_task(later())
            await asyncio.sleep(0)
        finished.set()
        return run.execution_id, await task

    finished = asyncio.Event()
    first, second = asyncio.run(main())
    assert first != second
    assert exports.spans()["invoke_workflow later"].links


def test_a_span_of_the_applications_own_keeps_its_trace_going(exports: Exports) -> None:
    tracer = exports.provider.get_tracer("app")
    with ExitStack() as stack:
        opened = execution("first", tracer_provider=exports.provider)
        run = opened.__enter__()
        stack.enter_context(tracer.start_as_current_span("background work"))
        opened.__exit__(None, None, None)
        with execution("second", tracer_provider=exports.provider) as second:
            pass
    assert second.execution_id == run.execution_id
    context.attach(context.Context())  # OpenTelemetry's own span brought back what was current before it


def test_a_scope_within_a_span_of_the_applications_own_gives_way_to_it(exports: Exports) -> None:
    tracer = exports.provider.get_tracer("app")
    with tracer.start_as_current_span("around") as around:
        with execution(tracer_provider=exports.provider), tracer.start_as_current_span("within"):
            pass
        assert trace.get_current_span() is around
