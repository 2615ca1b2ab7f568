from __future__ import annotations

import pytest

from otel_agentcost.model.outcome import Reason
from tests.unit.conventions.spans import read, usage


def test_a_response_id_is_no_conversation() -> None:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "resp_123"}
    assert read(attributes, "invoke_agent planner", "agent_framework").conversation is None
    assert read({**attributes, "gen_ai.conversation.id": "c-1"}, scope="agent_framework").conversation == "c-1"


@pytest.mark.parametrize(("provider", "inclusive"), [("anthropic", 6100), ("openai", 3100)])
def test_only_anthropics_client_counts_cached_tokens_beside_the_input(provider: str, inclusive: int) -> None:
    reading = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 3100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 3000,
        },
        scope="agent_framework",
    )
    assert (reading.convention, usage(reading)["input"]) == ("agent_framework", inclusive)


def test_semantic_kernels_dotnet_spans_are_read() -> None:
    attributes = {
        "gen_ai.operation.name": "chat.completions",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.id": "N/A",
        "gen_ai.response.prompt_tokens": 1500,
        "gen_ai.response.completion_tokens": 20,
    }
    reading = read(attributes, "chat.completions gpt-5", "Microsoft.SemanticKernel.Diagnostics")
    assert (reading.kind, reading.response_id, usage(reading)) == ("inference", None, {"input": 1500, "output": 20})
    assert reading.doubt == Reason.CACHE_TOKENS_NOT_REPORTED
    unknown = {**attributes, "gen_ai.response.prompt_tokens": -1, "gen_ai.response.completion_tokens": -1}
    assert read(unknown, scope="Microsoft.SemanticKernel.Diagnostics").doubt == Reason.MISSING_USAGE


@pytest.mark.parametrize("name", ["workflow.run", "executor.process planner", "orchestrate_tools"])
def test_workflow_spans_are_workflows(name: str) -> None:
    assert read({"gen_ai.agent.name": "planner"}, name, "agent_framework").kind == "workflow"
