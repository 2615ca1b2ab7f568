"""Ended spans for the engine's tests, and an engine with the real price table."""

from __future__ import annotations

from typing import Any

from otel_agentcost.engine.engine import Engine
from otel_agentcost.engine.ports import EndedSpan
from otel_agentcost.engine.settings import EngineSettings
from tests.golden.scoring import price_table

MS = 1_000_000
EPOCH = 1_790_000_000 * 10**9
CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 10,
}
COST = 100 * 150 + 10 * 600
"""gpt-4o-mini: $0.15 and $0.60 a million tokens, in nano-USD."""


def engine(**settings: Any) -> Engine:
    return Engine(price_table(), EngineSettings(**settings))


def span(
    span_id: int,
    parent: int = 1,
    at: tuple[float, float] = (0, 10),
    attributes: dict[str, Any] | None = None,
    *,
    trace_id: int = 1,
    scope: str = "app.sdk",
    name: str = "chat",
    **more: Any,
) -> EndedSpan:
    """Return a chat call unless other attributes are given. `at` is in milliseconds."""
    start, end = (EPOCH + int(ms * MS) for ms in at)
    attributes = CHAT if attributes is None else attributes
    more.setdefault("is_local_root", parent == 0)
    return EndedSpan(trace_id, span_id, parent, name, scope, "1", start, end, attributes, **more)


def agent(span_id: int = 1, parent: int = 0, at: tuple[float, float] = (0, 100), **more: Any) -> EndedSpan:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    return span(span_id, parent, at, attributes, scope="app.framework", name="invoke_agent planner", **more)
