"""The load of the benchmarks: spans as agents make them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from opentelemetry.trace import Tracer

from otel_agentcost.engine.ports import EndedSpan

MODELS = ("gpt-4o-mini", "gpt-4o", "o3-mini", "gpt-4.1")
CHILDREN = 9
AI_CHILDREN = 3
"""An execution: a root and nine spans below it, every third a model call, as in a usual agent with a web framework."""


def ai_attributes(number: int) -> dict[str, str | int | float]:
    """Return the 20 attributes of one chat call."""
    model = MODELS[number % len(MODELS)]
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.system": "openai",
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.response.id": f"chatcmpl-{number:024d}",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.top_p": 1.0,
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.usage.input_tokens": 1200 + number % 700,
        "gen_ai.usage.output_tokens": 80 + number % 90,
        "gen_ai.usage.cache_read.input_tokens": 256,
        "gen_ai.conversation.id": "conv-1",
        "gen_ai.agent.name": "support",
        "gen_ai.output.type": "text",
        "server.address": "api.openai.com",
        "server.port": 443,
        "user.id": "u-17",
        "session.id": "s-1",
        "http.response.status_code": 200,
    }


OTHER_ATTRIBUTES: Mapping[str, str | int] = {
    "http.request.method": "POST",
    "url.full": "http://orders.internal/v1/orders",
    "server.address": "orders.internal",
    "server.port": 80,
    "http.response.status_code": 200,
    **{f"app.attribute.{number}": f"value-{number}" for number in range(15)},
}


def run_execution(tracer: Tracer, number: int) -> None:
    """Make one execution's ten spans."""
    with tracer.start_as_current_span("POST /ask"):
        for child in range(CHILDREN):
            if child % 3 == 0:
                with tracer.start_as_current_span("chat gpt", attributes=ai_attributes(number * CHILDREN + child)):
                    pass
            else:
                with tracer.start_as_current_span("POST", attributes=OTHER_ATTRIBUTES):
                    pass


def ended_spans(ai: bool, first_trace: int = 1) -> itertools.starmap[EndedSpan]:
    """Yield ended spans without end, each an execution of its own."""
    scope = "opentelemetry.instrumentation.openai_v2" if ai else "opentelemetry.instrumentation.httpx"
    start_unix_nano = 1_760_000_000_000_000_000

    def make(number: int) -> EndedSpan:
        return EndedSpan(
            trace_id=number, span_id=number, parent_span_id=0, name="chat gpt" if ai else "POST",
            scope_name=scope, scope_version="1.0",
            start_unix_nano=start_unix_nano + number, end_unix_nano=start_unix_nano + number + 1_000_000,
            attributes=ai_attributes(number) if ai else OTHER_ATTRIBUTES, is_error=False, dropped_attributes=0,
            resource={}, baggage={}, is_local_root=True,
        )  # fmt: skip

    return itertools.starmap(make, ((number,) for number in itertools.count(first_trace)))
