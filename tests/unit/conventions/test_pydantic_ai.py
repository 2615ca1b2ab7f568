from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conventions.spans import read, usage

SCOPE = "pydantic-ai"
SUM = {"gen_ai.usage.input_tokens": 300, "gen_ai.usage.output_tokens": 30}


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        pytest.param(
            "agent run",
            {**SUM, "agent_name": "planner", "model_name": "gpt-5", "all_messages_events": "[]"},
            id="versions 1 and 2",
        ),
        pytest.param(
            "invoke_agent planner",
            {**SUM, "gen_ai.agent.name": "planner", "model_name": "gpt-5", "gen_ai.operation.name": "invoke_agent"},
            id="version 3",
        ),
        pytest.param(
            "invoke_agent planner",
            {
                "gen_ai.aggregated_usage.input_tokens": 300,
                "gen_ai.aggregated_usage.output_tokens": 30,
                "gen_ai.agent.name": "planner",
                "agent_name": "planner",
                "model_name": "gpt-5",
                "gen_ai.operation.name": "invoke_agent",
            },
            id="version 5",
        ),
    ],
)
def test_an_agents_run_sums_its_calls_in_every_version(name: str, attributes: dict[str, Any]) -> None:
    reading = read(attributes, name, SCOPE)
    assert (reading.kind, reading.covers, reading.agent, reading.model) == ("agent", "sum", "planner", "gpt-5")
    assert usage(reading) == {"input": 300, "output": 30}


def test_the_chat_spans_are_the_calls() -> None:
    attributes = {
        **SUM,
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.usage.details.cache_read_tokens": 100,
        "gen_ai.usage.details.reasoning_tokens": 8,
        "operation.cost": 0.5,
    }
    reading = read(attributes, "chat gpt-5", SCOPE)
    assert (reading.kind, reading.covers, reading.reported_cost_nano_usd) == ("inference", "call", None)
    assert usage(reading) == {"input": 300, "output": 30, "cache_read": 100, "reasoning": 8}


def test_an_older_tool_span_is_known_by_its_tool() -> None:
    reading = read({"gen_ai.tool.name": "search", "tool_arguments": '{"q":1}'}, "running tool", SCOPE)
    assert (reading.kind, reading.tool, reading.tool_arguments) == ("tool", "search", '{"q":1}')
