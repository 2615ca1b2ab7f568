"""Executions with many spans stay objects, since to unpack one would stop the spans that end meanwhile for too long."""

from __future__ import annotations

import pytest

from otel_agentcost.engine import live
from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.settings import EngineSettings
from tests.golden.scoring import price_table
from tests.unit.engine.spans import span

SECOND = 1_000_000_000
LARGE, SMALL = 1, 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(live, "MAX_PACKED_SPANS", 3)
    return [10**18]


@pytest.fixture
def engine(clock: list[int]) -> Engine:
    engine = Engine(price_table(), EngineSettings(idle_seconds=60), clock=lambda: clock[0])
    engine._live._max_warm = 2
    for number in range(4):
        engine.end(span(10 + number, 5, (number, number + 1), trace_id=LARGE))
    engine.end(span(20, 5, (0, 1), trace_id=SMALL))
    return engine


def test_one_with_many_spans_is_not_packed_and_others_are(engine: Engine) -> None:
    for trace_id in range(3, 6):
        engine.end(span(10 * trace_id, 5, (0, 1), trace_id=trace_id))
    assert engine._live.warm(LARGE) is not None
    assert engine._live.warm(SMALL) is None
    assert len(engine._live) == 5


def test_one_that_was_passed_over_still_expires(engine: Engine, clock: list[int]) -> None:
    for trace_id in range(3, 6):
        engine.end(span(10 * trace_id, 5, (0, 1), trace_id=trace_id))
    clock[0] += 60 * SECOND
    engine.end(span(60, 5, (0, 1), trace_id=6))
    assert engine._live.get(LARGE) is None


def test_what_is_held_besides_stays_within_its_bound(engine: Engine) -> None:
    for trace_id in range(3, 30):
        engine.end(span(10 * trace_id, 5, (0, 1), trace_id=trace_id))
    assert len(list(engine._live)) == 2
