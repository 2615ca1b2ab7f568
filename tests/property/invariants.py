"""What must hold for whatever spans the engine is given, however malformed: shared by hypothesis and the fuzzer."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

import msgspec

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from otel_agentcost.model.call import Call
from otel_agentcost.model.execution import ExecutionSummary
from otel_agentcost.model.outcome import COUNTED, DUPLICATE, ESTIMATED, FREE, PRICED, UNPRICED
from otel_agentcost.model.usage import impossible
from tests.golden.scoring import price_table

MAX_SECONDS_PER_SPAN = 0.05
STATUSES = {PRICED, ESTIMATED, UNPRICED, DUPLICATE, FREE}
SETTINGS = EngineSettings(detail=True, legacy_names=True)


def settled(spans: Iterable[EndedSpan]) -> list[ExecutionSummary]:
    """Return the executions of these spans after the last word, by id."""
    engine = Engine(price_table(), SETTINGS)
    for span in spans:
        engine.end(span)
    return sorted(engine.settle_all(), key=lambda execution: execution.execution_id)


def check(spans: Sequence[EndedSpan]) -> list[ExecutionSummary]:
    """Give the spans to an engine and assert all that holds for any; return the executions."""
    engine = Engine(price_table(), SETTINGS)
    for span in spans:
        check_attributes(_timed_end(engine, span))
        for call in engine.calls(span.trace_id):
            check_call(call)
    executions = sorted(engine.settle_all(), key=lambda execution: execution.execution_id)
    for execution in executions:
        check_execution(execution)
    return executions


def check_attributes(attributes: object) -> None:
    """An exporter must be able to write what a span is given."""
    assert isinstance(attributes, dict)
    for name, value in attributes.items():
        assert isinstance(name, str)
        assert type(value) in (str, int, float), (name, value)
        if isinstance(value, float):
            assert math.isfinite(value), name
            assert value >= 0, (name, value)
        if isinstance(value, int):
            assert 0 <= value < 2**63, (name, value)
        if isinstance(value, str):
            value.encode()  # a surrogate would break the exporter


def check_call(call: Call) -> None:
    assert call.status in STATUSES
    assert type(call.cost_nano_usd) is int
    assert call.cost_nano_usd >= 0
    assert (call.reason is not None) or call.status in (PRICED, FREE), call
    if call.status not in COUNTED:
        assert call.cost_nano_usd == 0, call
    if call.status in COUNTED:
        assert impossible(call.usage) is None, call
        assert call.usage.total_tokens > 0 or call.status == ESTIMATED, call
    msgspec.json.encode(call.as_row())  # as replay does: no number may be too large, no text impossible


def check_execution(execution: ExecutionSummary) -> None:
    calls = execution.calls_list
    for call in calls:
        check_call(call)
    assert len({call.span_id for call in calls}) == len(calls)
    assert execution.cost_nano_usd == sum(call.cost_nano_usd for call in calls)
    assert execution.cost_nano_usd == sum(execution.agents.values()) == sum(execution.models.values())
    assert execution.calls == sum(1 for call in calls if call.status != DUPLICATE)
    assert execution.unpriced_calls == sum(1 for call in calls if call.status == UNPRICED)
    msgspec.json.encode(execution.as_row())


def totals(executions: Iterable[ExecutionSummary]) -> dict[int, tuple[int, int, int, int]]:
    """Return what an execution comes to: cost, calls, unpriced and estimated ones."""
    return {e.execution_id: (e.cost_nano_usd, e.calls, e.unpriced_calls, e.estimated_calls) for e in executions}


def _timed_end(engine: Engine, span: EndedSpan) -> object:
    """End the span, and assert that no span takes long; a second try forgives a machine that was busy elsewhere."""
    started = time.thread_time()
    attributes = engine.end(span)
    if time.thread_time() - started > MAX_SECONDS_PER_SPAN:
        again = Engine(price_table(), SETTINGS)
        started = time.thread_time()
        again.end(span)
        seconds = time.thread_time() - started
        assert seconds <= MAX_SECONDS_PER_SPAN, f"one span took {seconds:.3f} s"
    return attributes


def check_order(spans: Sequence[EndedSpan], shuffled: Sequence[EndedSpan]) -> None:
    """Assert that the last word does not depend on the order of spans.

    Not asked where one id names two different spans: then the first to come is believed.
    """
    by_id: dict[tuple[int, int], EndedSpan] = {}
    for span in spans:
        if _differ(by_id.setdefault((span.trace_id, span.span_id), span), span):
            return
    assert totals(settled(spans)) == totals(settled(shuffled))


def _differ(a: EndedSpan, b: EndedSpan) -> bool:
    return a is not b and repr(a) != repr(b)
