"""Run the fleet against the fake provider, one execution a member, and bring home what both sides wrote down."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from otel_agentcost import AgentCostSpanProcessor, execution
from otel_agentcost.config.model import Config
from otel_agentcost.demo.collect import ExportedSpan, SpanCollector
from otel_agentcost.demo.fleet import Member
from otel_agentcost.demo.instruments import instrumented
from otel_agentcost.demo.provider.billing import Attempt, Bill
from otel_agentcost.demo.provider.server import FakeProvider
from otel_agentcost.demo.seat import Seat
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.store import Reader
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.model.money import NanoUsd

_AGENTS = "otel_agentcost.demo.agents"
_FLUSH_MILLIS = 30_000


class Execution(NamedTuple):
    """One execution as three witnesses saw it: the exporter, the provider's books and ours."""

    member: Member
    trace_id: int
    """Of the span that `execution(...)` opened."""
    spans: tuple[ExportedSpan, ...]
    """Also those that an instrumentation put into traces of their own."""
    bills: tuple[Bill, ...]
    attempts: tuple[Attempt, ...]
    run_nano_usd: NanoUsd
    """What the run itself said of its cost when it ended."""
    seconds: float
    error: str | None
    """What the agent raised, if it did; its paid calls count all the same."""
    calls: tuple[Call, ...] = ()
    """As they stand in the store, which `read_back` asks once all has settled."""


class Stage:
    """The running parts: fake provider, tracer provider, processor, collector. Open it with `open_stage`."""

    def __init__(
        self, fake: FakeProvider, provider: TracerProvider, processor: AgentCostSpanProcessor, spans: SpanCollector
    ) -> None:
        self.fake = fake
        self.provider = provider
        self.spans = spans
        self._processor = processor

    @property
    def engine(self) -> Engine:
        """The engine that prices the spans.

        Raises:
            RuntimeError: it could not be built, which the log said.
        """
        if self._processor.engine is None:
            raise RuntimeError("the engine could not be built")
        return self._processor.engine

    @property
    def price_table_version(self) -> str:
        prices = self._processor.stats().prices
        return "unknown prices" if prices is None else prices.version

    @property
    def internal_errors(self) -> int:
        """How often something failed inside our processor: it never says so to the application."""
        return self._processor.stats().internal_errors

    def settle(self) -> bool:
        """Settle every execution now, and not when nothing came of it for a while; return whether that is durable."""
        self.engine.retire()
        return self._processor.force_flush(_FLUSH_MILLIS)


@contextlib.contextmanager
def open_stage(config: Config) -> Generator[Stage]:
    """Start the fake provider and the tracing that a user would set up: one exporter, one line for us.

    The exporter is added before our processor on purpose: the order must not matter.
    """
    spans = SpanCollector()
    processor = AgentCostSpanProcessor(config)
    resource = Resource({"service.name": "agentcost-demo", names.ENVIRONMENT: "demo"})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)  # SDKs that trace themselves look here
    try:
        with FakeProvider() as fake:
            yield Stage(fake, provider, processor, spans)
    finally:
        provider.shutdown()


def run_fleet(stage: Stage, fleet: Sequence[Member], announce: Callable[[Member], None]) -> Iterator[Execution]:
    """Yield the execution of each member as it ends; `announce` is told who starts."""
    for member in fleet:
        announce(member)
        yield _execute(stage, member)


def read_back(executions: Sequence[Execution], reader: Reader) -> list[Execution]:
    """Return the executions with their calls as they stand in the store."""
    wanted = {span.trace_id for each in executions for span in each.spans}
    stored = reader.load(wanted)
    found: list[Execution] = []
    for each in executions:
        traces = dict.fromkeys(span.trace_id for span in each.spans)
        calls = [call for trace_id in traces if trace_id in stored for call in stored[trace_id].calls]
        calls.sort(key=lambda call: (call.start_unix_nano, call.span_id))
        found.append(each._replace(calls=tuple(calls)))
    return found


def _execute(stage: Stage, member: Member) -> Execution:
    module, function = member.entry.split(":")
    agent: Callable[[Seat], str] = getattr(importlib.import_module(f"{_AGENTS}.{module}"), function)
    seat = Seat(stage.fake.open_run(member.name, member.script), stage.provider)
    error, started = None, time.monotonic()
    run_of = execution(
        member.name, user=member.user, team=member.team, feature=member.feature, tracer_provider=stage.provider
    )
    with instrumented(member.instrumentations, stage.provider):
        with run_of as run:
            try:
                agent(seat)
            except Exception as problem:  # noqa: BLE001 - one agent that fails must not hide what the others cost
                error = f"{type(problem).__name__}: {problem}"
                run.span.set_status(trace.StatusCode.ERROR, error)
        stage.provider.force_flush()
    return Execution(
        member=member,
        trace_id=int(run.execution_id, 16),
        spans=tuple(sorted(stage.spans.take(), key=lambda span: span.start_unix_nano)),
        bills=tuple(stage.fake.ledger.bills(member.name)),
        attempts=tuple(stage.fake.ledger.attempts(member.name)),
        run_nano_usd=run.cost_nano_usd,
        seconds=time.monotonic() - started,
        error=error,
    )
