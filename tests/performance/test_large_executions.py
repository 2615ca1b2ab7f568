"""An execution ten times as large takes ten times as long: an agent that runs away must not take its judge along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from tests.golden.scoring import price_table

pytestmark = pytest.mark.performance

SMALL, LARGE = 400, 4000
SLACK = 4
"""Quadratic work would show as a factor of ten beyond the size's own."""

MS = 1_000_000
ROOT = 1
USAGE = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}


def span(span_id: int, parent: int, at: tuple[int, int], scope: str, operation: str, **more: object) -> EndedSpan:
    attributes = {"gen_ai.operation.name": operation, "gen_ai.request.model": "gpt-4o-mini", **more}
    return EndedSpan(
        1, span_id, parent, operation, scope, "", at[0] * MS, at[1] * MS, attributes, is_local_root=not parent
    )


def chat(span_id: int, parent: int, at: tuple[int, int], scope: str = "app.sdk", **more: object) -> EndedSpan:
    return span(span_id, parent, at, scope, "chat", **{**USAGE, **more})


def one_after_the_other(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + i, ROOT, (10 * i, 10 * i + 9))


def all_at_once(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + i, ROOT, (0, 10 + i))


def each_told_inside_another(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + 2 * i, 11 + 2 * i, (10 * i + 1, 10 * i + 8))
        yield chat(11 + 2 * i, ROOT, (10 * i, 10 * i + 9), "app.framework")


def each_told_beside_another(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + 2 * i, ROOT, (10 * i + 1, 10 * i + 8))
        yield chat(11 + 2 * i, ROOT, (10 * i, 10 * i + 9), "app.framework")


def all_at_once_and_told_twice(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + 2 * i, ROOT, (1, 100))
        yield chat(11 + 2 * i, ROOT, (0, 101), "app.framework")


def each_in_an_agent_that_sums(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + 2 * i, 11 + 2 * i, (10 * i + 1, 10 * i + 8))
        yield span(11 + 2 * i, ROOT, (10 * i, 10 * i + 9), "app.framework", "invoke_agent", **USAGE)


def in_agents_nested_deep(n: int) -> Iterator[EndedSpan]:
    depth = 200
    for i in reversed(range(n)):
        yield chat(10 + 2 * i, 11 + 2 * i, (i, i + 1))
        above = 11 + 2 * (i - 1) if i % depth else ROOT
        yield span(11 + 2 * i, above, (0, 2 * n), "app.framework", "invoke_agent", **USAGE)


def streams_told_in_halves(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        begun = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "logfire.span_type": "span"}
        yield EndedSpan(1, 10 + 2 * i, ROOT, "chat", "logfire.openai", "", 10 * i * MS, (10 * i + 1) * MS, begun)
        more = {"logfire.span_type": "log"}
        yield chat(11 + 2 * i, ROOT, (10 * i + 5, 10 * i + 5), "logfire.openai", **more)


def tools_between_calls(n: int) -> Iterator[EndedSpan]:
    for i in range(n):
        yield chat(10 + 2 * i, ROOT, (10 * i, 10 * i + 4))
        yield span(11 + 2 * i, ROOT, (10 * i + 5, 10 * i + 9), "app.framework", "execute_tool")


SHAPES = (
    one_after_the_other, all_at_once, each_told_inside_another, each_told_beside_another, all_at_once_and_told_twice,
    each_in_an_agent_that_sums, in_agents_nested_deep, streams_told_in_halves, tools_between_calls,
)  # fmt: skip


def seconds(spans: list[EndedSpan], calls: int) -> float:
    engine = Engine(price_table())
    started = time.thread_time()
    for each in spans:
        engine.end(each)
    (execution,) = engine.settle_all()
    ended = time.thread_time()
    assert execution.calls == calls
    return ended - started


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_an_execution_ten_times_as_large_takes_about_ten_times_as_long(
    shape: Callable[[int], Iterator[EndedSpan]],
) -> None:
    root = span(ROOT, 0, (0, 10**6), "app.framework", "invoke_agent")
    small, large = [*shape(SMALL), root], [*shape(LARGE), root]
    seconds(small, SMALL)  # warm
    took_small = min(seconds(small, SMALL) for _ in range(3))
    took_large = seconds(large, LARGE)
    assert took_large / took_small < LARGE / SMALL * SLACK
