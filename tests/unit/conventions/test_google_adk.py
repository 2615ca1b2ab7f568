from __future__ import annotations

from typing import Any

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import as_json, read, usage

SCOPE = "gcp.vertex.agent"
CALL = {"gen_ai.system": "gcp.vertex.agent", "gen_ai.request.model": "gemini-2.5-pro"}
RESPONSE = {
    "usage_metadata": {
        "prompt_token_count": 1000,
        "candidates_token_count": 20,
        "thoughts_token_count": 300,
        "cached_content_token_count": 500,
        "total_token_count": 1320,
    }
}
RECORDED = {"gcp.vertex.agent.llm_response": as_json(RESPONSE)}


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        pytest.param("1.0.0", {}, id="1.0 writes no counts"),
        pytest.param(
            "1.16.0",
            {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 20},
            id="1.16 leaves the thoughts out",
        ),
    ],
)
def test_the_recorded_response_completes_the_counts(version: str, counts: dict[str, int]) -> None:
    reading = read({**CALL, **RECORDED, **counts}, "call_llm", SCOPE, version)
    assert (reading.convention, reading.kind, reading.covers, reading.doubt) == (
        "google_adk",
        "inference",
        "call",
        None,
    )
    assert usage(reading) == {"input": 1000, "output": 320, "cache_read": 500, "reasoning": 300}


def test_thoughts_beside_the_output_are_added() -> None:
    counts = {
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.experimental.reasoning_tokens": 300,
    }
    assert usage(read({**CALL, **counts}, "call_llm", SCOPE, "2.0.0")) == {
        "input": 1000,
        "output": 320,
        "reasoning": 300,
    }


@pytest.mark.parametrize(("version", "doubt"), [("1.16.0", Reason.OUTPUT_INCOMPLETE), ("2.13.0", None)])
def test_a_version_that_hides_the_thoughts_is_doubted(version: str, doubt: str | None) -> None:
    counts = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 20}
    assert read({**CALL, **counts}, "call_llm", SCOPE, version).doubt == doubt


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        ("agent_run [planner]", {}, ("agent", "planner", None)),
        ("invoke_agent planner", {"gen_ai.agent.name": "planner"}, ("agent", "planner", None)),
        ("invocation", {}, ("workflow", None, None)),
        ("execute_tool search", {"gcp.vertex.agent.tool_call_args": '{"q":1}'}, ("tool", None, "search")),
    ],
)
def test_agents_and_tools_are_named(name: str, attributes: dict[str, Any], expected: tuple[str, ...]) -> None:
    reading = read(attributes, name, SCOPE)
    assert (reading.kind, reading.agent, reading.tool) == expected


def test_a_recorded_response_brings_the_tools_prompt_and_the_audio_that_the_counts_leave_out() -> None:
    block = {
        "prompt_token_count": 1000,
        "candidates_token_count": 100,
        "tool_use_prompt_token_count": 5000,
        "prompt_tokens_details": [
            {"modality": "TEXT", "token_count": 100},
            {"modality": "AUDIO", "token_count": 900},
        ],
        "total_token_count": 6100,
    }
    counts = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
    recorded = {"gcp.vertex.agent.llm_response": as_json({"usage_metadata": block})}
    reading = read({**CALL, **counts, **recorded}, "call_llm", SCOPE, "1.31.0")
    assert usage(reading) == {"input": 6000, "output": 100, "input_audio": 900}


def test_a_recorded_response_of_another_call_is_not_taken() -> None:
    counts = {"gen_ai.usage.input_tokens": 77, "gen_ai.usage.output_tokens": 7}
    assert usage(read({**CALL, **counts, **RECORDED}, "call_llm", SCOPE, "1.31.0"))["input"] == 77
