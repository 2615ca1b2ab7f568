"""Run the traffic through a processor of its own into the store, and hold the books against what was billed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from otel_agentcost import AgentCostSpanProcessor
from otel_agentcost.config.model import Config
from otel_agentcost.demo.traffic.audit import Counted, Difference, differences, read_books, without
from otel_agentcost.demo.traffic.emit import Emitter
from otel_agentcost.demo.traffic.generator import Days, requests
from otel_agentcost.demo.traffic.plan import Request
from otel_agentcost.demo.traffic.truth import Truth
from otel_agentcost.engine.store import Reader
from otel_agentcost.ledger.time_zone import zone_of
from otel_agentcost.model import names
from otel_agentcost.model.query import ExecutionQuery
from otel_agentcost.model.sums import NO_SUMS, Sums

SEED = 4
_FLUSH_SECONDS = 60.0
_FLUSH_EVERY = 1_000
"""Requests. Spans come far faster than in life, and no more may wait for the store than the configuration allows."""


class Traffic(NamedTuple):
    """What ran, what it was billed, and what the books have of it."""

    days: Days
    truth: Truth
    counted: Counted
    differences: list[Difference]
    spans: int
    seconds: float
    is_durable: bool
    """Whether every flush said that all is in the store."""
    internal_errors: int

    @property
    def total(self) -> Sums:
        """What the books have in all."""
        return self.counted["total"].get("", NO_SUMS)

    @property
    def is_exact(self) -> bool:
        return self.is_durable and not self.differences and not self.internal_errors


def seed_for(reader: Reader, since_unix_nano: int, until_unix_nano: int) -> int:
    """Return the seed of a run: always the same for a new store, and another one for a store that holds a run already.

    The same calls again, with the same tokens at the same time, are what a second telling of them looks like.
    """
    query = ExecutionQuery(since_unix_nano=since_unix_nano, until_unix_nano=until_unix_nano)
    return SEED + reader.executions_total(query).executions


def run_traffic(
    config: Config,
    reader: Reader,
    days: Days,
    progress: Callable[[int], None],
    plan: Callable[[Days], Iterable[Request]] = requests,
) -> Traffic:
    """Emit all requests of those days, settle and flush, and audit the books; `progress` is told how many are done.

    The processor is set up as an application would set it up. What it is not given is time: executions settle when
    nothing came of them for a while, and here the last is a second old. So the engine is told that all has ended.
    """
    started = time.monotonic()
    before = read_books(reader, days)
    truth = Truth(zone_of(reader.time_zone))
    processor = AgentCostSpanProcessor(config)
    resource = Resource({"service.name": "northwind-agents", names.ENVIRONMENT: "production"})
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    emitter, is_durable = Emitter(provider), True
    try:
        for number, request in enumerate(plan(days), 1):
            emitter.emit(request)
            truth.add(request)
            progress(number)
            if number % _FLUSH_EVERY == 0:
                is_durable &= processor.force_flush(int(_FLUSH_SECONDS * 1000))
        if processor.engine is not None:
            processor.engine.retire()
        is_durable &= provider.force_flush(int(_FLUSH_SECONDS * 1000))
        internal_errors = processor.stats().internal_errors
    finally:
        provider.shutdown()
    counted = without(read_books(reader, days), before)
    return Traffic(
        days=days,
        truth=truth,
        counted=counted,
        differences=differences(truth, counted),
        spans=emitter.spans,
        seconds=time.monotonic() - started,
        is_durable=is_durable,
        internal_errors=internal_errors,
    )
