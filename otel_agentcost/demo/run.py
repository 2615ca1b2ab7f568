"""Run the fleet against the fake provider, one execution a member, and bring home what both sides wrote down."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from opentelemetry import baggage, context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from otel_agentcost import AgentCostSpanProcessor
from otel_agentcost.demo.collect import ExportedSpan, SpanCollector
from otel_agentcost.demo.fleet import Member
from otel_agentcost.demo.instruments import instrumented
from otel_agentcost.demo.provider.billing import Attempt, Bill
from otel_agentcost.demo.provider.server import FakeProvider
from otel_agentcost.demo.seat import Seat
from otel_agentcost.engine.engine import Engine
from otel_agentcost.model import names
from otel_agentcost.model.call import Call
from otel_agentcost.pricing.load import load_price_table

_AGENTS = "otel_agentcost.demo.agents"


class Execution(NamedTuple):
    """One execution as three witnesses saw it: the exporter, our books and the provider's books."""

    member: Member
    trace_id: int
    """Of the root span that the demo opened."""
    spans: tuple[ExportedSpan, ...]
    """Also those that an instrumentation put into traces of their own."""
    calls: tuple[Call, ...]
    bills: tuple[Bill, ...]
    attempts: tuple[Attempt, ...]
    seconds: float
    error: str | None
    """What the agent raised, if it did; its paid calls count all the same."""


class Stage:
    """The running parts: fake provider, tracer provider, engine, collector. Open it with `open_stage`."""

    def __init__(
        self,
        fake: FakeProvider,
        provider: TracerProvider,
        processor: AgentCostSpanProcessor,
        spans: SpanCollector,
        price_table_version: str,
    ) -> None:
        self.fake = fake
        self.provider = provider
        self.spans = spans
        self.price_table_version = price_table_version
        self._processor = processor

    @property
    def engine(self) -> Engine:
        """The engine that priced the spans.

        Raises:
            RuntimeError: it could not be built, which the log said.
        """
        if self._processor.engine is None:
            raise RuntimeError("the engine could not be built")
        return self._processor.engine

    @property
    def internal_errors(self) -> int:
        """How often something failed inside our processor: it never says so to the application."""
        return self._processor.stats().internal_errors


@contextlib.contextmanager
def open_stage() -> Generator[Stage]:
    """Start the fake provider and the tracing that a user would set up: one exporter, one line for us.

    The exporter is added before our processor on purpose: the order must not matter. Prices are the built-in ones,
    whatever this machine's configuration says, since the provider bills by those.
    """
    prices, spans = load_price_table(), SpanCollector()
    processor = AgentCostSpanProcessor(engine=Engine(prices))
    resource = Resource({"service.name": "agentcost-demo"})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)  # SDKs that trace themselves look here
    try:
        with FakeProvider() as fake:
            yield Stage(fake, provider, processor, spans, prices.version)
    finally:
        provider.shutdown()


def run_fleet(stage: Stage, fleet: Sequence[Member], announce: Callable[[Member], None]) -> Iterator[Execution]:
    """Yield the execution of each member as it ends; `announce` is told who starts."""
    for member in fleet:
        announce(member)
        yield _execute(stage, member)


def _execute(stage: Stage, member: Member) -> Execution:
    module, function = member.entry.split(":")
    agent: Callable[[Seat], str] = getattr(importlib.import_module(f"{_AGENTS}.{module}"), function)
    seat = Seat(stage.fake.open_run(member.name, member.script), stage.provider)
    tracer, error, started = stage.provider.get_tracer("agentcost.demo"), None, time.monotonic()
    with instrumented(member.instrumentations, stage.provider), _on_behalf_of(member):
        with tracer.start_as_current_span(f"POST /{member.feature}", kind=trace.SpanKind.SERVER) as root:
            try:
                agent(seat)
            except Exception as problem:  # noqa: BLE001 - one agent that fails must not hide what the others cost
                error = f"{type(problem).__name__}: {problem}"
        stage.provider.force_flush()
    trace_id, spans = root.get_span_context().trace_id, stage.spans.take()
    return Execution(
        member=member,
        trace_id=trace_id,
        spans=tuple(sorted(spans, key=lambda span: span.start_unix_nano)),
        calls=tuple(call for summary in stage.engine.settle_all() for call in summary.calls_list),
        bills=tuple(stage.fake.ledger.bills(member.name)),
        attempts=tuple(stage.fake.ledger.attempts(member.name)),
        seconds=time.monotonic() - started,
        error=error,
    )


@contextlib.contextmanager
def _on_behalf_of(member: Member) -> Generator[None]:
    """Put the identity where it reaches every span below: into baggage."""
    carried = baggage.set_baggage(names.USER, member.user)
    carried = baggage.set_baggage(names.TEAM, member.team, carried)
    carried = baggage.set_baggage(names.FEATURE, member.feature, carried)
    token = context.attach(carried)
    try:
        yield
    finally:
        context.detach(token)
