"""What the processor adds to a span, by kind of span and by how many executions are alive."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Mapping

from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import Tracer

from otel_agentcost import AgentCostSpanProcessor
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.pricing.load import load_price_table

from .harness import Contender, Table, interleave
from .spans import CHILDREN, OTHER_ATTRIBUTES, ai_attributes, ended_spans

NO_OP = "no-op processor"
FIRST_PRELOADED_TRACE = 1_000


def make_tracer(processor: SpanProcessor) -> Tracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider.get_tracer("opentelemetry.instrumentation.openai_v2", "2.0")


def make_processor(live_executions: int = 0) -> AgentCostSpanProcessor:
    """Return our processor with so many executions already alive in its engine."""
    settings = EngineSettings(max_executions=1_100_000, idle_seconds=1e9)
    engine = Engine(load_price_table(), settings, clock=time.time_ns)
    for span in itertools.islice(ended_spans(True, FIRST_PRELOADED_TRACE), live_executions):
        engine.end(span)
    return AgentCostSpanProcessor(engine=engine)


def children(
    tracer: Tracer, attributes: Callable[[int], Mapping[str, str | int | float]], executions: int
) -> Callable[[], float]:
    """Return a run that times the spans below a root, nine to an execution, and not the roots."""
    numbers = itertools.count()

    def run() -> float:
        seconds = 0.0
        for _ in range(executions):
            with tracer.start_as_current_span("invoke_agent support"):
                bundles = [attributes(next(numbers)) for _ in range(CHILDREN)]
                started = time.process_time()
                for bundle in bundles:
                    tracer.start_span("chat gpt", attributes=bundle).end()
                seconds += time.process_time() - started
        return seconds / (executions * CHILDREN)

    return run


def _other(_: int) -> Mapping[str, str | int]:
    return OTHER_ATTRIBUTES


def measure(rounds: int = 15, executions: int = 300) -> list[Table]:
    """Time a model call's span and any other span, each under a no-op processor and under ours."""
    tables: list[Table] = []
    for title, attributes, goal in (
        ("A span of a model call, 20 attributes", ai_attributes, "at most 2.5 µs on top"),
        ("Any other span, 20 attributes", _other, "at most 0.3 µs on top"),
    ):
        contenders = [
            Contender(NO_OP, children(make_tracer(SpanProcessor()), attributes, executions)),
            Contender("otel_agentcost", children(make_tracer(make_processor()), attributes, executions)),
        ]
        medians = interleave(contenders, rounds)
        tables.append(Table(title, "µs a span", 1e6, medians, NO_OP, goals={"otel_agentcost": goal}))
    return tables


def measure_live(sizes: tuple[int, ...] = (1, 1_000, 100_000), rounds: int = 9, executions: int = 200) -> Table:
    """Time a model call's span while so many executions are alive."""
    contenders = [
        Contender(f"{size:,} live", children(make_tracer(make_processor(size)), ai_attributes, executions))
        for size in sizes
    ]
    # What stays alive is not ours to collect in each round: a service freezes it too.
    gc.freeze()
    try:
        medians = interleave(contenders, rounds)
    finally:
        gc.unfreeze()
    return Table("A span of a model call while executions are alive", "µs a span", 1e6, medians, f"{sizes[0]:,} live")
