from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage

SCOPE = "strands.telemetry.tracer"


def _chat(model: str, given: int, total: int, **cache: int) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "strands-agents",
        "gen_ai.request.model": model,
        "gen_ai.usage.prompt_tokens": given,
        "gen_ai.usage.input_tokens": given,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.total_tokens": total,
        **{"gen_ai.usage." + key.replace("__", "."): count for key, count in cache.items()},
    }


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(
            _chat("claude-sonnet-4-5", 100, 120, cache_read_input_tokens=3000, cache_write_input_tokens=0),
            id="1.12 with Anthropic: cached tokens beside the input, the total without them",
        ),
        pytest.param(
            _chat("us.anthropic.claude-sonnet-4-5-v1:0", 100, 3120, cache_read_input_tokens=3000),
            id="1.12 with Bedrock: the total includes them",
        ),
        pytest.param(_chat("claude-sonnet-4-5", 3100, 3120, cache_read__input_tokens=3000), id="1.62: made inclusive"),
        pytest.param(
            _chat("gpt-5", 3100, 3120, cache_read_input_tokens=3000, cache_write_input_tokens=0),
            id="1.12 with OpenAI: inclusive",
        ),
    ],
)
def test_the_input_is_inclusive_in_every_generation(attributes: dict[str, Any]) -> None:
    reading = read(attributes, "chat", SCOPE)
    assert (reading.convention, reading.kind, reading.doubt) == ("strands", "inference", None)
    assert usage(reading) == {"input": 3100, "output": 20, "cache_read": 3000}


def test_a_generation_that_knows_no_cache_is_doubted() -> None:
    assert read(_chat("gpt-5", 3100, 3120), "chat", SCOPE).doubt == Reason.CACHE_TOKENS_NOT_REPORTED


def test_agents_and_cycles_only_sum() -> None:
    for operation, kind in (("invoke_agent", "agent"), ("execute_event_loop_cycle", "workflow")):
        reading = read({**_chat("gpt-5", 10, 30), "gen_ai.operation.name": operation}, operation, SCOPE)
        assert (reading.kind, reading.covers) == (kind, "sum")
